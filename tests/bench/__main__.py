"""The server beside others, on the same data and machine in one run: `python -m tests.bench [--quick]`.

Needs the `bench` extra and wrk. Prints requests a second, milliseconds at the median
and the 99th percentile, failed requests and memory (MB) for each workload, number of
clients and endpoint, with the ratio to `oxigraph serve`: medians of five rounds,
in which the endpoints take turns, or one short round with --quick. Then what runaway queries
and many clients do to the server, and figures of a build and a start.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from server.engine.store import open_snapshot
from tests.bench import endpoints, hardship
from tests.bench.endpoints import Endpoint
from tests.bench.figures import report_starts, tree_memory
from tests.bench.load import Load, put_load
from tests.bench.workloads import LARGE, TRIVIAL, Workload, disagreements, workloads

CLIENTS = (1, 8, 64)
# rdflib-endpoint takes so long that its figures come from few clients.
SLOW = "rdflib-endpoint"


def compare(found: list[Workload], running: list[Endpoint], rounds: int, seconds: float) -> None:
    """Put every workload on every endpoint and print the table."""
    print(f"{'':<16}{'clients':>8}{'req/s':>10}{'ratio':>8}{'p50 ms':>9}{'p99 ms':>9}{'failed':>7}{'MB':>6}")
    for workload in found:
        print(workload.name)
        for clients in CLIENTS:
            loads: dict[str, list[Load]] = {endpoint.name: [] for endpoint in running}
            for turn in range(rounds):
                for endpoint in running:
                    fresh = f"{endpoint.name[0]}{os.getpid()}-{clients}-{turn}" if workload.fresh else None
                    loads[endpoint.name].append(put_load(endpoint, workload.queries, clients, seconds, fresh))
            base = statistics.median(load.rate for load in loads["oxigraph serve"])
            for endpoint in running:
                _print_row(endpoint, clients, loads[endpoint.name], base)


def _print_row(endpoint: Endpoint, clients: int, loads: list[Load], base: float) -> None:
    rate, p50, p99 = (statistics.median(getattr(load, name) for load in loads) for name in ("rate", "p50", "p99"))
    failed, ratio = sum(load.errors for load in loads), rate / base if base else 0
    figures = f"{rate:>10,.0f}{ratio:>8.2f}{p50:>9.2f}{p99:>9.2f}{failed:>7}{tree_memory(endpoint.pid):>6.0f}"
    print(f"{endpoint.name:<16}{clients:>8}{figures}", flush=True)


def main() -> None:
    """Measure and print everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="one short round of each")
    quick = parser.parse_args().quick
    rounds, seconds = (1, 2.0) if quick else (5, 5.0)
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        snapshot = directory / "snapshot"
        command: list[str | Path] = [sys.executable, "-m", "server", "build", "--snapshot", snapshot]
        subprocess.run(command, check=True, capture_output=True)
        with ExitStack() as stack:
            running = [
                stack.enter_context(endpoints.ours(snapshot, directory)),
                stack.enter_context(endpoints.oxigraph(snapshot, directory)),
                stack.enter_context(endpoints.rdflib_endpoint(snapshot, directory)),
            ]
            found = workloads(open_snapshot(snapshot), running[1])
            asked = sorted({query for workload in found for query in workload.queries} - {LARGE, TRIVIAL})
            different = disagreements(running, [*asked, TRIVIAL])
            print(f"{len(asked) + 1} queries, answered alike but for {len(different)}", *different, sep="\n")
            compare(found, running, rounds, seconds)
        hardship.report_runaways(snapshot, directory)
        hardship.report_soak(snapshot, directory, 20 if quick else 60)
        report_starts(snapshot)


if __name__ == "__main__":
    main()
