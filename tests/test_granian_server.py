"""The server is announced once it can run queries, and not before."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from policing_goals import granian_server


@pytest.fixture
def starting() -> Iterator[tuple[int, list[int]]]:
    """The port of a server that is not ready at first, and the statuses that it gave."""
    given: list[int] = []

    class Starting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert self.path == "/ready"
            given.append(503 if len(given) < 3 else 200)
            self.send_response(given[-1])
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Starting) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, given
        server.shutdown()


@pytest.mark.parametrize(("host", "name"), [("127.0.0.1", "localhost"), ("0.0.0.0", "localhost")])
def test_ready_is_said_when_the_server_says_so(host: str, name: str, starting: tuple[int, list[int]]) -> None:
    port, given = starting
    said: list[tuple[str, int]] = []
    granian_server._announce(host, port, lambda address: said.append((address, given[-1])))

    assert said == [(f"http://{name}:{port}", 200)]
    assert given == [503, 503, 503, 200]


def test_no_answer_is_not_ready() -> None:
    assert not granian_server._is_ready("http://127.0.0.1:1")
