"""What the endpoint refuses, and with which messages."""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from pyoxigraph import QuerySolutions

from policing_goals.engine.snapshot import read_snapshot
from policing_goals.errors import ForbiddenQuery

GPG = "https://w3id.org/global-policing-goals/"
PREFIX = "PREFIX gpg: <https://w3id.org/global-policing-goals/> "
COUNT = "SELECT (COUNT(*) AS ?n) { ?o a <https://w3id.org/global-policing-goals/ontology#Objective> }"
GOAL = PREFIX + "CONSTRUCT { gpg:goal-4 ?p ?o } WHERE { gpg:goal-4 ?p ?o }"


@pytest.mark.parametrize(("query", "accept"), [(COUNT, "text/turtle"), (GOAL, "text/csv"), (COUNT, "image/png")])
def test_a_format_that_does_not_fit_is_406_and_names_what_there_is(
    query: str, accept: str, client: FlaskClient
) -> None:
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})

    assert response.status_code == 406
    assert response.content_type == "application/problem+json"
    assert ("text/csv" if query == COUNT else "text/turtle") in response.get_json()["detail"]


def test_a_syntax_error_names_line_column_and_the_line(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "SELECT *\nWHERE ( ?s ?p ?o )"})
    problem = response.get_json()

    assert response.status_code == 400
    assert problem["position"] == {"line": 2, "column": 7, "text": "WHERE ( ?s ?p ?o )"}
    assert "line 2, column 7" in problem["detail"]


@pytest.mark.parametrize(
    "update",
    [
        "INSERT DATA { <a:a> <a:b> <a:c> }",
        "PREFIX a: <http://a/> # why\nDELETE WHERE { ?s ?p ?o }",
        "LOAD <http://127.0.0.1:9/>",
        "CLEAR ALL",
        "DROP GRAPH <http://a/>",
    ],
)
def test_updates_are_refused_by_name(update: str, client: FlaskClient) -> None:
    as_query = client.post("/sparql", data={"query": update})
    as_update = client.post("/sparql", data={"update": update})
    direct = client.post("/sparql", data=update, content_type="application/sparql-update")

    assert {response.status_code for response in (as_query, as_update, direct)} == {403}
    assert "read-only" in as_query.get_json()["detail"]


def test_a_graph_of_the_web_is_refused_by_name(client: FlaskClient) -> None:
    query = "SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }"
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})

    assert response.status_code == 403
    assert "<http://127.0.0.1:9/> is not a graph of this dataset" in response.get_json()["detail"]


def test_an_error_behind_such_a_name_keeps_its_column(client: FlaskClient) -> None:
    query = PREFIX + "SELECT ?p { gpg:link-objective-6.2-sdg-16.4 ?p ]"
    response = client.get("/sparql", query_string={"query": query})

    assert response.get_json()["position"]["column"] == len(query)


@pytest.mark.parametrize("fields", [[("format", "csv")], [("query", COUNT), ("query", COUNT)]])
def test_exactly_one_query_is_wanted(fields: list[tuple[str, str]], client: FlaskClient) -> None:
    path = "/sparql?" + "&".join(f"{name}={quote(value)}" for name, value in fields)

    response = client.get(path)

    assert response.status_code == 400
    assert "exactly one query" in response.get_json()["detail"]


def test_a_query_in_url_and_body_is_one_too_many(client: FlaskClient) -> None:
    response = client.post("/sparql?query=" + quote(COUNT), data=COUNT, content_type="application/sparql-query")

    assert response.status_code == 400


def test_another_kind_of_body_is_415(client: FlaskClient) -> None:
    response = client.post("/sparql", data=json.dumps({"query": COUNT}), content_type="application/json")

    assert response.status_code == 415
    assert "application/sparql-query" in response.get_json()["detail"]


def test_a_body_that_is_not_utf8_is_400(client: FlaskClient) -> None:
    response = client.post("/sparql", data=b"SELECT * { ?s ?p '\xe9' }", content_type="application/sparql-query")

    assert response.status_code == 400
    assert "UTF-8" in response.get_json()["detail"]


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/sparql", 405), ("GET", "/nowhere", 404)])
def test_other_refusals_are_problems_too(method: str, path: str, status: int, client: FlaskClient) -> None:
    response = client.open(path, method=method)

    assert response.status_code == response.get_json()["status"] == status
    assert response.content_type == "application/problem+json"
    assert status != 405 or "GET" in response.headers["Allow"]


@pytest.mark.parametrize(
    ("method", "allow"), [("PUT", "GET, HEAD, POST, OPTIONS"), ("DELETE", "GET, HEAD, POST, OPTIONS")]
)
def test_405_says_what_is_allowed(method: str, allow: str, client: FlaskClient) -> None:
    response = client.open("/sparql", method=method)

    assert (response.status_code, response.headers["Allow"]) == (405, allow)


def test_a_form_that_is_not_utf8_is_400(client: FlaskClient) -> None:
    assert client.get("/sparql?query=SELECT%20%E9").status_code == 400
    assert (
        client.post("/sparql", data=b"query=%E9", content_type="application/x-www-form-urlencoded").status_code == 400
    )


def test_a_refusal_comes_as_a_page_for_a_browser_and_as_text_for_a_terminal(client: FlaskClient) -> None:
    query = {"query": "SELECT * WHERE ( <x> )"}
    page = client.get("/sparql", query_string=query, headers={"Accept": "text/html,*/*;q=0.8"})
    text = client.get("/sparql", query_string=query, headers={"Accept": "text/plain"})

    assert (page.status_code, page.content_type) == (400, "text/html; charset=utf-8")
    assert "SELECT * WHERE ( &lt;x&gt; )" in page.text
    assert text.content_type == "text/plain; charset=utf-8"
    assert text.text.splitlines()[2:] == ["SELECT * WHERE ( <x> )", " " * 15 + "^"]


def test_an_allowed_service_is_queried_and_no_other(snapshot: Path) -> None:
    allowed = "http://127.0.0.1:9/sparql"
    dataset = read_snapshot(snapshot).open(frozenset({allowed}))
    refused = [
        f"SELECT * {{ SERVICE <{allowed}> {{ ?s ?p ?o }} SERVICE <http://127.0.0.1:9/> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ BIND (<{allowed}> AS ?x) SERVICE ?x {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE <{allowed}> {{ ?s ?p ?o }} \\u0053ERVICE <http://127.0.0.1:9/> {{ ?s ?p ?o }} }}",
        f"SELECT * {{ SERVICE # <{allowed}>\n<http://127.0.0.1:9/> {{ ?s ?p ?o }} }}",
    ]
    for query in refused:
        with pytest.raises(ForbiddenQuery, match="SERVICE is refused"):
            dataset.query(query)

    for query in (
        f"SELECT * {{ SERVICE SILENT <{allowed}> {{ ?s ?p ?o }} }}",
        f"PREFIX x: <{allowed}> SELECT * {{ SERVICE SILENT x: {{ ?s ?p ?o }} }}",
    ):
        assert isinstance(dataset.query(query), QuerySolutions)


def test_a_forgotten_prefix_is_named_with_the_line_to_add(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "SELECT ?x { ?x a gpgo:Goal }"})

    assert f"PREFIX gpgo: <{GPG}ontology#>" in response.get_json()["detail"]


@pytest.mark.parametrize(
    ("query", "accept", "status", "says"),
    [
        ("SELECT (<http://example.org/f>(1) AS ?x) {}", "text/csv", 400, "custom function <http://example.org/f>"),
        (
            "PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> CONSTRUCT { <a:s> rdf:li 1 } {}",
            "application/rdf+xml",
            406,
            "not allowed as a predicate",
        ),
        ("CONSTRUCT { <a:s> <http://example.org/1> 1 } {}", "application/rdf+xml", 406, "does not end in a name"),
        ("CONSTRUCT { <a:s> <a:p> <<( <a:s> <a:p> 1 )>> } {}", "application/ld+json", 406, "RDF 1.2"),
        ('SELECT ("a\\u0001b" AS ?x) {}', "application/sparql-results+xml", 406, "control character"),
        ('SELECT ("a\\uFFFEb" AS ?x) {}', "application/sparql-results+xml", 406, "control character"),
    ],
)
def test_what_cannot_be_evaluated_or_serialized_is_refused(
    query: str, accept: str, status: int, says: str, client: FlaskClient
) -> None:
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})

    assert response.status_code == status
    assert says in response.get_json()["detail"]
    assert client.get("/sparql", query_string={"query": COUNT}).status_code == 200


@pytest.mark.parametrize("end", ["\u2028", "\x0c", "\x85"])
def test_lines_end_where_the_parser_ends_them(end: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": f"SELECT * {{ ?s ?p '{end}'\n . ?? }}"})

    position = response.get_json()["position"]
    assert (position["line"], position["text"]) == (2, " . ?? }")


def test_an_error_in_a_long_line_is_found_in_time(client: FlaskClient) -> None:
    names = " ".join(f"gpg:link-objective-6.2-sdg-16.{number}" for number in range(5000))
    query = f"{PREFIX}SELECT * {{ VALUES ?x {{ {names} }} ?? }}"
    response = client.get("/sparql", query_string={"query": query})

    assert response.status_code == 400
    assert response.get_json()["position"]["column"] > len(query) - 5


def test_names_of_graphs_are_resolved_against_the_last_base(client: FlaskClient) -> None:
    base = "BASE <http://example.org/> BASE <https://w3id.org/global-policing-goals/>"
    query = f"{base} PREFIX g: <graph-> SELECT (COUNT(*) AS ?n) FROM <graph-links> FROM g:core {{ ?s ?p ?o }}"

    assert client.get("/sparql", query_string={"query": query}).status_code == 200


@pytest.mark.parametrize("accept", ["text/csv; charset=utf-8", 'text/csv;charset="utf-8";q=0.5, image/png'])
def test_a_charset_in_accept_does_no_harm(accept: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": accept})

    assert response.content_type == "text/csv; charset=utf-8"


@pytest.mark.parametrize("header", ["# one\n\n  # two\n", "# one\r\n\t\r\n# two\r\n"])
def test_a_header_of_comments_moves_no_error(header: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": f"{header}SELECT *\nWHERE ( ?s ?p ?o )"})

    assert response.get_json()["position"] == {"line": 5, "column": 7, "text": "WHERE ( ?s ?p ?o )"}


def test_a_comment_ends_at_a_carriage_return(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "# comment\rSELECT * { SERVICE <http://a/> {} }\n"})

    assert response.status_code == 403


def test_a_body_that_is_too_large_is_refused_without_the_layer_in_front_too(client: FlaskClient) -> None:
    response = client.post("/sparql", data=b"#" * 2_000_000, content_type="application/sparql-query")

    assert response.status_code == 413
    assert response.content_type == "application/problem+json"
