"""Figures of a build and of a server: `python -m tests.bench`.

Prints the median of five runs, least and greatest in brackets: wall seconds and
peak memory (MB, of the largest process) of a cold build; seconds from the start of
`serve` on a finished snapshot to its first answer; and the memory of the whole
process tree after it (MB, proportional set size, so shared pages count once). Linux.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.servers import ask_count, free_port, running

RUNS = 5
SERVER = [sys.executable, "-m", "server"]


def cold_build() -> tuple[float, float]:
    """Wall seconds and peak MB of one build into an empty directory."""
    with tempfile.TemporaryDirectory() as directory:
        begun = time.perf_counter()
        process = subprocess.Popen(
            [*SERVER, "build", "--snapshot", directory], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError("the build failed")
        return time.perf_counter() - begun, usage.ru_maxrss / 1024


def start(snapshot: Path) -> tuple[float, float]:
    """Seconds to the first answer of a server on a finished snapshot, and MB of its process tree."""
    port = free_port()
    begun = time.perf_counter()
    with (
        tempfile.TemporaryDirectory() as directory,
        running([*SERVER, "serve", "--snapshot", snapshot], Path(directory), port) as address,
    ):
        ask_count(address)
        return time.perf_counter() - begun, tree_memory()


def tree_memory() -> float:
    """MB of all descendants of this process (proportional set size)."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    family = {os.getpid()}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(_proportional_kilobytes(pid) for pid in family - {os.getpid()}) / 1024


def _parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _proportional_kilobytes(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def report(name: str, measure: Callable[[], tuple[float, float]]) -> None:
    """Run a measurement and print its figures."""
    figures = [measure() for _ in range(RUNS)]
    for unit, column in zip(("s", "MB"), zip(*figures, strict=True), strict=True):
        print(f"{name:<22} {statistics.median(column):8.2f} {unit:<2} ({min(column):.2f} to {max(column):.2f})")


def main() -> None:
    """Measure and print everything."""
    report("cold build", cold_build)
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([*SERVER, "build", "--snapshot", directory], check=True, capture_output=True)
        report("start from a snapshot", lambda: start(Path(directory)))


if __name__ == "__main__":
    main()
