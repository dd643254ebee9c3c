"""The endpoint, as a client of the SPARQL 1.1 Protocol sees it."""

import json
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from rdflib import Graph

from server.engine.store import Dataset
from tests.rows import rows

PREFIX = "PREFIX gpg: <https://w3id.org/global-policing-goals/> "
COUNT = "SELECT (COUNT(*) AS ?n) { ?o a <https://w3id.org/global-policing-goals/ontology#Objective> }"
GOAL = PREFIX + "CONSTRUCT { gpg:goal-4 ?p ?o } WHERE { gpg:goal-4 ?p ?o }"


def test_get_answers(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": "text/csv"})

    assert (response.status_code, response.text) == (200, "n\r\n38\r\n")


def test_post_of_a_form_answers(client: FlaskClient) -> None:
    response = client.post("/sparql", data={"query": COUNT}, headers={"Accept": "text/csv"})

    assert response.text == "n\r\n38\r\n"


def test_post_of_a_query_answers(client: FlaskClient) -> None:
    response = client.post(
        "/sparql", data=COUNT, content_type="application/sparql-query", headers={"Accept": "text/csv"}
    )

    assert response.text == "n\r\n38\r\n"


def test_percent_signs_survive_a_form(client: FlaskClient) -> None:
    response = client.post("/sparql", data={"query": 'SELECT ("100%25" AS ?x) {}'}, headers={"Accept": "text/csv"})

    assert response.text == "x\r\n100%25\r\n"


@pytest.mark.parametrize(
    ("accept", "media_type", "start"),
    [
        ("application/sparql-results+json", "application/sparql-results+json", "{"),
        ("application/sparql-results+xml", "application/sparql-results+xml", "<?xml"),
        ("text/csv", "text/csv; charset=utf-8", "n"),
        ("text/tab-separated-values", "text/tab-separated-values; charset=utf-8", "?n"),
        ("application/json", "application/sparql-results+json", "{"),
        ("*/*", "application/sparql-results+json", "{"),
        ("", "application/sparql-results+json", "{"),
        ("text/csv;q=0.2, application/sparql-results+xml;q=0.9", "application/sparql-results+xml", "<?xml"),
        ("*/*, application/sparql-results+json;q=0", "application/sparql-results+xml", "<?xml"),
        ("text/html, */*;q=0.1", "application/sparql-results+json", "{"),
    ],
)
def test_solutions_come_in_the_format_asked_for(accept: str, media_type: str, start: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": accept})

    assert (response.status_code, response.content_type) == (200, media_type)
    assert response.text.startswith(start)
    assert response.vary.as_set() == {"accept"}


@pytest.mark.parametrize("accept", ["application/sparql-results+json", "application/sparql-results+xml", "text/csv"])
def test_ask_comes_in_every_format(accept: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "ASK { ?s ?p ?o }"}, headers={"Accept": accept})

    assert response.status_code == 200
    assert "true" in response.text


@pytest.mark.parametrize(
    ("accept", "rdflib_name"),
    [
        ("text/turtle", "turtle"),
        ("application/n-triples", "nt"),
        ("application/rdf+xml", "xml"),
        ("application/ld+json", "json-ld"),
    ],
)
@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
def test_a_graph_is_the_same_in_every_format(
    accept: str, rdflib_name: str, client: FlaskClient, dataset: Dataset
) -> None:
    response = client.get("/sparql", query_string={"query": GOAL}, headers={"Accept": accept})

    assert response.content_type.startswith(accept)
    graph = Graph().parse(data=response.get_data(), format=rdflib_name)
    assert len(graph) == len(rows(dataset, PREFIX + "SELECT ?p ?o { gpg:goal-4 ?p ?o }"))


def test_turtle_uses_the_prefix_table(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": PREFIX + "DESCRIBE gpg:goal-4"})

    assert response.content_type == "text/turtle; charset=utf-8"
    assert "gpgo:hasObjective gpg:objective-4" in response.text


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
    "query",
    [
        "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { service silent <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { SERVICE ?where { ?s ?p ?o } }",
        "SELECT * { # a comment\nSERVICE<http://127.0.0.1:9/>{ ?s ?p ?o } }",
        "SELECT * { \\u0053ERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }",
        "SELECT * { { SELECT * { ?s ?p 'x' . SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } } } }",
    ],
)
def test_service_is_refused(query: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": query})

    assert response.status_code == 403
    assert "SERVICE is refused" in response.get_json()["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?service { ?service ?p 'SERVICE' } # SERVICE",
        "PREFIX service: <http://example.org/SERVICE> SELECT * { ?s service:service ?o }",
        "SELECT * { ?s ?p <http://example.org/SERVICE> }",
        'SELECT * { ?s ?p """\nSERVICE "x" """ }',
    ],
)
def test_the_word_service_elsewhere_is_no_offence(query: str, client: FlaskClient) -> None:
    assert client.get("/sparql", query_string={"query": query}).status_code == 200


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


def test_from_a_graph_of_the_web_reads_nothing(client: FlaskClient) -> None:
    query = "SELECT * FROM <http://127.0.0.1:9/> { ?s ?p ?o }"
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})

    assert sorted(response.text.split()[0].split(",")) == ["o", "p", "s"]
    assert len(response.text.splitlines()) == 1


def test_a_prefixed_name_with_two_dots_is_read_as_sparql_has_it(client: FlaskClient) -> None:
    query = PREFIX + "SELECT ?p { gpg:link-objective-6.2-sdg-16.4 a ?p . FILTER ('a.b.c' != \"x:y.z.w\") } # x:y.z.w"
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})

    assert response.status_code == 200
    assert "SDGLink" in response.text


def test_an_error_behind_such_a_name_keeps_its_column(client: FlaskClient) -> None:
    query = PREFIX + "SELECT ?p { gpg:link-objective-6.2-sdg-16.4 ?p ]"
    response = client.get("/sparql", query_string={"query": query})

    assert response.get_json()["position"]["column"] == len(query)


@pytest.mark.parametrize("fields", [[], [("query", COUNT), ("query", COUNT)]])
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


def test_a_dataset_in_the_protocol_is_refused_rather_than_ignored(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": COUNT, "default-graph-uri": "http://example.org/"})

    assert response.status_code == 400
    assert "FROM" in response.get_json()["detail"]


@pytest.mark.parametrize(("method", "path", "status"), [("PUT", "/sparql", 405), ("GET", "/nowhere", 404)])
def test_other_refusals_are_problems_too(method: str, path: str, status: int, client: FlaskClient) -> None:
    response = client.open(path, method=method)

    assert response.status_code == response.get_json()["status"] == status
    assert response.content_type == "application/problem+json"
    assert status != 405 or "GET" in response.headers["Allow"]


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%20%7B%7D", "/sparql?query=nonsense", "/nowhere"])
def test_scripts_of_any_site_may_read_answers_and_refusals(path: str, client: FlaskClient) -> None:
    assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"


def test_the_front_page_says_what_this_is_and_lists_the_saved_queries(client: FlaskClient, dataset: Dataset) -> None:
    page = client.get("/").text

    assert "seven Global Policing Goals" in page
    assert all(f'id="{query.name}"' in page for query in dataset.queries)
    assert "not affiliated" in page.lower()
