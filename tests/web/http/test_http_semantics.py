"""HTTP semantics (RFC 9110, RFC 9112): hosts, methods, conditions, ranges, and oversized values."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.server import Served, connect, serving


@pytest.fixture(scope="module")
def server(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for tests that leave it as it was."""
    with ExitStack() as stack:
        yield serving(stack, snapshot, tmp_path_factory.mktemp("server"))


@pytest.mark.parametrize("host", ["localhost:99999", "a..b", "[:::]", f"{'a' * 64}.org", "a,b", "%zz", "xn--a"])
def test_an_invalid_host_is_refused_with_a_message(host: str, server: Served) -> None:
    with connect(server, f"GET /robots.txt HTTP/1.1\nHost: {host}\nConnection: close\n\n") as client:
        reply = client.recv(65536)

    assert reply.startswith(b"HTTP/1.1 400 ")


def test_the_first_version_of_http_needs_no_host(server: Served) -> None:
    with connect(server, "GET /health HTTP/1.0\n\n") as client:
        assert b" 200 " in client.recv(65536).partition(b"\r\n")[0]


@pytest.mark.parametrize("path", ["/goal-3.html", "/health", "/reconcile"])
def test_methods_are_written_in_capitals(path: str, server: Served) -> None:
    with connect(server, f"get {path} HTTP/1.1\nHost: x\nConnection: close\n\n") as client:
        assert client.recv(65536).startswith(b"HTTP/1.1 501 ")


@pytest.mark.parametrize("path", ["/goal-3.html", "/queries/goals.csv", "/data/sdg-links.csv"])
def test_conditions_hold_whatever_the_coding(path: str, server: Served) -> None:
    first = server.ask(path, Accept_Encoding="gzip")
    tag = first.headers["etag"]
    since = "Mon, 23 Nov 2015 00:00:00 GMT"
    held = [server.ask(path, Accept_Encoding="gzip", If_Match=each) for each in ("*", tag)]
    known = server.ask(path, Accept_Encoding="gzip", If_None_Match=tag, If_Modified_Since=since)
    failed = server.ask(path, If_Match='"other"')

    assert [each.status for each in held] == [200, 200]
    assert known.status == 304
    assert (failed.status, failed.headers["content-type"]) == (412, "application/problem+json")
    assert len(failed.body) < 1000


@pytest.mark.parametrize("exponent", ["1e200000000", "1e-50000000", "1e999999999999999", "9" * 40])
def test_a_number_that_would_fill_the_memory_is_refused(exponent: str, server: Served) -> None:
    reply = server.ask(f"/queries/strongest-links.csv?least={exponent}")

    assert reply.status == 400
    assert b"at most 30 digits" in reply.body


def test_half_a_character_is_refused_with_a_message(server: Served) -> None:
    reply = server.query("PREFIX service: <http://x/> SELECT * { ?s ?p <http://a(\\uD800> }")

    assert reply.status == 400
    assert b"column 46" in reply.body
    assert reply.headers["access-control-allow-origin"] == "*"


def test_a_long_list_of_languages_is_disregarded(server: Served) -> None:
    reply = server.ask("/about", Accept_Language="fr," + "a-" * 5_000)

    assert reply.headers["content-language"] == "en"


def test_a_range_is_looked_at_where_it_is_to_be(server: Served) -> None:
    path = "/data/sdg-links.csv"
    tag = server.ask(path).headers["etag"]
    part = server.ask(path, Range="bytes=0-9")
    known = server.ask(path, Range="bytes=0-9", If_None_Match=tag)
    whole = [
        server.ask(path, Range="lines=0-9"),
        server.ask(path, Range="bytes=0-9", If_Range=f"W/{tag}"),
        server.ask(path, Range="bytes=0-9", If_Range=f'{tag[:-1]}-gzip"'),
        server.ask(path, method="HEAD", Range="bytes=0-9"),
    ]

    assert (part.status, len(part.body)) == (206, 10)
    assert "Accept-Encoding" in part.headers["vary"]
    assert known.status == 304
    assert [each.status for each in whole] == [200, 200, 200, 200]


def test_media_types_are_the_same_in_capitals(server: Served) -> None:
    assert server.ask("/sparql", b"ASK {}", "POST", Content_Type="Application/SPARQL-Query").status == 200
