"""Hard times for the server: runaway queries, and many clients for a while."""

import itertools
import statistics
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from policing_goals.engine.snapshot import open_snapshot
from tests.bench.endpoints import Endpoint, ask, ours
from tests.bench.figures import tree_memory
from tests.bench.load import put_load
from tests.bench.workloads import varying, with_defaults

# A different number in each, so that no two are the same query.
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != %d) }"
CHEAP = "SELECT ?s { ?s a <https://w3id.org/global-policing-goals/ontology#Goal> } # %d"
RUNAWAYS, LIMIT, CLIENTS, SETTLED = 8, 2, 64, 10


def report_runaways(snapshot: Path, directory: Path) -> None:
    """Eight runaway cross joins at once with a limit of two seconds, and cheap queries meanwhile."""
    with ours(snapshot, directory, "--timeout", str(LIMIT)) as endpoint, ThreadPoolExecutor(RUNAWAYS) as threads:
        time.sleep(2)
        runaways = [threads.submit(_timed, endpoint, RUNAWAY % number) for number in range(RUNAWAYS)]
        cheap, memory = [], 0.0
        for number in itertools.count():
            if all(each.done() for each in runaways):
                break
            status, seconds = _timed(endpoint, CHEAP % number)
            cheap.append(seconds if status == 200 else float("inf"))
            if number % 20 == 0:
                memory = max(memory, tree_memory(endpoint.pid))
        ends = [each.result() for each in runaways]
    p99 = statistics.quantiles(cheap, n=100)[-1]
    print(
        f"{RUNAWAYS} runaways, limit {LIMIT} s: statuses {sorted({status for status, _ in ends})}, "
        f"the last after {max(seconds for _, seconds in ends):.2f} s; {len(cheap)} cheap queries meanwhile, "
        f"p99 {p99 * 1000:.0f} ms; at most {memory:.0f} MB"
    )


def report_soak(snapshot: Path, directory: Path, seconds: int) -> None:
    """Many clients for a while with queries that never repeat: failures, and memory."""
    dataset = open_snapshot(snapshot)
    queries = [with_defaults(query, dataset.prefixes) for query in dataset.queries if not query.federates]
    # A small cache is full before the memory is looked at.
    with ours(snapshot, directory, "--cache", "4") as endpoint:
        sizes: list[tuple[float, float]] = []
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(endpoint, sizes, done))
        watcher.start()
        load = put_load(endpoint, varying(endpoint, queries), CLIENTS, seconds, "1")
        done.set()
        watcher.join()
    settled = max(size for at, size in sizes if at <= SETTLED)
    print(
        f"{CLIENTS} clients for {seconds} s, never repeated: {load.rate:,.0f} req/s, {load.errors} failed, "
        f"{settled:.0f} MB at most in the first {SETTLED} s, {sizes[-1][1]:.0f} MB at the end"
    )


def _watch(endpoint: Endpoint, sizes: list[tuple[float, float]], done: threading.Event) -> None:
    begun = time.perf_counter()
    while not done.wait(1):
        sizes.append((time.perf_counter() - begun, tree_memory(endpoint.pid)))


def _timed(endpoint: Endpoint, query: str) -> tuple[int, float]:
    begun = time.perf_counter()
    status, _ = ask(endpoint, query)
    return status, time.perf_counter() - begun
