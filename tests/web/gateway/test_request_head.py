"""Requests that two readers could take differently are refused; one that arrives in pieces is read the same."""

import asyncio
import re
from collections.abc import Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policing_goals.web.gateway.connection import HttpConnection, Prepared
from policing_goals.web.gateway.connections import ConnectionLimits, Connections
from policing_goals.web.http.messages import Reply, Request

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\n"
# As the HTTP client of Java sends it with the first request of a connection.
UPGRADE = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEAAEAA\r\nupgrade: h2c\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
# The raw bytes of a request, and the status of the refusal.
REFUSED = {
    # The length of the body.
    "length and chunked": (POST + b"Content-Length: 5\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "chunked and length": (POST + CHUNKED + b"Content-Length: 5\r\n\r\n0\r\n\r\n", 400),
    "two lengths": (POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nASK{}", 400),
    "the same length twice": (POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nASK{}", 400),
    "a list of lengths": (POST + b"Content-Length: 5, 5\r\n\r\nASK{}", 400),
    "a signed length": (POST + b"Content-Length: +5\r\n\r\nASK{}", 400),
    "a negative length": (POST + b"Content-Length: -5\r\n\r\nASK{}", 400),
    "a hexadecimal length": (POST + b"Content-Length: 0x5\r\n\r\nASK{}", 400),
    "a length with a letter": (POST + b"Content-Length: 5a\r\n\r\nASK{}", 400),
    "an empty length": (POST + b"Content-Length: \r\n\r\nASK{}", 400),
    "a length with a space": (POST + b"Content-Length: 5 5\r\n\r\nASK{}", 400),
    "a length of very many digits": (POST + b"Content-Length: " + b"0" * 5000 + b"5\r\n\r\nASK{}", 400),
    "a length beyond 64 bits": (POST + b"Content-Length: 99999999999999999999999\r\n\r\nASK{}", 400),
    "a length that is too large": (POST + b"Content-Length: 9999999\r\n\r\n", 413),
    # Transfer codings.
    "an unknown transfer coding": (POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    "chunked not last": (POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    "chunked twice": (POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "chunked with a vertical tab": (POST + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n", 400),
    "chunked in HTTP/1.0": (b"POST / HTTP/1.0\r\nHost: x\r\n" + CHUNKED + b"\r\n0\r\n\r\n", 400),
    "a chunk size that is no number": (POST + CHUNKED + b"\r\ng\r\nASK{}\r\n0\r\n\r\n", 400),
    "a signed chunk size": (POST + CHUNKED + b"\r\n-5\r\nASK{}\r\n0\r\n\r\n", 400),
    "a chunk size with a prefix": (POST + CHUNKED + b"\r\n0x5\r\nASK{}\r\n0\r\n\r\n", 400),
    "a chunk size beyond 64 bits": (POST + CHUNKED + b"\r\n" + b"f" * 17 + b"\r\n", 400),
    "a chunk longer than its size": (POST + CHUNKED + b"\r\n3\r\nASK{}\r\n0\r\n\r\n", 400),
    "a chunk that ends in a line feed": (POST + CHUNKED + b"\r\n5\r\nASK{}\n0\r\n\r\n", 400),
    "a chunk size that ends in a line feed": (POST + CHUNKED + b"\r\n5\nASK{}\r\n0\r\n\r\n", 400),
    "tiny chunks without end": (POST + CHUNKED + b"\r\n" + b"1\r\na\r\n" * 20_000, 413),
    # Lines.
    "obsolete line folding": (GET + b"A: b\r\n c\r\n\r\n", 400),
    "a folded first header": (b"GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
    "a space before the colon": (b"GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
    "a name without a colon": (GET + b"Nothing\r\n\r\n", 400),
    "a name with a space": (GET + b"A b: c\r\n\r\n", 400),
    "an empty name": (GET + b": c\r\n\r\n", 400),
    "a name in UTF-8": (GET + "é: c\r\n\r\n".encode(), 400),
    "a bare carriage return": (GET + b"A: b\rc\r\n\r\n", 400),
    "a bare line feed": (GET + b"A: b\nB: c\r\n\r\n", 400),
    "line feeds alone": (b"GET / HTTP/1.1\nHost: x\n\n", 400),
    "NUL in a value": (GET + b"A: b\x00c\r\n\r\n", 400),
    "NUL in a name": (GET + b"A\x00: c\r\n\r\n", 400),
    "NUL in the target": (b"GET /\x00 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a control character": (GET + b"A: b\x07\r\n\r\n", 400),
    # Host.
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "two hosts": (GET + b"Host: y\r\n\r\n", 400),
    "the same host twice": (GET + b"Host: x\r\n\r\n", 400),
    "an empty host": (b"GET / HTTP/1.1\r\nHost: \r\n\r\n", 400),
    "a list of hosts": (b"GET / HTTP/1.1\r\nHost: x, y\r\n\r\n", 400),
    "a host with a path": (b"GET / HTTP/1.1\r\nHost: x/y\r\n\r\n", 400),
    "a host with a user": (b"GET / HTTP/1.1\r\nHost: a@x\r\n\r\n", 400),
    "a port that is none": (b"GET / HTTP/1.1\r\nHost: x:99999\r\n\r\n", 400),
    "an absolute target without a host": (b"GET http:/// HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    # The request line.
    "HTTP/0.9": (b"GET /\r\n\r\n", 505),
    "HTTP/2.0": (b"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
    "HTTP/1.2": (b"GET / HTTP/1.2\r\nHost: x\r\n\r\n", 400),
    "the preface of HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
    "another protocol": (b"GET / RTSP/1.0\r\nHost: x\r\n\r\n", 400),
    "no version number": (b"GET / HTTP/\r\nHost: x\r\n\r\n", 400),
    "a lower-case method": (b"get / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "an unknown method": (b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    "no method": (b" / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a space in the target": (b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a target in UTF-8": ("GET /é HTTP/1.1\r\nHost: x\r\n\r\n".encode(), 400),
    "a target without a slash": (b"GET sparql HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "a tunnel": (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n\r\n", 400),
    # Sizes and expectations.
    "a long target": (b"GET /" + b"a" * 140_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
    "a large header": (GET + b"A: " + b"a" * 20_000 + b"\r\n\r\n", 431),
    "many headers": (GET + b"A: b\r\n" * 101 + b"\r\n", 431),
    "an unknown expectation": (POST + b"Expect: the-best\r\nContent-Length: 5\r\n\r\n", 417),
}


class Echo:
    """An application that replies with what it was asked."""

    version = "0" * 64

    def __init__(self) -> None:
        self.asked: list[Request] = []

    def prepared(self, raw: bytes) -> Prepared | None:
        return None

    def keep(self, raw: bytes, prepared: Prepared) -> None:
        """Keep nothing."""

    def answer_now(self, request: Request) -> tuple[Reply, bool] | None:
        self.asked.append(request)
        return Reply(200, "text/plain", f"{request.method} {request.path} {request.body!r}".encode()), False

    def answer(self, request: Request) -> Coroutine[Any, Any, Reply]:
        raise AssertionError("every request is answered at once")

    def record(self, request: Request, status: int, size: int, seconds: float) -> None:
        """Say nothing."""


class Wire(asyncio.Transport):
    """A transport that holds what was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def get_extra_info(self, name: str, default: object = None) -> object:
        return ("127.0.0.1", 1) if name == "peername" else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += bytes(data)

    def get_write_buffer_size(self) -> int:
        return 0

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.closed = True

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def pause_reading(self) -> None:
        """Read on."""

    def resume_reading(self) -> None:
        """Read on."""


def exchange(*pieces: bytes) -> tuple[list[Request], bytes, bool]:
    """What an application is asked when a client sends some pieces, what the client gets, and whether that is all."""

    async def run() -> tuple[list[Request], bytes, bool]:
        application, wire = Echo(), Wire()
        connection = HttpConnection(application, Connections(ConnectionLimits()))
        connection.connection_made(wire)
        for piece in pieces:
            connection.data_received(piece)
            for _ in range(10):
                await asyncio.sleep(0)
        connection.connection_lost(None)
        return application.asked, wire.written, wire.closed

    return asyncio.run(run())


def statuses(written: bytes) -> list[int]:
    """The status codes in what was written, without those of interim responses."""
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d+) [A-Z]", written) if status != b"100"]


@pytest.mark.parametrize(("raw", "status"), REFUSED.values(), ids=REFUSED)
def test_a_request_that_could_be_read_differently_is_refused(raw: bytes, status: int) -> None:
    asked, written, closed = exchange(raw, GET + b"\r\n")

    assert asked == []
    assert statuses(written) == [status]
    assert b"application/problem+json" in written
    assert closed


@pytest.mark.parametrize(
    ("raw", "method", "path", "body"),
    [
        (GET + b"\r\n", "GET", "/", b""),
        (b"\r\n\r\n" + GET + b"\r\n", "GET", "/", b""),
        (b"GET / HTTP/1.0\r\n\r\n", "GET", "/", b""),
        (b"GET /a%20b%2Fc HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/a b/c", b""),
        (b"GET http://x/a?b HTTP/1.1\r\nHost: x\r\n\r\n", "GET", "/a", b""),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", "OPTIONS", "*", b""),
        (GET + UPGRADE + b"\r\n", "GET", "/", b""),
        (POST + UPGRADE + b"Content-Length: 5\r\n\r\nASK{}", "POST", "/sparql", b"ASK{}"),
        (POST + CHUNKED + UPGRADE + b"\r\n5\r\nASK{}\r\n0\r\n\r\n", "POST", "/sparql", b"ASK{}"),
        (POST + b"Content-Length: 5\r\n\r\nASK{}", "POST", "/sparql", b"ASK{}"),
        (POST + CHUNKED + b"\r\n3\r\nASK\r\n2;a=b\r\n{}\r\n0\r\nA: b\r\n\r\n", "POST", "/sparql", b"ASK{}"),
        (POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nASK{}", "POST", "/sparql", b"ASK{}"),
    ],
)
def test_a_request_is_read_as_it_was_meant(raw: bytes, method: str, path: str, body: bytes) -> None:
    asked, written, _ = exchange(raw)

    assert [(each.method, each.path, each.body) for each in asked] == [(method, path, body)]
    assert statuses(written) == [200]


def test_a_client_that_expects_it_is_told_to_continue() -> None:
    head = POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n"

    assert exchange(head)[1] == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert exchange(head, b"ASK{}")[1].startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


def test_requests_in_one_piece_are_answered_in_their_order() -> None:
    asked, written, closed = exchange(
        POST + b"Content-Length: 1\r\n\r\na" + b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n" + POST + CHUNKED + b"\r\n0\r\n\r\n"
    )

    assert [each.path for each in asked] == ["/sparql", "/b", "/sparql"]
    assert statuses(written) == [200, 200, 200]
    # What follows a chunked body is not read.
    assert closed


def test_requests_after_one_that_asks_for_http_2_are_read() -> None:
    body = b"Content-Length: 5\r\n\r\nASK{}"
    asked, written, closed = exchange(POST + UPGRADE + body, POST + body, GET + UPGRADE + b"\r\n", POST + body)

    assert [each.body for each in asked] == [b"ASK{}", b"ASK{}", b"", b"ASK{}"]
    assert statuses(written) == [200, 200, 200, 200]
    assert not closed


def test_nothing_that_follows_a_chunked_body_belongs_to_it() -> None:
    asked, written, _ = exchange(POST + CHUNKED + b"\r\n1\r\na\r\n0\r\n\r\n" + POST + b"Content-Length: 1\r\n\r\nb")

    assert [each.body for each in asked] == [b"a"]
    assert statuses(written) == [200]


@pytest.mark.parametrize(
    ("head", "closes"),
    [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\n\r\n", True),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", False),
    ],
)
def test_a_connection_is_kept_if_the_client_wants(head: bytes, closes: bool) -> None:
    _, written, closed = exchange(head)

    assert closed is closes
    assert (b"\r\nConnection: close\r\n" in written) is closes


RAW = st.sampled_from([raw for raw, _ in REFUSED.values() if len(raw) < 1000]) | st.sampled_from(
    [
        GET + b"Accept: a\r\n\r\n" + GET + b"\r\n",
        POST + b"Content-Length: 11\r\n\r\nASK { ?s ?p" + GET + b"\r\n",
        POST + CHUNKED + b"\r\nb\r\nASK { ?s ?p\r\n0\r\n\r\n",
    ]
)


@given(RAW, st.lists(st.integers(0, 300), max_size=8))
def test_a_request_is_read_the_same_however_it_is_split(raw: bytes, cuts: list[int]) -> None:
    edges = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    pieces = [raw[begin:end] for begin, end in pairwise(edges)]
    asked, written, _ = exchange(raw)
    again, rewritten, _ = exchange(*pieces)

    assert again == asked
    assert statuses(rewritten) == statuses(written)


@given(RAW, st.lists(st.tuples(st.integers(0, 300), st.binary(max_size=3)), min_size=1, max_size=3), st.integers(1, 99))
def test_mutated_requests_are_read_the_same_in_any_pieces(
    raw: bytes, changes: list[tuple[int, bytes]], length: int
) -> None:
    for at, content in changes:
        raw = raw[:at] + content + raw[at + 1 :]
    asked, written, _ = exchange(raw)
    again, rewritten, _ = exchange(*[raw[begin : begin + length] for begin in range(0, len(raw), length)])

    assert again == asked
    assert statuses(rewritten) == statuses(written)
    assert not {500, 502, 503} & set(statuses(written))
