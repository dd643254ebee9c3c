"""The server beside others, on the same data and machine in one run: `python -m tests.bench [--quick]`.

Needs the `bench` extra and wrk. Prints requests a second, milliseconds at the median
and the 99th percentile, failed requests and memory (MB) for each workload, number of
clients and endpoint, with the ratio to `oxigraph serve`: medians of five rounds,
in which the endpoints take turns; rounds are short with --quick. Then what runaway queries
and many clients do to the server, and figures of a build and a start.
With --hostile, prints instead what hostile clients and crowds do to others; this needs neither.
With --soak, prints instead what is lost in an hour of everything at once (soak.py); this needs neither.
With --size, prints instead what large imports cost (size.py); this needs the `bench` extra alone.
With --cluster, prints instead what clients of several servers lose (cluster.py); this needs nginx and HAProxy.
With --build, prints instead what the commands cost (costs.py); this needs neither.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from policing_goals.engine.snapshot import open_snapshot
from tests.bench import endpoints, hardship
from tests.bench.cluster import report_cluster
from tests.bench.costs import report_costs
from tests.bench.endpoints import Endpoint
from tests.bench.figures import report_starts, tree_memory
from tests.bench.hostile import report_hostile
from tests.bench.load import Load, put_load, put_load_on
from tests.bench.size import report_sizes
from tests.bench.soak import report_soak
from tests.bench.workloads import LARGE, Workload, disagreements, workloads

CLIENTS = (1, 8, 64)
# One alone may be a third off on a machine with others on it.
ROUNDS = 5
BASE, OURS = "oxigraph serve", "policing-goals"
HEAD = f"{'':<16}{'clients':>8}{'req/s':>10}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'failed':>7}{'MB':>6}"
# rdflib-endpoint goes on with queries whose clients have left: it runs alone, and for longer.
ALONE_CLIENTS, ALONE_SECONDS = 8, 20.0

Rates = dict[tuple[str, int], float]


def compare(found: list[Workload], running: list[Endpoint], seconds: float) -> Rates:
    """Put every workload on every endpoint in turn and print the table; our rates by workload and clients."""
    rates = {}
    print(HEAD)
    for workload in found:
        print(workload.name)
        for clients in CLIENTS:
            loads: dict[str, list[Load]] = {endpoint.name: [] for endpoint in running}
            for turn in range(ROUNDS):
                for endpoint in running:
                    fresh = f"{os.getpid()}{clients:02}{turn}" if workload.fresh else None
                    loads[endpoint.name].append(_put(workload, endpoint, clients, seconds, fresh))
            base = statistics.median(load.rate for load in loads[BASE])
            for endpoint in running:
                _print_row(endpoint, clients, loads[endpoint.name], base)
            rates[workload.name, clients] = statistics.median(load.rate for load in loads[OURS])
    return rates


def compare_alone(found: list[Workload], endpoint: Endpoint, rates: Rates) -> None:
    """Put the workloads that repeat and those that never do on an endpoint, and print how many times as fast we are."""
    for workload in found:
        load = put_load(endpoint, workload.queries, ALONE_CLIENTS, ALONE_SECONDS, "1" if workload.fresh else None)
        ours = rates[workload.name, ALONE_CLIENTS]
        times = f"{ours / load.rate:,.0f} times" if load.rate else f"at least {ours * ALONE_SECONDS:,.0f} times"
        print(f"{workload.name}: {endpoint.name} {load.rate:.1f} req/s at {ALONE_CLIENTS} clients; ours {times} that")


def _put(workload: Workload, endpoint: Endpoint, clients: int, seconds: float, fresh: str | None) -> Load:
    if workload.saved and endpoint.name == OURS:
        return put_load_on(endpoint, list(workload.saved), clients, seconds, fresh)
    return put_load(endpoint, workload.queries, clients, seconds, fresh)


def _print_row(endpoint: Endpoint, clients: int, loads: list[Load], base: float) -> None:
    rate, p50, p99 = (statistics.median(getattr(load, name) for load in loads) for name in ("rate", "p50", "p99"))
    failed, ratio = sum(load.errors for load in loads), rate / base if base else 0
    figures = f"{rate:>10,.0f}{ratio:>8.2f}{p50:>9.2f}{p99:>9.2f}{failed:>7}{tree_memory(endpoint.pid):>6.0f}"
    print(f"{endpoint.name:<16}{clients:>8}{figures}", flush=True)


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="short rounds")
    parser.add_argument("--build", action="store_true", help="instead, what a build and the other commands cost")
    parser.add_argument("--hostile", action="store_true", help="instead, what hostile clients and crowds do to others")
    parser.add_argument("--size", action="store_true", help="instead, what large imports cost (size.py)")
    parser.add_argument("--millions", type=int, nargs="+", default=[1, 10], help="of statements, for --size")
    parser.add_argument("--cluster", action="store_true", help="instead, what clients of several servers lose")
    parser.add_argument("--soak", action="store_true", help="instead, everything at once for an hour: what is lost")
    parser.add_argument("--minutes", type=int, default=60, help="of --soak")
    parser.add_argument("--fuseki", type=Path, metavar="JAR", help="also jena-fuseki-server, with its data in memory")
    options = parser.parse_args()
    if options.build:
        report_costs()
        return
    quick = options.quick
    seconds = 1.0 if quick else 5.0
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        snapshot = directory / "snapshot"
        command: list[str | Path] = [sys.executable, "-m", "policing_goals", "build", "--snapshot", snapshot]
        subprocess.run(command, check=True, capture_output=True)
        if options.size:
            report_sizes(snapshot, directory, options.millions)
            return
        if options.cluster:
            report_cluster(snapshot, directory, options.fuseki)
            return
        if options.hostile:
            report_hostile(snapshot, directory)
            return
        if options.soak:
            report_soak(snapshot, directory, options.minutes)
            return
        with ExitStack() as stack:
            running = [
                stack.enter_context(endpoints.ours(snapshot, directory)),
                stack.enter_context(endpoints.oxigraph(snapshot, directory)),
            ]
            if options.fuseki:
                running.append(stack.enter_context(endpoints.fuseki(options.fuseki, snapshot, directory)))
            found = workloads(open_snapshot(snapshot), running[1])
            with endpoints.rdflib_endpoint(snapshot, directory) as slow:
                _report_disagreements(found, [*running, slow])
            rates = compare(found, running, seconds)
        with endpoints.rdflib_endpoint(snapshot, directory) as slow:
            compare_alone(found, slow, rates)
        hardship.report_runaways(snapshot, directory)
        hardship.report_soak(snapshot, directory, 20 if quick else 60)
        report_starts(snapshot)


def _report_disagreements(found: list[Workload], running: list[Endpoint]) -> None:
    asked = sorted({query for workload in found for query in workload.queries} - {LARGE})
    different = disagreements(running, asked)
    print(f"{len(asked)} queries, answered alike but for {len(different)}", *different, sep="\n")


if __name__ == "__main__":
    main()
