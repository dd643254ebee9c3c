"""Clients that do not write, do not read, or do nothing: each is left alone no longer than its deadline."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest

from policing_goals.web.gateway.connections import ConnectionLimits, Connections
from tests.support.processes import descendants
from tests.support.server import COUNT, LARGE, RUNAWAY, Served, connect, eventually, serving

QUICK = ("--head-timeout", "1", "--write-timeout", "1", "--idle-timeout", "2", "--connections-per-address", "20")
WHOLE = f"GET /sparql?query={quote(COUNT)} HTTP/1.1\nHost: x\n\n"


@pytest.fixture(scope="module")
def server(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server with short deadlines and few connections."""
    with ExitStack() as stack:
        yield serving(stack, snapshot, tmp_path_factory.mktemp("server"), *QUICK)


def read_to_end(client: socket.socket) -> bytes:
    """All that comes until the server closes the connection, or the first 2 MB."""
    content = b""
    while len(content) < 2**21 and (piece := client.recv(65536)):
        content += piece
    return content


def test_a_head_that_does_not_end_gets_an_error(server: Served) -> None:
    with connect(server, "GET / HTTP/1.1\nHost: x\n") as client:
        assert read_to_end(client).startswith(b"HTTP/1.1 408 ")


def test_a_head_that_drips_gets_an_error(server: Served) -> None:
    with connect(server, "GET / HTTP/1.1\nHost: x\n") as client:
        client.settimeout(0.1)
        content = b""
        for _ in range(600):
            client.sendall(b"A: b\r\n")
            try:
                content = client.recv(65536)
                break
            except TimeoutError:
                continue
        assert content.startswith(b"HTTP/1.1 408 ")


def test_a_connection_without_a_request_is_closed(server: Served) -> None:
    with connect(server, "") as client:
        assert client.recv(1) == b""


def test_a_connection_is_closed_when_nothing_follows_a_reply(server: Served) -> None:
    with connect(server, WHOLE) as client:
        assert read_to_end(client).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("path", [f"/sparql?query={quote(LARGE)}", "/data/global-policing-goals.nq"])
def test_a_client_that_does_not_read_is_cut_off(path: str, server: Served) -> None:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    with client:
        client.connect(("127.0.0.1", server.port))
        client.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert eventually(lambda: server.figure("policing_goals_connections") > 1)

        assert eventually(lambda: server.figure("policing_goals_connections") == 1)
    assert server.query(COUNT).status == 200


def test_a_client_that_reads_slowly_gets_everything(server: Served) -> None:
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
    with client:
        client.connect(("127.0.0.1", server.port))
        client.sendall(f"GET /sparql?query={quote(LARGE)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        size = 0
        begun = time.monotonic()
        while piece := client.recv(65536):
            size += len(piece)
            # For three seconds, each read comes before the deadline; then as fast as possible.
            time.sleep(0.3 if time.monotonic() < begun + 3 else 0)

    assert size > len(server.query(LARGE).body)


def test_the_connection_that_has_waited_longest_makes_room(server: Served) -> None:
    clients = [connect(server, "") for _ in range(30)]
    reply = server.query(COUNT)
    for client in clients:
        client.close()

    assert reply.status == 200


def test_connections_that_are_being_answered_do_not_make_room(snapshot: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path, "--connections", "3")
        busy = []
        for number in range(3):
            busy.append(connect(server, f"GET /sparql?query={quote(RUNAWAY % number)} HTTP/1.1\nHost: x\n\n"))
        time.sleep(0.3)
        with pytest.raises(OSError), connect(server, WHOLE) as client:
            # Depending on when the server closes it, the end comes with the first or the second.
            assert client.recv(100) == b""
            client.sendall(b"x")
            client.sendall(b"x")
        for client in busy:
            with client:
                assert client.recv(100).startswith(b"HTTP/1.1 504 ")


class Idle:
    """A connection that waits."""

    def __init__(self, address: str, since: float | None) -> None:
        self.address = address
        self.waits_since: float | None = since
        self.deadline: float | None = None
        self.closed = False

    def unsent(self) -> int:
        return 2**24

    def expire(self) -> None:
        """Never."""

    def close(self) -> None:
        self.closed = True

    def finish(self) -> None:
        """Never."""


def test_an_address_that_does_not_read_gets_no_more() -> None:
    async def run() -> tuple[bool, bool, bool]:
        connections = Connections(ConnectionLimits(connections=3, per_address=2))
        deaf = Idle("a", 1.0)
        assert connections.add(deaf)
        before = connections.takes_more("a")
        connections.note_unsent(deaf)
        connections.note_unsent(deaf)
        return before, connections.takes_more("a"), connections.takes_more("b")

    assert asyncio.run(run()) == (True, False, True)


def test_a_worker_that_is_stopped_from_outside_is_killed_at_the_deadline(snapshot: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path)
        workers = [pid for pid, generation in descendants(server.pid).items() if generation == 3]
        with connect(server, f"GET /sparql?query={quote(RUNAWAY % 1)} HTTP/1.1\nHost: x\n\n") as client:
            assert eventually(lambda: server.figure("policing_goals_queries") == 1)
            for pid in workers:
                os.kill(pid, signal.SIGSTOP)

            assert client.recv(100).startswith(b"HTTP/1.1 504 ")
        assert eventually(lambda: server.query(COUNT).status == 200)
