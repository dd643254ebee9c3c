"""Figures of a build and of a start, and the memory of a process tree (Linux).

Memory is the proportional set size, so that pages which several processes share count once.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError

from tests.support.processes import ask_count, free_port

RUNS = 5
POLL_SECONDS = 0.01
SERVER = [sys.executable, "-m", "policing_goals"]


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
    """Seconds to the first answer of a server on a finished snapshot, to a query, and MB of its process tree."""
    port = free_port()
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*SERVER, "serve", "--snapshot", snapshot, "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        while True:
            with suppress(URLError):
                ask_count(f"http://127.0.0.1:{port}")
                return time.perf_counter() - begun, tree_memory(process.pid)
            time.sleep(POLL_SECONDS)
    finally:
        process.terminate()
        process.wait()


def tree_memory(pid: int) -> float:
    """MB of a process and all its descendants."""
    parents = {int(path.name): _parent(path) for path in Path("/proc").iterdir() if path.name.isdigit()}
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return sum(map(_proportional_kilobytes, family)) / 1024


def _parent(path: Path) -> int:
    try:
        return int((path / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def _proportional_kilobytes(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0  # It has ended meanwhile.
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))


def report_starts(snapshot: Path) -> None:
    """Measure and print: median of five runs, least and greatest in brackets."""
    for name, measure in (("cold build", cold_build), ("start from a snapshot", lambda: start(snapshot))):
        figures = [measure() for _ in range(RUNS)]
        for unit, column in zip(("s", "MB"), zip(*figures, strict=True), strict=True):
            print(f"{name:<22} {statistics.median(column):8.2f} {unit:<2} ({min(column):.2f} to {max(column):.2f})")
