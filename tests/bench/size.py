"""What large imports cost: `python -m tests.bench --size [--millions 1 10]`, beside Oxigraph's own commands.

Imports so many million statements of synthetic observations (see observations.py). Prints CPU seconds, peak memory
and disk, beside `oxigraph load` of the same quads. Then it compares a server on the snapshot with `oxigraph
serve-read-only` on that store: milliseconds of six queries (the median of ROUNDS, in turns) and memory. Last come the
seconds to the first result, and what a swap to another snapshot adds to the memory.
"""

import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, TypeVar

from policing_goals.engine.snapshot import open_snapshot
from policing_goals.model.snapshot_format import CURRENT, DATASET
from tests.bench.endpoints import BIN, Endpoint, ask, ours, oxigraph_on_disk
from tests.bench.figures import tree_memory
from tests.bench.observations import GRAPH, SITE, write_observations
from tests.support.server import eventually

ROUNDS = 5
MILLION = 1_000_000
# For sorting millions of rows; Oxigraph's server has no limit.
QUERY_MEMORY = "4096"
SDMX = "http://purl.org/linked-data/sdmx/2009/"
COUNTRY, YEAR, VALUE = f"<{SDMX}dimension#refArea>", f"<{SDMX}dimension#refPeriod>", f"<{SDMX}measure#obsValue>"
Y2007 = '"2007"^^<http://www.w3.org/2001/XMLSchema#gYear>'
QUERIES = {
    "one": f"SELECT * FROM <{GRAPH}> {{ <{SITE}observation/77> ?p ?o }}",
    "country, year": f"SELECT ?o ?v FROM <{GRAPH}> {{ ?o {COUNTRY} <{SITE}country/7> ; {YEAR} {Y2007} ; {VALUE} ?v }}",
    "count": f"SELECT (COUNT(*) AS ?n) FROM <{GRAPH}> {{ ?o {COUNTRY} ?c }}",
    "mean by year": f"SELECT ?y (AVG(?v) AS ?mean) FROM <{GRAPH}> "
    f"{{ ?o {COUNTRY} <{SITE}country/7> ; {YEAR} ?y ; {VALUE} ?v }} GROUP BY ?y",
    "by objective": f"SELECT ?b (AVG(?v) AS ?mean) FROM <{GRAPH}> "
    f"{{ ?o <{SITE}objective> ?b ; {VALUE} ?v }} GROUP BY ?b",
    "top 10": f"SELECT ?o ?v FROM <{GRAPH}> {{ ?o {VALUE} ?v }} ORDER BY DESC(?v) LIMIT 10",
}
Value = TypeVar("Value")


class Cost(NamedTuple):
    """CPU seconds of a command and its children, and the peak of their memory in MB."""

    seconds: float
    memory: float


def report_sizes(snapshot: Path, directory: Path, millions: list[int]) -> None:
    """Print the tables. snapshot: a directory with one, which gets the imports; directory: for the data."""
    for number in millions:
        data = directory / "observations.nt"
        write_observations(data, open_snapshot(snapshot), number * MILLION)
        print(f"\n{number} million statements, {data.stat().st_size / 1e9:.2f} GB of N-Triples")
        store = directory / f"oxigraph-{number}"
        _report_load(snapshot, data, store)
        _report_serving(snapshot, directory, store)


def _report_load(snapshot: Path, data: Path, store: Path) -> None:
    begin: list[str | Path] = [BIN / "oxigraph", "load", "--location", store, "--file"]
    theirs = cost_of([[*begin, snapshot / CURRENT / DATASET], [*begin, data, "--graph", GRAPH]])
    command: list[str | Path] = [BIN / "policing-goals", "import", "--snapshot", snapshot, data, "--graph", GRAPH]
    limits = ["--max-size", "100000", "--max-statements", "1000000000", "--max-seconds", "100000"]
    mine = cost_of([[*command, *limits, "--on-disk-above", "300000"]])
    print(f"{'':<24}{'CPU s':>8}{'ratio':>8}{'peak MB':>10}{'disk MB':>10}")
    print(f"{'oxigraph load':<24}{theirs.seconds:>8.1f}{1:>8.2f}{theirs.memory:>10.0f}{_disk(store):>10.0f}")
    ratio, disk = mine.seconds / theirs.seconds, _disk((snapshot / CURRENT).resolve())
    print(
        f"{'policing-goals import':<24}{mine.seconds:>8.1f}{ratio:>8.2f}{mine.memory:>10.0f}{disk:>10.0f}", flush=True
    )


def _report_serving(snapshot: Path, directory: Path, store: Path) -> None:
    begun = time.perf_counter()
    with ours(snapshot, directory, "--query-memory", QUERY_MEMORY, "--timeout", "600", "--cache", "0") as mine:
        ask(mine, QUERIES["one"])
        started = time.perf_counter() - begun
        with oxigraph_on_disk(store, directory) as theirs:
            print(f"{'ms':<24}" + "".join(f"{name:>15}" for name in QUERIES) + f"{'MB':>8}")
            taken: dict[str, dict[str, float]] = {each.name: {} for each in (theirs, mine)}
            for name, query in QUERIES.items():
                _check_alike(theirs, mine, query)
                for who, seconds in _in_turns(theirs, mine, query).items():
                    taken[who][name] = seconds
            for endpoint in (theirs, mine):
                figures = "".join(f"{1000 * taken[endpoint.name][name]:>15.1f}" for name in QUERIES)
                print(f"{endpoint.name:<24}{figures}{tree_memory(endpoint.pid):>8.0f}")
            ratios = (taken[mine.name][name] / taken[theirs.name][name] for name in QUERIES)
            print(f"{'ratio':<24}" + "".join(f"{ratio:>15.2f}" for ratio in ratios))
        before = tree_memory(mine.pid)
        peak = _peak(lambda: _swap(snapshot, directory, mine), lambda: tree_memory(mine.pid))
        print(f"first result after {started:.2f} s; a swap: {before:.0f} MB, then {peak:.0f} MB at most", flush=True)


def _in_turns(first: Endpoint, second: Endpoint, query: str) -> dict[str, float]:
    """Seconds of a query at each endpoint, by its name: the median of ROUNDS."""
    seconds: dict[str, list[float]] = {first.name: [], second.name: []}
    for number in range(ROUNDS):
        for endpoint in (first, second):
            begun = time.perf_counter()
            ask(endpoint, f"{query} # {number}", 600.0)
            seconds[endpoint.name].append(time.perf_counter() - begun)
    return {name: statistics.median(each) for name, each in seconds.items()}


def _check_alike(first: Endpoint, second: Endpoint, query: str) -> None:
    lengths = []
    for endpoint in (first, second):
        status, body = ask(endpoint, query, 600.0)
        if status != 200:
            raise RuntimeError(f"{endpoint.name} replied with {status} to {query}: {body[:300]!r}")
        lengths.append(body.count(b'"type"'))
    if lengths[0] != lengths[1]:
        raise RuntimeError(f"{lengths} terms in the results of {query}")


def _swap(snapshot: Path, directory: Path, server: Endpoint) -> None:
    """Import one statement, and let the server take up the new snapshot."""
    data = directory / "one.nt"
    data.write_text(f"<{SITE}a> <{SITE}b> <{SITE}c> .\n", "utf-8")
    command: list[str | Path] = [BIN / "policing-goals", "import", "--snapshot", snapshot, data]
    command += ["--graph", f"{SITE}one"]
    subprocess.run(command, check=True, capture_output=True)
    os.kill(server.pid, signal.SIGHUP)
    query = f"ASK {{ GRAPH <{SITE}one> {{ ?s ?p ?o }} }}"
    if not eventually(lambda: b"true" in ask(server, query)[1]):
        raise RuntimeError("the server did not take up the new snapshot")
    time.sleep(2)


def cost_of(commands: list[list[str | Path]]) -> Cost:
    """What commands cost, one after another."""
    seconds, peak = 0.0, 0.0
    for command in commands:
        before = os.times()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        peak = max(peak, _peak(process.wait, lambda pid=process.pid: tree_memory(pid)))  # type: ignore[misc]
        after = os.times()
        if process.returncode:
            raise RuntimeError(f"{command} ended with {process.returncode}")
        seconds += after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(seconds, peak)


def _peak(act: Callable[[], object], measure: Callable[[], float]) -> float:
    """The largest measure while something is done."""
    found = [0.0]
    with _beside(lambda: found.append(max(found.pop(), measure()))):
        act()
    return found[0]


@contextmanager
def _beside(step: Callable[[], None]) -> Iterator[None]:
    ended = threading.Event()

    def repeat() -> None:
        while not ended.wait(0.3):
            step()

    thread = threading.Thread(target=repeat)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _disk(directory: Path) -> float:
    return sum(path.stat().st_size for path in directory.rglob("*") if path.is_file()) / 1e6
