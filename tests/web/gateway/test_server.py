"""The server for its clients, hostile ones included: real sockets, real processes."""

import gzip
import json
import resource
import socket
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
import zstandard

from policing_goals.web.http.headers import DEFAULT_HEADERS
from tests.support.processes import cpu_seconds, descendants, free_port, running
from tests.support.server import COUNT, LARGE, MIB, PER_CLIENT, RUNAWAY, Served, connect, eventually, serving


@pytest.fixture(scope="module")
def server(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for tests that leave it as it was."""
    with ExitStack() as stack:
        yield serving(stack, snapshot, tmp_path_factory.mktemp("server"))


def test_half_sent_bodies_block_no_other_client_and_get_an_error(server: Served) -> None:
    head = "POST /sparql HTTP/1.1\nHost: x\nContent-Type: application/sparql-query\nContent-Length: 100\n\n"
    # Four times the threads that serve what is not SPARQL.
    clients = [connect(server, head, b"ASK {") for _ in range(4 * 32)]

    assert server.query(COUNT).status == 200
    assert server.ask("/").status == 200
    for client in clients:
        with client:
            reply = client.recv(65536)
            assert reply.startswith(b"HTTP/1.1 408 ")
            assert b"application/problem+json" in reply


def test_half_sent_heads_block_no_other_client(server: Served) -> None:
    clients = [connect(server, "GET /sparql?query=ASK HTTP/1.1\nHost: x\n") for _ in range(128)]

    assert server.query(COUNT).status == 200
    for client in clients:
        client.close()


def test_a_query_of_five_megabytes_is_refused_unread(server: Served) -> None:
    head = "POST /sparql HTTP/1.1\nHost: x\nContent-Type: application/x-www-form-urlencoded\n"
    with connect(server, head + f"Content-Length: {5 * MIB}\n\n") as client:
        reply = client.recv(65536)

    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b"1024 KiB" in reply


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        ("Content-Length: 99", b"SELECT (COUNT(*) AS ?n) {?s ?p ?o}\n", 400),
        ("Transfer-Encoding: chunked", b"6\r\nASK {}\r\n-\r\n\r\n", 400),
        ("Content-Length: " + "0" * 5000 + "6", b"ASK {}", 400),
    ],
    ids=["cut off", "chunked", "long length"],
)
def test_a_query_that_may_not_have_come_whole_is_not_answered(
    server: Served, head: str, body: bytes, status: int
) -> None:
    begin = f"POST /sparql HTTP/1.1\nHost: x\nContent-Type: application/sparql-query\n{head}\n\n"
    with connect(server, begin, body) as client:
        if len(body) > 30:
            client.shutdown(socket.SHUT_WR)
        assert client.recv(65536).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize("hosts", ["Host: [", "Host: a:b", "Host: a b", "Host: a?b", "Host: a\nHost: b", "X: y"])
@pytest.mark.parametrize("path", ["/", "/sparql", "/sparql?query=ASK%7B%7D"])
def test_a_request_without_exactly_one_host_is_refused(server: Served, hosts: str, path: str) -> None:
    with connect(server, f"GET {path} HTTP/1.1\n{hosts}\n\n") as client:
        assert client.recv(65536).startswith(b"HTTP/1.1 400 ")


def test_headers_and_forms_that_take_long_to_read_are_not_read(server: Served) -> None:
    assert server.query(COUNT, Accept="a/b," * 4_000).status == 200
    assert server.query(COUNT, Accept_Encoding="a," * 8_000).status == 200
    assert server.query(COUNT, Accept="a/b," * 25_000).status == 431
    for field in (b"%&", b"a&"):
        form = server.ask("/sparql", field * 500_000, "POST", Content_Type="application/x-www-form-urlencoded")
        assert form.status == 400
        assert b"more than 100 parameters" in form.body


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("TRACE", "/sparql", {}, 405),
        ("PUT", "/graph?default", {}, 405),
        ("PUT", "/health", {}, 405),
        ("POST", "/metrics", {}, 405),
        ("GET", f"//sparql?query={quote(COUNT)}", {}, 200),
        ("GET", "/static/site%252Ecss", {}, 404),
        ("GET", "/static/site%2Ecss", {}, 200),
        ("GET", "/graph?default&format=nt&format=ttl", {}, 400),
        ("POST", "/sparql", {"Content-Type": "application/sparql-query", "Content-Encoding": "gzip"}, 415),
        ("GET", "/sparql?query=SELECTT", {"If-None-Match": "*"}, 400),
        ("GET", f"/sparql?query={quote(COUNT)}", {"If-Match": '"other"'}, 412),
        ("GET", f"/sparql?query={quote(COUNT)}", {"If-Match": "*"}, 200),
        ("POST", f"/sparql?query={quote(COUNT)}", {"If-None-Match": "*"}, 415),
    ],
)
def test_an_odd_request_gets_the_status_that_http_has_for_it(
    server: Served, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = server.ask(path, b"ASK {}" if method == "POST" else None, method, **headers)

    assert answer.status == status
    if status == 405:
        assert not {"PUT", "DELETE", "PATCH", "QUERY"} & set(answer.headers["allow"].split(", "))


def test_a_condition_of_a_post_that_does_not_hold_is_refused(server: Served) -> None:
    kind = "application/sparql-query"
    tag = server.ask("/sparql", COUNT.encode(), "POST", Content_Type=kind).headers["etag"]

    assert server.ask("/sparql", COUNT.encode(), "POST", Content_Type=kind, If_None_Match=tag).status == 412
    assert server.ask("/sparql", COUNT.encode(), "POST", Content_Type=kind, If_Match=tag).status == 200


def test_a_long_query_is_answered_as_a_short_one(server: Served) -> None:
    long = COUNT + " " * 20_000
    asked = server.ask("/sparql", long.encode(), "POST", Content_Type="application/sparql-query", Accept="text/csv")
    same = server.query(COUNT, Accept="text/csv")

    assert (asked.status, asked.body) == (same.status, same.body) == (200, asked.body)
    assert asked.headers.keys() == same.headers.keys()
    assert server.query(f"{LARGE}{' ' * 20_000}").body == server.query(LARGE).body
    assert b'"column"' in server.query(f"{COUNT} SELECT{' ' * 20_000}").body


@pytest.mark.parametrize("text", ["CONSTRUCT" * 4000, "\n" * 500_000, "#" * 500_000, "a-" * 500_000], ids=len)
def test_no_query_holds_others_up_while_it_is_read(text: str, server: Served) -> None:
    form = f"query={quote(text)}".encode()[:MIB]
    head = "POST /sparql HTTP/1.1\nHost: x\nContent-Type: application/x-www-form-urlencoded\n"
    [gateway] = [pid for pid, generation in descendants(server.pid).items() if generation == 1]
    begun = cpu_seconds(gateway)
    with connect(server, f"{head}Content-Length: {len(form)}\n\n", form) as client:
        assert server.ask("/health").status == 200
        assert client.recv(100).split()[1] in (b"400", b"504", b"503")

    # Reading it in the gateway took up to a quarter of an hour.
    assert cpu_seconds(gateway) - begun < 1.0


def test_a_long_request_for_a_page_is_refused(server: Served) -> None:
    assert server.ask(f"/search?q={'x' * 20_000}").status == 414
    kind = "application/x-www-form-urlencoded"
    assert server.ask("/reconcile", b"queries=" + b"x" * 20_000, "POST", Content_Type=kind).status == 413


def test_a_request_line_that_is_too_long_is_refused(server: Served) -> None:
    line = "GET /sparql?query=" + "x" * 500_000 + " HTTP/1.1\n"
    with connect(server, f"{line}Host: x\n\n") as client:
        assert client.recv(100).split()[1] in (b"414", b"431")
    assert server.query(COUNT).status == 200


def test_a_client_that_hangs_up_ends_its_query(snapshot: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        patient = serving(stack, snapshot, tmp_path, "--timeout", "60")
        client = connect(patient, f"GET /sparql?query={quote(RUNAWAY % 1)} HTTP/1.1\nHost: x\n\n")
        assert eventually(lambda: patient.figure("policing_goals_queries") == 1)
        client.close()

        assert eventually(lambda: patient.figure("policing_goals_queries") == 0)
        assert patient.figure("policing_goals_workers_lost_total", cause="left") == 1
        assert patient.query(COUNT).status == 200


def test_a_client_that_disconnects_during_a_result_leaves_nothing_behind(snapshot: Path, tmp_path: Path) -> None:
    spool = tmp_path / "spool"
    spool.mkdir()
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path, "--spool", str(spool), "--cache", "0", "--timeout", "20")
        for number in range(3):
            text = f"{LARGE} # {number}"
            client = connect(server, f"GET /sparql?query={quote(text)} HTTP/1.1\nHost: x\n\n")
            assert client.recv(100).startswith(b"HTTP/1.1 200 ")
            client.close()

        assert list(spool.iterdir()) == []
        assert server.query(COUNT).status == 200


def test_a_large_result_is_complete(server: Served) -> None:
    first, second = server.query(LARGE), server.query(LARGE)

    assert first.status == second.status == 200
    assert int(first.headers["content-length"]) == len(first.body) > 4 * MIB
    assert first.body == second.body
    assert len(json.loads(first.body)["results"]["bindings"]) == 20000


def test_a_client_with_too_many_waiting_queries_is_refused(snapshot: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path, "--workers", "1")
        asked = [hold(server, number) for number in range(PER_CLIENT + 1)]
        refused = server.query(RUNAWAY % 0)
        answers = []
        for client in asked:
            with client:
                answers.append(client.recv(65536))

    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    assert f"{PER_CLIENT} of your queries are waiting" in json.loads(refused.body)["detail"]
    assert all(answer.startswith(b"HTTP/1.1 504 ") for answer in answers)


def hold(server: Served, number: int, path: str = "/sparql") -> socket.socket:
    """A client that has sent a runaway query, which the server has begun to answer."""
    under_way = server.figure("policing_goals_queries")
    text = RUNAWAY % (number + 100)
    client = connect(server, f"GET {path}?query={quote(text)} HTTP/1.1\nHost: x\n\n")
    assert eventually(lambda: server.figure("policing_goals_queries") > under_way)
    return client


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [("gzip", "gzip"), ("gzip, deflate, br, zstd", "zstd"), ("zstd;q=0.1, gzip", "gzip"), ("*", "zstd")],
)
@pytest.mark.parametrize("text", [f"{LARGE} # compressed", "SELECT * { ?a ?b ?c } LIMIT 100"], ids=["large", "small"])
def test_answers_are_compressed_for_those_who_take_it(server: Served, accepted: str, coding: str, text: str) -> None:
    plain = server.query(text)
    packed = server.query(text, Accept_Encoding=accepted)
    unpack = gzip.decompress if coding == "gzip" else zstandard.ZstdDecompressor().decompressobj().decompress

    assert packed.headers["content-encoding"] == coding
    assert "Accept-Encoding" in packed.headers["vary"]
    assert unpack(packed.body) == plain.body
    assert len(packed.body) < len(plain.body) / 2
    assert packed.headers["etag"] != plain.headers["etag"]


@pytest.mark.parametrize("accepted", ["", "identity", "br", "gzip;q=0, zstd;q=0", "gzip;q=0.1, identity;q=1"])
def test_nothing_is_compressed_for_others(server: Served, accepted: str) -> None:
    answer = server.query("SELECT * { ?a ?b ?c } LIMIT 100", Accept_Encoding=accepted)

    assert "content-encoding" not in answer.headers
    assert json.loads(answer.body)


def test_what_a_client_has_already_is_not_sent_again(server: Served) -> None:
    tag = server.query(COUNT).headers["etag"]
    for sent in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = server.query(COUNT, If_None_Match=sent)
        assert (again.status, again.body) == (304, b""), sent
        assert again.headers["etag"] == tag

    assert server.query(COUNT, If_None_Match='"other"').status == 200
    assert server.query(COUNT, If_None_Match=tag, Accept="text/csv").status == 200


def test_the_same_answer_comes_by_get_and_post(server: Served) -> None:
    posted = server.ask("/sparql", COUNT.encode(), "POST", Content_Type="application/sparql-query")

    assert posted.headers["etag"] == server.query(COUNT).headers["etag"]


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (RAND() AS ?n) {}",
        "SELECT (NOW#\n() AS ?n) {}",
        "SELECT * { ?s ?p ?o } ORDER BYRAND() LIMIT 200",
        "CONSTRUCT { _:a <http://example.org/p> 1 } {}",
        "CONSTRUCT { <http://example.org/s> <http://example.org/p> ( 1 2 ) } {}",
        "CONSTRUCT { <http://example.org/s> <http://example.org/p> 1 {| <http://example.org/q> 2 |} } {}",
        "CONSTRUCT { << <http://example.org/s> <http://example.org/p> 1 >> <http://example.org/q> 2 } {}",
        "CONSTRUCT { <http://example.org/s> <http://example.org/p> 1 ~ } {}",
    ],
)
def test_a_volatile_result_has_cache_control_no_store(server: Served, text: str) -> None:
    first, second = (server.query(text) for _ in range(2))

    assert first.status == 200
    assert first.body != second.body
    assert first.headers["cache-control"] == "no-store"
    assert "etag" not in first.headers


def test_head_says_what_get_would(server: Served) -> None:
    path = f"/sparql?query={quote(COUNT)}"
    get, head = server.ask(path), server.ask(path, method="HEAD")
    varying = {"date"}

    assert head.body == b""
    assert {k: v for k, v in head.headers.items() if k not in varying} == {
        k: v for k, v in get.headers.items() if k not in varying
    }


@pytest.mark.parametrize("path", ["/", "/sparql", f"/sparql?query={quote(COUNT)}", "/graph", "/nothing", "/health"])
def test_every_response_is_hardened_and_open_to_scripts_once(server: Served, path: str) -> None:
    with connect(server, f"GET {path} HTTP/1.1\nHost: x\nConnection: close\n\n") as client:
        head = b"".join(iter(lambda: client.recv(65536), b"")).split(b"\r\n\r\n")[0].decode().lower()
    for name, value in DEFAULT_HEADERS:
        assert head.count(f"{name.lower()}: {value.lower()}\r\n") == 1
    assert "unsafe-inline" not in head


def test_without_space_for_a_large_result_there_is_an_error(snapshot: Path, tmp_path: Path) -> None:
    # Files of more than two MiB fail to be written, as on a full disk.
    limit = f"import resource; resource.setrlimit({resource.RLIMIT_FSIZE}, ({2 * MIB}, {2 * MIB}))"
    start = "import sys; from policing_goals.__main__ import main; sys.argv[0] = 'policing-goals'; main()"
    port = free_port()
    arguments: list[str | Path] = [sys.executable, "-c", f"{limit}; {start}", "serve", "--snapshot", snapshot]
    with running(arguments, tmp_path, port) as (_, process):
        server = Served(port, process.pid, tmp_path / "serve.log")
        refused = server.query(LARGE)

        assert refused.status == 503
        assert "no space for a result" in json.loads(refused.body)["detail"]
        assert server.query(COUNT).status == 200
        assert server.figure("policing_goals_workers_lost_total", cause="died") == 0


def test_a_cookie_that_is_not_utf_8_is_disregarded(server: Served) -> None:
    assert (
        server.ask("/about", Accept="text/html", Cookie="language=fr; other=\x91").headers["content-language"] == "en"
    )


def test_a_cached_page_is_in_the_chosen_language(server: Served) -> None:
    def language(cookie: str) -> str:
        answer = server.ask("/about", Accept="text/html", Accept_Language="fr", Cookie=cookie)
        return answer.headers["content-language"]

    asked = ("a=b", "language=es", "a=b; language=ar", "language=xx", "language=es", "a=b")

    assert [language(cookie) for cookie in asked] == ["fr", "es", "ar", "fr", "es", "fr"]


SOME = "SELECT ?s ?p ?o { ?s ?p ?o } LIMIT 300"


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_the_endpoint_is_as_guarded_below_a_language(language: str, server: Served) -> None:
    with hold(server, 1, f"/{language}/sparql") as client:
        status = client.recv(65536)
    coded = server.ask(f"/{language}/sparql?query={quote(SOME)}&format=csv", Accept_Encoding="gzip")

    assert status.startswith(b"HTTP/1.1 504 ")
    assert gzip.decompress(coded.body).startswith(b"s,p,o")
    assert server.ask(f"/{language}/sparql", Accept="text/html").headers["content-language"] == language
