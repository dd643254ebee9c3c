"""A running server for tests, with narrow limits, and ways to talk to it."""

import socket
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

from prometheus_client.parser import text_string_to_metric_families

from policing_goals.npm_assets import bundle, is_bundled
from policing_goals.web.pages.social_cards import available, render_cards
from tests.support.processes import free_port, running
from tests.support.programs import need

COUNT = "SELECT (COUNT(*) AS ?n) { ?o a <https://w3id.org/global-policing-goals/ontology#Objective> }"
RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?a != %d) }"
LARGE = "SELECT * { ?a ?b ?c . ?d a ?e } LIMIT 20000"
SERVE = (sys.executable, "-m", "policing_goals", "serve")
PER_CLIENT, TIMEOUT = 4, 2.0
MIB = 2**20


def need_bundle(name: str) -> None:
    """Download the bundle and render the preview images, if they are missing."""
    if not is_bundled(name):
        need("npm")
        bundle()
    if not available():
        render_cards()


@dataclass(frozen=True)
class Served:
    """A running server: its port, its first process, and what it has printed."""

    port: int
    pid: int
    log: Path

    def ask(self, path: str, body: bytes | None = None, method: str = "GET", **headers: str) -> "Answered":
        """Send a request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=300)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        return Answered(response.status, {name.lower(): value for name, value in response.getheaders()}, content)

    def query(self, text: str, **headers: str) -> "Answered":
        """Ask a query with GET."""
        return self.ask(f"/sparql?query={quote(text, safe='')}", None, "GET", **headers)

    def figure(self, name: str, **labels: str) -> float:
        """A figure of /metrics, 0 if it is not there."""
        families = text_string_to_metric_families(self.ask("/metrics").body.decode())
        samples = [sample for family in families for sample in family.samples]
        return sum(each.value for each in samples if each.name == name and labels.items() <= each.labels.items())


@dataclass(frozen=True)
class Answered:
    """Status, headers by lower-case name, and body of a response."""

    status: int
    headers: dict[str, str]
    body: bytes


def serving(stack: ExitStack, snapshot: Path, directory: Path, *options: str) -> Served:
    """Start a server with narrow limits."""
    limits = ["--timeout", str(TIMEOUT), "--body-timeout", "1", "--per-client", str(PER_CLIENT), "--workers", "4"]
    command: list[str | Path] = [*SERVE, "--snapshot", snapshot, *limits, *options]
    port = free_port()
    _, process = stack.enter_context(running(command, directory, port))
    return Served(port, process.pid, directory / "serve.log")


def eventually(holds: Callable[[], bool]) -> bool:
    """Whether something comes to hold within two minutes; far more than any of it takes."""
    for _ in range(2400):
        if holds():
            return True
        time.sleep(0.05)
    return False


def connect(server: Served, head: str, body: bytes = b"") -> socket.socket:
    """Send the beginning of a request and keep the connection."""
    client = socket.create_connection(("127.0.0.1", server.port), timeout=300)
    client.sendall(head.replace("\n", "\r\n").encode() + body)
    return client
