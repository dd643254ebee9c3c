"""Everything at once for an hour: clients, imports, swaps, killed workers and killed builds; what is lost, and memory.

Prints a line a minute. In the end: every import that was reported as done must be there, no file of a killed process
may be left, and every reply must have been a result, or an error that says that a worker was killed.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from policing_goals.model.snapshot_format import import_file
from policing_goals.model.snapshot_locks import read_current
from tests.bench.endpoints import Endpoint, ours
from tests.bench.hostile import Reply, resources, send, shares
from tests.support.processes import descendants

CLIENTS, GRAPHS = 6, 12
GRAPH = "http://example.org/graph-{number}"
# Worker processes are grandchildren of the first process's child.
WORKER_DEPTH = 3
COUNTS = ("imports", "builds", "killed", "swaps")
HEAD = f"{'minute':>6}{'requests':>10}{'failed':>8}{''.join(f'{name:>9}' for name in COUNTS)}{'MB':>6}{'files':>7}"
GPGO = "https://w3id.org/global-policing-goals/ontology#"
QUERIES = (
    "ASK { ?s ?p ?o } # %d",
    f"SELECT ?g (COUNT(?o) AS ?n) {{ ?g <{GPGO}hasObjective> ?o }} GROUP BY ?g # %d",
    "SELECT * FROM <https://w3id.org/global-policing-goals/graph-all> { ?s ?p ?o } LIMIT 2000 # %d",
    "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } # %d",
)
PATHS = (
    "/goal-%d.html", "/fr/goal-%d.html", "/goal-%d.ttl", "/search?q=drugs+%d",
    "/queries/goal-objectives.csv?goal=gpg:goal-%d", "/data/global-policing-goals.ttl?%d",
)  # fmt: skip


@dataclass
class Soak:
    """What has happened so far. imported: the number in the latest document of each graph that was reported as done."""

    snapshot: Path
    directory: Path
    endpoint: Endpoint
    ended: threading.Event = field(default_factory=threading.Event)
    replies: list[Reply] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    imported: dict[str, int] = field(default_factory=dict)

    def clients(self, number: int) -> None:
        """Ask queries, pages and files until the end."""
        chance = random.Random(number)  # no secret
        while not self.ended.is_set():
            source, sequence = f"127.0.1.{number + 1}", chance.randrange(10**9)
            if chance.random() < 0.5:
                self.replies.append(send(self.endpoint, chance.choice(QUERIES) % sequence, source))
            else:
                path = chance.choice(PATHS) % (sequence % 7 + 1)
                self.replies.append(send(self.endpoint, "", source, quote(path, safe="/?=+&.:")))
            time.sleep(0.01)

    def imports(self, number: int) -> None:
        """Import into the graphs in turn, beside another importer, remove some again, and swap."""
        chance = random.Random(number)  # no secret
        sequence = 0
        while not self.ended.is_set():
            sequence += 1
            graph = GRAPH.format(number=2 * chance.randrange(GRAPHS // 2) + number)
            if graph in self.imported and chance.random() < 0.3:
                if self._run("import", "--remove", graph) == 0:
                    del self.imported[graph]
                    self.counts["imports"] += 1
            else:
                self.add_import(graph, sequence)
            os.kill(self.endpoint.pid, signal.SIGHUP)
            self.counts["swaps"] += 1
            self.ended.wait(chance.uniform(0, 4))

    def add_import(self, graph: str, number: int) -> None:
        """Import a document with a number into a graph."""
        document = self.directory / f"{graph.rpartition('/')[2]}.nt"
        document.write_text(f'<{graph}> <http://example.org/number> "{number}" .\n', "utf-8")
        if self._run("import", str(document), "--graph", graph) == 0:
            self.imported[graph] = number
            self.counts["imports"] += 1

    def killed_builds(self) -> None:
        """Start builds, and kill most of them at some moment."""
        chance = random.Random(1)  # no secret
        while not self.ended.is_set():
            command = [sys.executable, "-m", "policing_goals", "build", "--snapshot", str(self.snapshot)]
            build = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                build.wait(chance.uniform(0.5, 12))
            except subprocess.TimeoutExpired:
                family = [build.pid, *descendants(build.pid)]
                build.kill()
                build.wait()
                for pid in family[1:]:
                    _kill(pid)
            self.counts["builds"] += 1
            self.ended.wait(chance.uniform(2, 8))

    def killed_workers(self) -> None:
        """Kill a worker every few seconds."""
        chance = random.Random(2)  # no secret
        while not self.ended.wait(chance.uniform(1, 6)):
            workers = [pid for pid, depth in descendants(self.endpoint.pid).items() if depth == WORKER_DEPTH]
            if workers:
                _kill(chance.choice(workers))
                self.counts["killed"] += 1

    def line(self, minute: int) -> str:
        """The figures so far, as a line of the table."""
        failed = sum(reply.status != 200 for reply in self.replies)
        _, files, memory = resources(self.endpoint)
        counts = "".join(f"{self.counts[name]:>9}" for name in COUNTS)
        return f"{minute:>6}{len(self.replies):>10}{failed:>8}{counts}{memory:>6.0f}{files:>7}"

    def lost(self) -> list[str]:
        """What is not as it was reported, in words."""
        manifest, files = read_current(self.snapshot)
        texts = {graph: files[import_file(fields)].decode() for graph, fields in manifest.imports.items()}
        wrong = [
            graph for graph, number in self.imported.items() if f'/number> "{number}" .' not in texts.get(graph, "")
        ]
        strange = sorted(set(manifest.imports) - set(self.imported))
        left = [path.name for path in self.snapshot.iterdir() if path.name.startswith(".")]
        return [
            *(f"lost: {graph}" for graph in wrong),
            *(f"not removed: {graph}" for graph in strange),
            *(f"left behind: {name}" for name in left),
        ]

    def _run(self, *arguments: str) -> int:
        command = [sys.executable, "-m", "policing_goals", *arguments, "--snapshot", str(self.snapshot)]
        return subprocess.run(command, check=False, capture_output=True).returncode


def report_soak(snapshot: Path, directory: Path, minutes: int) -> None:
    """Run for so many minutes and print the table."""
    with ours(snapshot, directory, crowd=True) as endpoint, ThreadPoolExecutor(CLIENTS + 4) as threads:
        soak = Soak(snapshot, directory, endpoint)
        before = resources(endpoint)
        actors: list[Callable[[], None]] = [soak.killed_builds, soak.killed_workers]
        running = [threads.submit(actor) for actor in actors]
        running += [threads.submit(soak.imports, number) for number in range(2)]
        running += [threads.submit(soak.clients, number) for number in range(CLIENTS)]
        print(HEAD)
        for minute in range(1, minutes + 1):
            time.sleep(60)
            print(soak.line(minute), flush=True)
        soak.ended.set()
        for each in running:
            each.result()
        # The next to write removes what killed processes left.
        soak.add_import(GRAPH.format(number="last"), 1)
        time.sleep(5)
        _print_end(soak, before)


def _print_end(soak: Soak, before: tuple[int, int, float]) -> None:
    after = resources(soak.endpoint)
    print(shares(soak.replies))
    for name, first, last in zip(("processes", "descriptors", "MB"), before, after, strict=True):
        print(f"{name}: {first:.0f} before, {last:.0f} after")
    lost = soak.lost()
    print(f"{len(soak.imported)} imports to be there; {len(lost)} things not as reported", *lost, sep="\n")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
