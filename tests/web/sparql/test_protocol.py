"""The endpoint for a client of the SPARQL 1.1 Protocol."""

import gzip
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient
from rdflib import Graph
from werkzeug.test import TestResponse

from policing_goals.engine.dataset import Dataset
from tests.support.rows import rows

GPG = "https://w3id.org/global-policing-goals/"
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
        ("text/html;q=0.1, */*", "application/sparql-results+json", "{"),
    ],
)
def test_solutions_come_in_the_requested_format(accept: str, media_type: str, start: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": accept})

    assert (response.status_code, response.content_type) == (200, media_type)
    assert response.text.startswith(start)
    assert response.vary.as_set() == {"accept", "accept-encoding"}


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


def test_a_prefixed_name_with_two_dots_is_read_as_sparql_has_it(client: FlaskClient) -> None:
    query = PREFIX + "SELECT ?p { gpg:link-objective-6.2-sdg-16.4 a ?p . FILTER ('a.b.c' != \"x:y.z.w\") } # x:y.z.w"
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": "text/csv"})

    assert response.status_code == 200
    assert "SDGLink" in response.text


@pytest.mark.parametrize("path", ["/", "/sparql?query=ASK%20%7B%7D", "/sparql?query=nonsense", "/nowhere"])
def test_scripts_of_any_site_may_read_answers_and_refusals(path: str, client: FlaskClient) -> None:
    assert client.get(path).headers["Access-Control-Allow-Origin"] == "*"


def test_the_front_page_says_what_this_is_and_leads_to_the_saved_queries(client: FlaskClient, dataset: Dataset) -> None:
    page = client.get("/").text

    assert "seven Global Policing Goals" in page
    assert all(f'href="/queries/#group-{query.group.name}"' in page for query in dataset.queries)
    assert "not affiliated" in page.lower()


def csv(client: FlaskClient, query: str, **fields: object) -> str:
    response = client.get("/sparql", query_string={"query": query, "format": "csv", **fields})
    assert response.status_code == 200, response.text
    return response.text


def test_a_dataset_of_several_graphs_answers_each_triple_once(client: FlaskClient, dataset: Dataset) -> None:
    shared = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    twice = [GPG + "graph-core", GPG + "graph-core", GPG + "graph-links"]
    number = dataset.manifest.graphs[GPG + "graph-core"] + dataset.manifest.graphs[GPG + "graph-links"]
    clauses = "".join(f" FROM <{iri}>" for iri in twice)

    assert csv(client, shared, **{"default-graph-uri": twice}) == f"n\r\n{number}\r\n"
    assert csv(client, shared.replace(" {", clauses + " {")) == f"n\r\n{number}\r\n"


def test_the_dataset_of_the_protocol_wins_over_the_querys_own(client: FlaskClient, dataset: Dataset) -> None:
    query = f"SELECT (COUNT(*) AS ?n) FROM <{GPG}graph-core> {{ ?s ?p ?o }}"
    number = dataset.manifest.graphs[GPG + "graph-links"]

    assert csv(client, query, **{"default-graph-uri": GPG + "graph-links"}) == f"n\r\n{number}\r\n"


def test_named_graphs_alone_leave_the_default_graph_empty(client: FlaskClient, dataset: Dataset) -> None:
    query = f"PREFIX g: <{GPG}> SELECT ?g (COUNT(*) AS ?n) FROM NAMED g:graph-core {{ %s }} GROUP BY ?g"

    core = dataset.manifest.graphs[f"{GPG}graph-core"]

    assert csv(client, query % "GRAPH ?g { ?s ?p ?o }").split() == ["g,n", f"{GPG}graph-core,{core}"]
    assert csv(client, query % "?s ?p ?o BIND (1 AS ?g)") == "g,n\r\n"


def test_from_inside_a_group_a_string_or_a_comment_is_no_clause(client: FlaskClient) -> None:
    query = "SELECT (COUNT(*) AS ?n) # FROM <http://x/>\n{ ?from ?p 'FROM <http://x/>' FILTER ('}' = \"}\") }"

    assert csv(client, query) == "n\r\n0\r\n"


@pytest.mark.parametrize(
    ("accept", "media_type", "inside"),
    [
        ("application/trig", "application/trig", "@prefix gpg:"),
        ("application/n-quads", "application/n-quads", "<https:"),
    ],
)
def test_graphs_come_as_trig_and_n_quads_too(accept: str, media_type: str, inside: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": GOAL}, headers={"Accept": accept})

    assert response.content_type == media_type
    assert inside in response.text


def test_several_accept_lines_count_as_one(client: FlaskClient) -> None:
    headers = [("Accept", "text/html;q=0.1"), ("Accept", "text/csv;q=0.5, text/tab-separated-values;q=0.4")]
    response = client.get("/sparql", query_string={"query": COUNT}, headers=headers)

    assert response.content_type == "text/csv; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "content_type"), [("text/*", "text/csv"), ("text/*;q=0.5, application/*;q=0.1", "text/csv")]
)
def test_wildcards_of_a_type_are_honoured(accept: str, content_type: str, client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": COUNT}, headers={"Accept": accept})

    assert response.content_type.startswith(content_type)


@pytest.mark.parametrize(
    ("name", "query", "status"),
    [
        ("tsv", COUNT, 200),
        ("jsonld", GOAL, 200),
        ("nq", GOAL, 200),
        ("ttl", COUNT, 406),
        ("csv", GOAL, 406),
        ("xls", COUNT, 400),
    ],
)
def test_format_names_a_format_and_wins_over_accept(name: str, query: str, status: int, client: FlaskClient) -> None:
    fields = {"query": query, "format": name}
    response = client.get("/sparql", query_string=fields, headers={"Accept": "image/png"})

    assert response.status_code == status
    assert status == 200 or "choose from" in response.text.lower()


def test_turtle_declares_the_prefixes_it_uses_in_order_and_no_others(client: FlaskClient) -> None:
    text = client.get("/sparql", query_string={"query": PREFIX + "DESCRIBE gpg:goal-4"}).text
    declared = [line.split()[1] for line in text.splitlines() if line.startswith("@prefix")]

    assert declared == sorted(declared)
    assert "skos:" in declared
    assert "dqv:" not in declared


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize("accept", ["application/sparql-results+xml", "application/rdf+xml"])
def test_carriage_returns_survive_xml(accept: str, client: FlaskClient) -> None:
    literal = r'"a\r\nb\tc"'
    query = f"SELECT ({literal} AS ?x) {{}}" if "results" in accept else f"CONSTRUCT {{ <x:s> <x:p> {literal} }} {{}}"
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": accept})

    assert "a\r\nb\tc" in list(ElementTree.fromstring(response.text).itertext())


def test_head_says_what_get_would_and_sends_nothing(client: FlaskClient) -> None:
    fields = {"query": COUNT, "format": "csv"}
    head, get = client.head("/sparql", query_string=fields), client.get("/sparql", query_string=fields)

    assert head.data == b""
    assert (head.status_code, head.content_type, head.content_length) == (200, get.content_type, len(get.data))


def test_options_answers_a_scripts_preflight(client: FlaskClient) -> None:
    response = client.options(
        "/sparql", headers={"Origin": "https://example.org", "Access-Control-Request-Method": "POST"}
    )

    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in response.headers["Access-Control-Allow-Headers"]


def test_an_answer_has_a_strong_etag_and_is_not_sent_again(client: FlaskClient) -> None:
    fields = {"query": COUNT, "format": "csv"}
    first = client.get("/sparql", query_string=fields)
    tag = first.headers["ETag"]
    again = client.get("/sparql", query_string=fields, headers={"If-None-Match": f'"other", {tag}'})
    changed = client.get("/sparql", query_string=fields, headers={"If-None-Match": '"other"'})

    assert not tag.startswith("W/")
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert changed.data == first.data
    assert first.headers["Cache-Control"] == "public, no-cache"


def test_another_query_format_or_dataset_has_another_etag(client: FlaskClient) -> None:
    asked = [
        {"query": COUNT, "format": "csv"},
        {"query": COUNT + " ", "format": "csv"},
        {"query": COUNT, "format": "json"},
        {"query": COUNT, "format": "csv", "default-graph-uri": GPG + "graph-core"},
    ]
    tags = [client.get("/sparql", query_string=fields).headers["ETag"] for fields in asked]

    assert len(set(tags)) == 4
    assert client.get("/sparql", query_string=asked[0]).headers["ETag"] == tags[0]


@pytest.mark.parametrize(
    ("name", "query", "media_type"),
    [
        ("turtle", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "text/turtle"),
        ("n3", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "text/turtle"),
        ("xml", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "application/rdf+xml"),
        ("rdf+xml", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "application/rdf+xml"),
        ("json-ld", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "application/ld+json"),
        ("text/turtle", "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1", "text/turtle"),
        ("JSON", "ASK { ?s ?p ?o }", "application/sparql-results+json"),
        ("xml", "ASK { ?s ?p ?o }", "application/sparql-results+xml"),
        ("application/sparql-results+xml", "ASK { ?s ?p ?o }", "application/sparql-results+xml"),
    ],
)
def test_a_format_has_the_names_that_clients_give_it(
    name: str, query: str, media_type: str, client: FlaskClient
) -> None:
    reply = client.get("/sparql", query_string={"query": query, "format": name})

    assert (reply.status_code, reply.mimetype) == (200, media_type)


@pytest.mark.parametrize(("name", "status"), [("turtle", 406), ("csv", 200), ("xlsx", 400)])
def test_a_format_of_the_other_kind_is_refused_by_name(name: str, status: int, client: FlaskClient) -> None:
    assert client.get("/sparql", query_string={"query": "ASK { ?s ?p ?o }", "format": name}).status_code == status


@pytest.mark.parametrize("coding", ["", "gzip"])
def test_csv_for_excel(client: FlaskClient, coding: str) -> None:
    # The byte order mark is in the result itself, compressed or not, and its entity tag differs from that of plain CSV.
    labels = "SELECT ?l { ?c <http://www.w3.org/2004/02/skos/core#prefLabel> ?l } ORDER BY ?l LIMIT 400"
    fields, headers = {"query": labels, "format": "csv"}, {"Accept-Encoding": coding}
    plain = client.get("/sparql", query_string=fields, headers=headers)
    marked = client.get("/sparql", query_string={**fields, "bom": "1"}, headers=headers)
    assert (marked.content_type, marked.content_encoding) == (plain.content_type, coding or None)
    assert _decoded(marked) == b"\xef\xbb\xbf" + _decoded(plain)
    assert marked.headers["ETag"] != plain.headers["ETag"]


def test_byte_order_mark_is_for_csv_alone(client: FlaskClient) -> None:
    for form in ("json", "tsv", "xml"):
        response = client.get("/sparql", query_string={"query": COUNT, "format": form, "bom": "1"})
        assert not response.data.startswith(b"\xef\xbb\xbf")


def _decoded(response: TestResponse) -> bytes:
    return gzip.decompress(response.data) if response.content_encoding == "gzip" else response.data
