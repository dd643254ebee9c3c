"""Servers in processes of their own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.parse import quote
from urllib.request import Request, urlopen

COUNT = "SELECT (COUNT(*) AS ?n) { ?o a <https://w3id.org/global-policing-goals/ontology#Objective> }"


def free_port() -> int:
    """A TCP port of the loopback interface that was free a moment ago."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@contextmanager
def running(
    command: Sequence[str | Path], directory: Path, port: int, environment: Mapping[str, str] = os.environ
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A command that serves on a port, told by the environment; gives its address and its process, and stops it.

    What it prints goes to DIRECTORY/serve.log.
    """
    environment = {**environment, "POLICING_GOALS_SERVE_PORT": str(port)}
    with (directory / "serve.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    # A process that does not stop in two minutes is killed with its children, and the test fails.
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(120)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        raise


def ask_count(address: str) -> str:
    """The number of objectives, asked of a server as CSV."""
    request = Request(f"{address}/sparql?query={quote(COUNT)}", headers={"Accept": "text/csv"})
    with urlopen(request) as response:
        return str(response.read().decode())


def descendants(pid: int) -> dict[int, int]:
    """Every descendant of a process, with the generations between them (1 for a child). Linux."""
    parents = _parents()
    found: dict[int, int] = {}
    generation = {pid}
    while generation := {child for child, parent in parents.items() if parent in generation} - {pid, *found}:
        found |= dict.fromkeys(generation, max(found.values(), default=0) + 1)
    return found


def cpu_seconds(pid: int) -> float:
    """The CPU time that a process has used. Linux."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def running_processes() -> set[int]:
    """Every process but those that have ended and wait for their parent to notice. Linux."""
    return set(_parents())


def _parents() -> dict[int, int]:
    parents: dict[int, int] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, parent = path.read_text().rpartition(")")[2].split()[:2]
            parents |= {int(path.parent.name): int(parent)} if state != "Z" else {}
    return parents


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a process answers on a port of the loopback interface; fails after ten minutes or if it ends."""
    for _ in range(6000):
        assert process.poll() is None, "the command ended"
        try:
            with urlopen(f"http://127.0.0.1:{port}/"):
                return
        except URLError:
            time.sleep(0.1)
    raise AssertionError("no answer in ten minutes")
