"""Servers in processes of their own."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
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
    command: Sequence[str | Path], directory: Path, port: int
) -> Iterator[tuple[str, "subprocess.Popen[bytes]"]]:
    """A command that serves on a port, told by the environment; gives its address and its process, and stops it.

    What it prints goes to DIRECTORY/serve.log.
    """
    environment = {**os.environ, "POLICING_GOALS_SERVE_PORT": str(port)}
    with (directory / "serve.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(port, process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(20)


def ask_count(address: str) -> str:
    """The number of objectives, asked of a server as CSV."""
    request = Request(f"{address}/sparql?query={quote(COUNT)}", headers={"Accept": "text/csv"})
    with urlopen(request) as response:
        return str(response.read().decode())


def descendants(pid: int) -> dict[int, int]:
    """Every descendant of a process, with the generations between them (1 for a child). Linux."""
    parents = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parents[int(path.parent.name)] = int(path.read_text().rpartition(")")[2].split()[1])
    found: dict[int, int] = {}
    generation = {pid}
    while generation := {child for child, parent in parents.items() if parent in generation} - {pid, *found}:
        found |= dict.fromkeys(generation, max(found.values(), default=0) + 1)
    return found


def wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a process answers on a port of the loopback interface; fails after three minutes or if it ends."""
    for _ in range(1800):
        assert process.poll() is None, "the command ended"
        try:
            with urlopen(f"http://127.0.0.1:{port}/"):
                return
        except URLError:
            time.sleep(0.1)
    raise AssertionError("no answer in three minutes")
