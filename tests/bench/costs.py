"""What the commands cost: `python -m tests.bench --build`.

CPU seconds are of a command's process and of its children; memory (MB) is the peak of the proportional set sizes of
both together, looked at every 50 ms, so that pages which they share count once.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from policing_goals import create_app
from policing_goals.builder.pipeline import build
from policing_goals.builder.progress import Progress
from policing_goals.builder.watching import Watch
from policing_goals.cli.build import check_site
from policing_goals.settings import Settings, sources_directory
from policing_goals.web.app import warm_up
from tests.bench.figures import SERVER, tree_memory
from tests.conftest import ROOT
from tests.support.sources import copy_sources
from tests.web.pages.test_pages import PAGES

SAMPLE_SECONDS = 0.05
LABEL, OTHER = '"Protection des groupes vulnérables"@fr', '"Protection des groupes fragiles"@fr'
# Beside the pages that every browser test looks at.
DOCUMENTS = ("/openapi.json", "/goal-4.ttl", "/dataset.jsonld", "/queries/goals.csv", "/queries/goals.xlsx")


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds, and the peak of memory in MB."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        """One cell for each."""
        return f"{self.cpu:>8.1f}{self.wall:>8.1f}{self.memory:>8.0f}"


def report_costs() -> None:
    """Print the cost of a build by step, of the commands, of the first view of each kind of page and of the suite."""
    print(f"{time.strftime('%d %B %Y')}, {os.cpu_count()} cores, {_processor()}, Python {sys.version.split()[0]}")
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        _report_steps(directory / "steps")
        print(f"{'':<44}{'CPU s':>8}{'wall s':>8}{'MB':>8}")
        snapshot = directory / "snapshot"
        for what, command in _commands(snapshot, directory / "site"):
            print(f"{what:<44}{measure(command)}", flush=True)
        print(f"{'from a save to the finding (--watch)':<44}{_look(directory)}")
        _report_first_views(snapshot)
        files = [path for path in (directory / "site").rglob("*") if path.is_file()]
        used = sum(path.stat().st_blocks * 512 for path in files) / 2**20
        print(f"static edition: {len(files)} files, {used:.0f} MB on disk")
    print(f"{'pytest':<44}{measure([sys.executable, '-m', 'pytest', '-q'])}")


def measure(command: Sequence[str | Path]) -> Cost:
    """What a command costs with its children; raises CalledProcessError if it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    begun, peak = time.perf_counter(), 0.0
    process = subprocess.Popen(
        list(command), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    while process.poll() is None:
        peak = max(peak, tree_memory(process.pid))
        time.sleep(SAMPLE_SECONDS)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, process.args)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - begun, cpu, peak)


def _commands(snapshot: Path, site: Path) -> Iterator[tuple[str, list[str | Path]]]:
    at: list[str | Path] = ["--snapshot", snapshot]
    yield "build", [*SERVER, "build", *at]
    yield "build again, nothing changed", [*SERVER, "build", *at]
    yield "validate", [*SERVER, "validate", *at]
    yield "query goals", [*SERVER, "query", "goals", *at]
    yield "export --site", [*SERVER, "export", "--site", site, *at]


class _Steps(Progress):
    # Prints the CPU time of this process at each step.
    def __init__(self) -> None:
        self.name, self.began = "", time.process_time()

    def step(self, name: str) -> None:
        now = time.process_time()
        if self.name:
            print(f"  {self.name:<42}{now - self.began:>8.2f}")
        self.name, self.began = name, now


def _report_steps(directory: Path) -> None:
    print("CPU seconds of a build, by step of its longest path")
    steps, before = _Steps(), resource.getrusage(resource.RUSAGE_CHILDREN)
    begun = time.process_time()
    build(sources_directory(), directory, check_site, steps)
    steps.step("")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"  {'all steps, without the start of Python':<42}{time.process_time() - begun:>8.2f}")
    print(f"  {'beside them: the shapes, and the site':<42}{after.ru_utime - before.ru_utime:>8.2f}")


def _look(directory: Path) -> Cost:
    # In this process: a look after a label was edited.
    sources = copy_sources(directory / "sources")
    watch = Watch(sources)
    watch.look(())
    labels = sources / "data/labels/fr.ttl"
    labels.write_text(labels.read_text("utf-8").replace(LABEL, OTHER), "utf-8")
    begun, cpu = time.perf_counter(), time.process_time()
    watch.look(("data/labels/fr.ttl",))
    return Cost(time.perf_counter() - begun, time.process_time() - cpu, tree_memory(os.getpid()))


def _report_first_views(snapshot: Path) -> None:
    print("CPU milliseconds of the first view of a page by a fresh server")
    for path in (*(f"/en{page}" for page in PAGES), *DOCUMENTS):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(writer, str(_first_view(snapshot, path)).encode())
            os._exit(0)
        os.waitpid(child, 0)
        print(f"  {path:<42}{float(os.read(reader, 100)):>8.0f}")
        os.close(reader)
        os.close(writer)


def _first_view(snapshot: Path, path: str) -> float:
    app = create_app(Settings(snapshot, workers=1))
    warm_up(app)
    begun = time.process_time()
    response = app.test_client().get(path, headers={"Accept": "text/html, */*"})
    spent = time.process_time() - begun
    app.extensions["stop"]()
    if response.status_code != 200:
        raise RuntimeError(f"{path} has the status {response.status_code}")
    return spent * 1000


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else "unknown processor"
