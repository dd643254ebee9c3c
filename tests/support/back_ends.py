"""Back ends: Oxigraph's server, one that misbehaves, and a dataset that asks one in this process."""

import asyncio
import json
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import parse_qs

from click.testing import CliRunner

from policing_goals.__main__ import main
from policing_goals.engine.backend import Backend
from policing_goals.engine.backend_messages import (
    COUNT_QUERY,
    MAX_RESULT,
    SOLUTIONS,
    TRIPLES,
    VERSION_QUERY,
    BackendRequest,
    BackendSettings,
)
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.remote_dataset import RemoteDataset, result_of
from policing_goals.model.snapshot_format import Manifest
from policing_goals.rdf.serialization import Result
from tests.support.processes import free_port, wait_for

T = TypeVar("T")
TRUE = b'{"head": {}, "boolean": true}'
STATEMENT = b"<http://example.org/a> <http://example.org/b> <http://example.org/c> .\n"


class OxigraphServer:
    """Oxigraph's server, in memory; a back end for tests."""

    def __init__(self, *options: str) -> None:
        """options: of its command."""
        self.port, self._options = free_port(), options
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        """Start it, without data."""
        # It is installed beside the interpreter, which need not be on the path.
        program = str(Path(sys.executable).with_name("oxigraph"))
        command = [program, "serve", "--bind", f"127.0.0.1:{self.port}", *self._options]
        self.process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        wait_for(self.port, self.process)

    def stop(self) -> None:
        """Kill it."""
        self.process.kill()
        self.process.wait()

    def load(self, snapshot: Path) -> None:
        """Publish a snapshot to it."""
        arguments = ["publish", f"{self.url}/store", "--snapshot", str(snapshot)]
        done = CliRunner().invoke(main, arguments, catch_exceptions=False)
        assert done.exit_code == 0, done.output

    def backend(self) -> Backend:
        """The server as a back end."""
        return Backend(BackendSettings(f"{self.url}/query"), 30)


class MisbehavingServer(ThreadingHTTPServer):
    """A back end that has a snapshot, and does what the word in a query says.

    "slow" is without a reply until its client leaves; "endless" has no end; "cut" ends before the length that it
    states; "unframed" states no length; "interim" sends 103 before; "headers" sends headers without end; "boolean"
    sends true; "malformed" sends JSON that is none at its end. Any other has the result ?x = 1.

    waiting: slow queries under way; left: those whose client has left; silent: whether the query for the version is
    slow; values: what it says, by query.
    """

    daemon_threads = True

    def __init__(self, manifest: Manifest) -> None:
        """manifest: of the snapshot."""
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/query"
        self.values = {VERSION_QUERY: manifest.sha256(), COUNT_QUERY: str(manifest.triples)}
        self.ended = threading.Event()
        self.silent = False
        self.waiting = self.left = 0
        self._lock = threading.Lock()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def count(self, waiting: int, left: int) -> None:
        """Add to both counts."""
        with self._lock:
            self.waiting += waiting
            self.left += left

    def close(self) -> None:
        """End it, and all that wait."""
        self.ended.set()
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: MisbehavingServer

    def do_POST(self) -> None:
        [query] = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["query"]
        deeds: dict[str, Callable[[], None]] = {
            "slow": self._wait,
            "endless": self._send_without_end,
            "headers": self._send_headers_without_end,
            "cut": lambda: self._begin(TRIPLES, "Content-Length", str(2 * len(STATEMENT)), STATEMENT),
            "unframed": lambda: self._begin(TRIPLES, "Connection", "close", STATEMENT),
            "boolean": lambda: self._begin(SOLUTIONS, "Content-Length", str(len(TRUE)), TRUE),
            "malformed": lambda: self._send_result("1", b"!"),
            "interim": self._send_result_after_hints,
        }
        word = next((each for each in deeds if each in query), "")
        with suppress(OSError):
            if query == VERSION_QUERY and self.server.silent:
                self._wait()
            elif word:
                deeds[word]()
            else:
                self._send_result(self.server.values.get(query, "1"))
        self.close_connection = word in ("cut", "unframed")

    def log_message(self, *_: object) -> None: ...

    def _send_result(self, value: str, end: bytes = b"]") -> None:
        content = {"head": {"vars": ["x"]}, "results": {"bindings": [{"x": {"type": "literal", "value": value}}]}}
        body = json.dumps(content).encode().replace(b"]}}", end + b"}}")
        self._begin(SOLUTIONS, "Content-Length", str(len(body)), body)

    def _send_result_after_hints(self) -> None:
        self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n")
        self._send_result("1")

    def _send_without_end(self) -> None:
        self._begin(SOLUTIONS, "Transfer-Encoding", "chunked")
        while not self.server.ended.is_set():
            self.wfile.write(b"10000\r\n" + b" " * 2**16 + b"\r\n")

    def _send_headers_without_end(self) -> None:
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not self.server.ended.is_set():
            self.wfile.write(b"A: " + b"x" * 1000 + b"\r\n")

    def _begin(self, media_type: str, name: str, value: str, body: bytes = b"") -> None:
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _wait(self) -> None:
        self.server.count(1, 0)
        # It becomes readable when the client closes it.
        while not self.server.ended.is_set() and not select.select([self.connection], [], [], 0.05)[0]:
            continue
        self.server.count(-1, int(not self.server.ended.is_set()))
        self._send_result("1")


def ask_once(backend: Backend, asked: Coroutine[Any, Any, T]) -> T:
    """What a back end says, in an event loop of its own."""

    async def ask_and_close() -> T:
        try:
            return await asked
        finally:
            await backend.aclose()

    return asyncio.run(ask_and_close())


def check(make: Callable[[], Backend], version: str, triples: int) -> None:
    """Raise BackendFailed if a back end has not this snapshot, or not as its default graph."""
    backend = make()

    async def ask() -> None:
        await backend.check_version(version)
        await backend.check_default_graph(triples)

    ask_once(backend, ask())


def asking(dataset: Dataset, make: Callable[[], Backend], limit: int = MAX_RESULT) -> RemoteDataset:
    """The dataset with a back end, which is made for each query. limit: the most bytes of a reply."""

    def ask(request: BackendRequest) -> Result:
        backend = make()
        reply = ask_once(backend, backend.query(request, limit))
        return result_of(reply.media_type, b"".join(reply.pieces()))

    return RemoteDataset.of(dataset, ask)
