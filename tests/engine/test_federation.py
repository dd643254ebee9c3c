"""SERVICE is refused in the query text, however it is hidden, and workers have no network."""

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from policing_goals import create_app
from policing_goals.engine.read_only import refuse_services
from policing_goals.errors import ForbiddenQuery
from policing_goals.rdf.sparql_text import SparqlText
from policing_goals.settings import Settings
from tests.conftest import ROOT

V = "{ ?a ?b ?c }"
# Each is read as a SERVICE clause by Oxigraph, or could be by a parser that reads escapes or spaces otherwise.
# IRI stands for the endpoint.
TRICKS = [
    f"SELECT * {{ SERVICE IRI {V} }}",
    f"SELECT * {{ service silent IRI {V} }}",
    f"SELECT * {{ SERVICE ?where {V} }}",
    f"PREFIX s: IRI SELECT * {{ SERVICE s: {V} }}",
    f"BASE IRI SELECT * {{ SERVICE <> {V} }}",
    f"SELECT * {{ # a comment\nSERVICEIRI{V} }}",
    f"SELECT * {{ \\u0053ERVICE IRI {V} }}",
    f"SELECT * {{ {{ SELECT * {{ ?s ?p 'x' . SERVICE IRI {V} }} }} }}",
    f"SELECT * {{ ?s ?p 1 .SERVICE IRI {V} }} LIMIT 1",
    f"SELECT * {{ OPTIONAL{{?s ?p 1}} OPTIONAL{{?s ?p 1SERVICE IRI {V}}} }} LIMIT 1",
    f"PREFIX : IRI SELECT * {{SERVICE:{V}}}",
    f"PREFIX : IRI SELECT * {{SERVICE: {V}}}",
    f"SELECT * {{SERVICESILENTIRI{V}}}",
    f"PREFIX ex: <http://x/> SELECT * {{ OPTIONAL{{?s ex:a\\# ?o}} SERVICE IRI {V} }}",
    f"SELECT * {{ FILTER(1<2)SERVICE#>\nIRI {V} }}",
    f"SELECT * {{ FILTER(1<2+STRLEN('>'))SERVICE IRI {V} FILTER(STRLEN('')<1) }}",
    f"SELECT * {{ FILTER(1<2+STRLEN('>')) SERVICE IRI {V} FILTER(''='') }}",
    f'SELECT * {{ BIND("a\\u0022" AS ?q) SERVICE IRI {V} BIND("" AS ?r) }}',
    f"SELECT * {{ BIND('''a''' AS ?q)SERVICE IRI {V} }}",
    f"ASK {{ FILTER EXISTS {{SERVICE IRI {V}}} }}",
    f'SELECT * {{ ?s ?p "x"@en.SERVICE IRI {V} }}',
]


@pytest.fixture
def listener() -> Iterator[tuple[str, list[int]]]:
    """The IRI of an endpoint on this machine, and the connections that it has had."""
    connections: list[int] = []
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()

        def accept() -> None:
            while True:
                try:
                    client, address = server.accept()
                except OSError:
                    return
                connections.append(address[1])
                with client:
                    client.sendall(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        thread = threading.Thread(target=accept)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}/", connections
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("trick", TRICKS)
def test_service_is_refused_and_makes_no_connection(
    trick: str, client: FlaskClient, listener: tuple[str, list[int]]
) -> None:
    iri, connections = listener
    response = client.get("/sparql", query_string={"query": trick.replace("IRI", f"<{iri}>")})

    assert response.status_code == 403, response.text
    assert "SERVICE" in response.get_json()["detail"]
    assert connections == []


@pytest.mark.parametrize("trick", TRICKS)
def test_an_allowed_endpoint_opens_no_other(trick: str) -> None:
    with pytest.raises(ForbiddenQuery):
        refuse_services(SparqlText(trick.replace("IRI", "<http://127.0.0.1:1/>")), {"http://127.0.0.1:2/"})


def test_an_allowed_endpoint_is_queried(snapshot: Path, listener: tuple[str, list[int]]) -> None:
    iri, connections = listener
    app = create_app(Settings(snapshot, frozenset({iri}), workers=1))
    response = app.test_client().get("/sparql", query_string={"query": f"SELECT * {{ SERVICE <{iri}> {V} }}"})
    app.extensions["stop"]()

    assert len(connections) == 1
    assert response.status_code == 502
    assert f"<{iri}> gave no result" in response.get_json()["detail"]
    assert "500" in response.get_json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        f"SELECT * {{ SERVICE IRI {V} }}",
        f"SELECT * {{ service silentIRI{V} }}",
        f"PREFIX s: IRI SELECT * {{ SERVICE s: {V} }}",
        f"PREFIX s: <http://127.0.0.1:2/> SELECT * {{ SERVICE s: {V} ?s ?p <http://x/Rome_(city)> }}",
        f"BASE IRI SELECT * {{ SERVICE <> {V} }}",
    ],
)
def test_an_allowed_endpoint_may_be_named_in_any_way(query: str) -> None:
    refuse_services(SparqlText(query.replace("IRI", "<http://127.0.0.1:2/>")), {"http://127.0.0.1:2/"})


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?a { VALUES ?x { '\\u0027 # ' } VALUES ?y { <http://x/\\u0041#> } SERVICE <http://127.0.0.1:1/evil> "
        f"{V} }}",
        f"PREFIX s: <http://127.0.0.1:1/> SELECT * {{ ?x ?y ( 'x'@PREFIX s: <http://127.0.0.1:2/> ) SERVICE s: {V} }}",
        f"SELECT * {{ ?a ?b ?c FILTER(?a<?b#>'''\n)SERVICE<http://127.0.0.1:1/>{V}#'''\n }}",
        f"PREFIX service: <http://x/> PREFIX : <http://127.0.0.1:1/> SELECT * {{ service:x {V} }}",
        f"PREFIX service: <http://x/> PREFIX : <http://127.0.0.1:1/> SELECT * {{ service: {V} }}",
    ],
)
def test_no_disguise_reaches_another_endpoint(query: str) -> None:
    with pytest.raises(ForbiddenQuery):
        refuse_services(SparqlText(query), {"http://127.0.0.1:2/"})


def test_the_endpoint_does_not_ask_itself() -> None:
    own = "http://127.0.0.1:2/sparql"
    with pytest.raises(ForbiddenQuery, match="this endpoint"):
        refuse_services(SparqlText(f"SELECT * {{ SERVICE <{own}> {V} }}"), {own}, own)


@pytest.mark.parametrize("confined", [False, True])
def test_a_confined_process_makes_no_connection_whatever_it_evaluates(
    confined: bool, listener: tuple[str, list[int]]
) -> None:
    iri, connections = listener
    code = (
        "from pyoxigraph import Store; from policing_goals.engine.sandbox import confine; "
        f"{'confine(); ' if confined else ''}"
        f"list(Store().query('SELECT * {{ SERVICE SILENT <{iri}> {V} }}'))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)

    assert len(connections) == (0 if confined else 1)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p 'SERVICE' } # SERVICE",
        "PREFIX service: <http://example.org/SERVICE> SELECT * { ?s service:service ?o }",
        "PREFIX schema: <https://schema.org/> SELECT * { ?s a schema:ServiceChannel }",
        "SELECT * { ?s ?p <http://example.org/SERVICE> }",
        'SELECT * { ?s ?p """\nSERVICE "x" """ }',
        "SELECT * { ?s ?p ?o FILTER (1 < 2 && 'service' < 'x') } LIMIT 1",
        "PREFIX ex: <http://x/> SELECT * { ?s ex:web-service ?o ; ex:my.service ?p ; ex:a%20service ?q }",
        "PREFIX service: <http://x/> PREFIX : <http://y/> SELECT * { service:x :service ?o . ?s service: ?p }",
        "PREFIX service: <http://x/> SELECT * { GRAPH service:x { ?s ?p ?o } }",
        "SELECT ?service { ?service ?p <http://en.wikipedia.org/wiki/Rome_(city)>, <http://x/d'Or#service> }",
        "SELECT * { ?s ?p 'x'@service }",
        "SELECT * { VALUES (?service ?x) { (1 <http://en.wikipedia.org/wiki/Rome_(city)>) } }",
    ],
)
def test_the_word_service_elsewhere_is_no_offence(query: str, client: FlaskClient) -> None:
    assert client.get("/sparql", query_string={"query": query}).status_code == 200
