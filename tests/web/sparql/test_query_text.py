"""Query texts that the standard allows and Oxigraph 0.5.13 does not, or answers wrongly."""

import pytest
from flask.testing import FlaskClient

CSV = {"Accept": "text/csv"}
HERE = "http://localhost/sparql"


def lines(client: FlaskClient, query: str) -> list[str]:
    response = client.get("/sparql", query_string={"query": query}, headers=CSV)
    assert response.status_code == 200, response.text
    return response.text.split("\r\n")[:-1]


def test_numbers_and_texts_of_our_own_data_are_sorted(client: FlaskClient) -> None:
    assert len(lines(client, "SELECT * { ?s ?p ?o } ORDER BY ?o LIMIT 5")) == 6


def test_relative_iris_are_resolved_against_the_endpoint(client: FlaskClient) -> None:
    assert lines(client, "SELECT (<a> AS ?a) (<../goal-1#x> AS ?b) (<> AS ?c) {}")[1] == (
        "http://localhost/a,http://localhost/goal-1#x,http://localhost/sparql"
    )
    assert client.get("/sparql", query_string={"query": "ASK { <a> ?p ?o }"}).get_json()["boolean"] is False


def test_the_base_of_the_query_comes_first(client: FlaskClient) -> None:
    assert lines(client, "BASE <http://x/y/> SELECT (<a> AS ?a) {}")[1] == "http://x/y/a"


def test_a_relative_iri_in_from_is_resolved_too(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "SELECT * FROM <graph-sdg-index> { ?s ?p ?o }"})

    assert response.status_code == 403
    assert "<http://localhost/graph-sdg-index> is not a graph" in response.get_json()["detail"]


@pytest.mark.parametrize("word", ["TRUE", "True", "true", "tRuE"])
def test_booleans_are_in_any_case(word: str, client: FlaskClient) -> None:
    assert lines(client, f"SELECT ({word} AS ?yes) (!FALSE AS ?also) {{}}") == ["yes,also", "true,true"]


def test_a_text_keeps_its_letters(client: FlaskClient) -> None:
    assert lines(client, "SELECT ('TRUE' AS ?text) (TRUE AS ?yes) {}")[1] == "TRUE,true"


def test_a_byte_order_mark_is_ignored(client: FlaskClient) -> None:
    assert lines(client, "\ufeffSELECT (1 AS ?n) {}") == ["n", "1"]
    response = client.post("/sparql", data="\ufeffASK {}".encode(), content_type="application/sparql-query")
    assert response.get_json()["boolean"] is True


@pytest.mark.parametrize(
    ("query", "columns"),
    [
        ("SELECT * { ?z ?b ?a } LIMIT 1", "z,b,a"),
        ("SELECT DISTINCT * WHERE { ?s a ?class OPTIONAL { ?s ?b ?a } } LIMIT 1", "s,class,b,a"),
        ("SELECT * { { SELECT ?m ?k { ?k ?l ?m } LIMIT 1 } FILTER(?m != ?never) MINUS { ?k ?no 1 } }", "m,k"),
        ("# *\nSELECT * { VALUES (?b ?a) { (1 2) } }", "b,a"),
        ("SELECT (COUNT(*) AS ?z) ?a { ?a ?b 'SELECT *' } GROUP BY ?a", "z,a"),
    ],
)
def test_all_columns_come_in_the_order_of_the_query(query: str, columns: str, client: FlaskClient) -> None:
    assert lines(client, query)[0] == columns


def test_a_mistake_keeps_its_place_beside_what_is_rewritten(client: FlaskClient) -> None:
    query = "SELECT * { ?s ?p TRUE }\nORDER BY ?p ?o LIMIT ten"
    problem = client.get("/sparql", query_string={"query": query}).get_json()

    assert problem["position"] == {"line": 2, "column": 22, "text": "ORDER BY ?p ?o LIMIT ten"}
