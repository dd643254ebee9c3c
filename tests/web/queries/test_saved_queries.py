"""Saved queries over HTTP and as RDF: every query in every format, typed and safe, at its own address."""

import csv
import json
from collections import Counter
from io import BytesIO, StringIO

import openpyxl
import pytest
from flask.testing import FlaskClient
from pyoxigraph import (
    NamedNode,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse_query_results,
)
from rdflib import Graph
from rdflib.plugins.sparql import prepareQuery

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import ParameterError
from policing_goals.model.saved_query import Group, Option, Parameter, SavedQuery
from policing_goals.rdf.serialization import Result
from policing_goals.rdf.sparql_text import inline_parameters
from policing_goals.vocabulary import GPG
from tests.conftest import ROOT
from tests.data.test_saved_queries import QUERIES
from tests.support.rows import pairs

NAMES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq"))
GRAPHS = {"describe", "goal-tree"}
TRUTHS = {"is-complete"}
TABLES = [name for name in QUERIES if name not in GRAPHS | TRUTHS]


def answer(dataset: Dataset, text: str, saved: SavedQuery | None = None) -> Counter[str]:
    bindings = saved.bindings({}, dataset.prefixes) if saved else None
    return counted(dataset.query(text, bindings))


def counted(result: Result) -> Counter[str]:
    if isinstance(result, QueryBoolean):
        return Counter([str(bool(result))])
    return Counter(map(str, result))


def lexical(content: bytes, form: QueryResultsFormat) -> list[list[str]]:
    found = parse_query_results(content, format=form)
    assert isinstance(found, QuerySolutions)
    names = [variable.value for variable in found.variables]
    return [[str(getattr(row[name], "value", "")) for name in names] for row in found]


@pytest.mark.parametrize("name", TABLES)
def test_a_result_has_the_same_rows_in_every_format(name: str, client: FlaskClient) -> None:
    replies = {
        suffix: client.get(f"/queries/{name}.{suffix}") for suffix in ("csv", "tsv", "json", "xml", "xlsx", "html")
    }
    head, *lines = csv.reader(StringIO(replies["csv"].get_data(as_text=True)))
    book = openpyxl.load_workbook(BytesIO(replies["xlsx"].data))
    sheet = [[cell if cell is not None else "" for cell in row] for row in book[name[:31]].iter_rows(values_only=True)]

    assert {reply.status_code for reply in replies.values()} == {200}
    assert lines
    assert lexical(replies["json"].data, QueryResultsFormat.JSON) == lines
    assert lexical(replies["xml"].data, QueryResultsFormat.XML) == lines
    assert lexical(replies["tsv"].data, QueryResultsFormat.TSV) == lines
    assert sheet[0] == head
    for row, line in zip(sheet[1:], lines, strict=True):
        for cell, text in zip(row, line, strict=True):
            assert str(cell) == text or float(cell) == float(text)
    assert f"<p>{len(lines)} row{'s' * (len(lines) != 1)}.</p>" in replies["html"].get_data(as_text=True)


@pytest.mark.parametrize("name", QUERIES)
def test_the_text_with_its_parameters_filled_in_has_the_same_result(
    name: str, client: FlaskClient, dataset: Dataset
) -> None:
    saved = dataset.saved_query(name)
    text = client.get(f"/queries/{name}.rq").get_data(as_text=True)

    assert answer(dataset, text) == answer(dataset, saved.text, saved)
    prepareQuery(text)
    examples = {parameter.name: parameter.example for parameter in saved.parameters}
    bindings = saved.bindings(examples, dataset.prefixes)
    assert answer(dataset, inline_parameters(saved.text, bindings)) == counted(dataset.query(saved.text, bindings))


def test_curies_and_iris_are_both_taken(client: FlaskClient) -> None:
    curie = client.get("/queries/goal-objectives.csv?goal=gpg:goal-3&lang=es")
    iri = client.get(
        "/queries/goal-objectives.csv?goal=https%3A%2F%2Fw3id.org%2Fglobal-policing-goals%2Fgoal-3&lang=es"
    )

    assert curie.data == iri.data
    assert "delitos" in curie.get_data(as_text=True)
    assert client.get("/queries/goal-objectives.csv", headers={"If-None-Match": "*"}).status_code in (200, 304)
    tag = curie.headers["ETag"]
    assert (
        client.get("/queries/goal-objectives.csv?goal=gpg:goal-3&lang=es", headers={"If-None-Match": tag}).status_code
        == 304
    )


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("text/html", "html"),
        ("text/csv", "csv"),
        ("application/sparql-results+json", "json"),
        ("application/sparql-query", "rq"),
    ],
)
def test_the_bare_address_leads_to_the_format_that_suits(accept: str, suffix: str, client: FlaskClient) -> None:
    response = client.get("/queries/goals?lang=fr", headers={"Accept": accept})

    assert (response.status_code, response.headers["Location"]) == (303, f"goals.{suffix}?lang=fr")


def test_the_list_tells_of_every_query_what_a_client_must_know(client: FlaskClient, dataset: Dataset) -> None:
    listed = json.loads(client.get("/queries/", headers={"Accept": "application/json"}).data)
    page = client.get("/queries/", headers={"Accept": "text/html"})

    assert sorted(each["name"] for each in listed) == NAMES
    assert listed[0]["group"]["name"] == "start"
    assert '<h2 id="group-evidence">Evidence and confidence</h2>' in page.get_data(as_text=True)
    goal = next(each for each in listed if each["name"] == "goal-objectives")["parameters"][0]
    assert goal["options"] == [f"gpg:goal-{number}" for number in range(1, 8)]
    assert len(page.data) < 60_000
    assert all(f'href="{name}.html"' in page.get_data(as_text=True) for name in NAMES)
    for each in listed:
        for parameter in each["parameters"]:
            assert parameter["example"]


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("gaols.csv", 404, "Did you mean goals"),
        ("goals.pdf", 404, "There is no saved query"),
        ("goals.ttl", 404, "ttl cannot carry it"),
        ("goal-tree.csv", 404, "csv cannot carry it"),
        ("goals.csv?lng=fr", 400, "its parameters: lang"),
        ("goals.csv?lang=fr&lang=en", 400, "2 times"),
        ("goals.csv?lang=english!", 400, "one of en, fr, es, ar; an example: lang=fr"),
        ("goal-objectives.csv?goal=gpg:goal-8", 400, "the IRI of a gpgo:Goal in the data; an example: goal=gpg:goal-5"),
        ("goal-objectives.csv?goal=gpg:objective-1.1", 400, "gpgo:Goal"),
        ("goal-objectives.csv?goal=%22)%20%7D%20INSERT%20DATA%20%7B", 400, "an IRI or a CURIE"),
        ("goal-objectives.csv?goal=gpg:goal%203", 400, "an IRI or a CURIE"),
        ("similar-objectives.csv?least=many", 400, "a number; an example"),
        ("phrase.csv?phrase=" + "x" * 2000, 400, "2000 characters"),
        ("phrase.csv?phrase=%00", 400, "is not printable"),
    ],
)
def test_a_wrong_request_is_refused_with_what_is_possible(
    path: str, status: int, says: str, client: FlaskClient
) -> None:
    response = client.get(f"/queries/{path}")

    assert response.status_code == status
    assert says in response.get_json()["detail"]
    assert len(response.data) < 1000


def test_a_hostile_text_is_only_a_text(client: FlaskClient) -> None:
    hostile = '") } INSERT DATA { <a:a> <a:b> <a:c> } #<script>alert(1)</script>'
    response = client.get("/queries/phrase.html", query_string={"phrase": hostile})

    assert response.status_code == 200
    assert "<script>alert" not in response.get_data(as_text=True)


def test_the_page_has_a_form_results_that_lead_on_and_calls_to_copy(client: FlaskClient) -> None:
    page = client.get("/queries/goal-objectives.html?goal=gpg:goal-3").get_data(as_text=True)

    assert '<option value="gpg:goal-3" selected>Protecting vulnerable groups</option>' in page
    assert 'href="../objective-3.1"' in page
    assert "pandas.read_csv(" in page
    assert "http://localhost/queries/goal-objectives.csv?goal=gpg%3Agoal-3&amp;lang=en" in page
    arabic = client.get("/ar/queries/goal-objectives.html").get_data(as_text=True)
    assert "lang=ar" in arabic


@pytest.mark.parametrize(
    ("kind", "text", "accepted"),
    [
        ("integer", "42", True),
        ("integer", "4.2", False),
        ("date", "2026-11-23", True),
        ("date", "23.11.2026", False),
        ("choice", "one", True),
        ("choice", "three", False),
        ("iri", "sdg:16.4", True),
        ("iri", "gpg:goal-1", False),
        ("string", "a\nb", False),
    ],
)
def test_a_value_must_be_of_its_type(kind: str, text: str, accepted: bool, dataset: Dataset) -> None:
    options = (Option("one", {}), Option("two", {})) if kind == "choice" else ()
    parameter = Parameter("it", kind, "A thing.", None, "one", "sdg:" if kind == "iri" else "", options)
    saved = SavedQuery("q", {}, {}, Group("start", {}), (), (), (parameter,), (), "", "SELECT")
    if accepted:
        assert saved.bindings({"it": text}, dataset.prefixes)
    else:
        with pytest.raises(ParameterError, match="an example: it=one"):
            saved.bindings({"it": text}, dataset.prefixes)


def test_every_query_is_described_in_the_graph_as_it_runs(client: FlaskClient, dataset: Dataset) -> None:
    response = client.get("/.well-known/sparql-examples", follow_redirects=True, headers={"Accept": "text/turtle"})
    store = Store()
    store.load(response.data, format=RdfFormat.TURTLE)
    # What the SIB's editor asks.
    found = store.query("""
        PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
        SELECT DISTINCT ?sq ?comment ?query WHERE {
          ?sq a sh:SPARQLExecutable ; rdfs:comment ?comment ; sh:select|sh:ask|sh:construct|sh:describe ?query }""")
    assert isinstance(found, QuerySolutions)
    described = {str(getattr(row["sq"], "value", "")): str(getattr(row["query"], "value", "")) for row in found}

    assert set(described) == {f"{GPG}query-{name}" for name in NAMES}
    for name in QUERIES:
        saved = dataset.saved_query(name)
        assert answer(dataset, described[f"{GPG}query-{name}"]) == answer(dataset, saved.text, saved)
    prefixes = "SELECT ?p ?n { gpg:prefixes sh:declare [ sh:prefix ?p ; sh:namespace ?n ] }"
    found_prefixes = pairs(dataset, f"PREFIX gpg: <{GPG}> PREFIX sh: <http://www.w3.org/ns/shacl#> {prefixes}")
    assert found_prefixes == dataset.prefixes.table


def test_a_describe_query_is_described_for_both_who_read_it(dataset: Dataset) -> None:
    query = """
        PREFIX gpg: <https://w3id.org/global-policing-goals/> PREFIX sh: <http://www.w3.org/ns/shacl#>
        PREFIX spex: <https://purl.expasy.org/sparql-examples/ontology#>
        ASK { gpg:query-describe a sh:SPARQLExecutable, spex:SPARQLDescribeExecutable ;
              sh:describe ?text ; spex:describe ?text .
              gpg:query-wikidata-labels spex:federatesWith <https://query.wikidata.org/sparql> }"""

    assert bool(dataset.query(query))


def test_a_federated_query_is_offered_as_text_alone(client: FlaskClient) -> None:
    refused = client.get("/queries/wikidata-labels.csv")
    text = client.get("/queries/wikidata-labels.rq?language=pt").get_data(as_text=True)
    bare = client.get("/queries/wikidata-labels", headers={"Accept": "text/html"})
    page = client.get("/queries/wikidata-labels.html")

    assert refused.status_code == 403
    assert "queries/wikidata-labels.rq" in refused.get_json()["detail"]
    assert 'LANG(?itemLabel) = "pt"' in text
    assert prepareQuery(text)
    assert bare.headers["Location"] == "wikidata-labels.html"
    assert page.status_code == 200
    assert "this server does not contact other endpoints" in page.get_data(as_text=True)


def test_a_yes_or_no_comes_in_every_format_that_can_say_it(client: FlaskClient) -> None:
    replies = {suffix: client.get(f"/queries/is-complete.{suffix}") for suffix in ("json", "xml", "csv", "tsv", "html")}

    assert replies["json"].get_json()["boolean"] is True
    assert b"<boolean>true</boolean>" in replies["xml"].data
    assert replies["csv"].data == replies["tsv"].data == b"true"
    assert b"<strong>Yes</strong>" in replies["html"].data
    assert client.get("/queries/is-complete.xlsx").status_code == 404


def test_rdflib_reads_the_descriptions(client: FlaskClient) -> None:
    graph = Graph().parse(data=client.get("/query-goals.ttl").data, format="turtle")

    assert len(graph) > 20
    assert NamedNode(f"{GPG}query-goals").value in {str(subject) for subject in graph.subjects()}


def test_csv_for_excel_begins_with_a_byte_order_mark(client: FlaskClient) -> None:
    plain = client.get("/queries/goals.csv?lang=ar").data

    assert client.get("/queries/goals.csv?lang=ar&bom=1").data == b"\xef\xbb\xbf" + plain
    assert 'href="goals.csv?lang=en&amp;bom=1"' in client.get("/queries/goals.html?lang=en").text
    assert client.get("/queries/goals.json?bom=1").get_json()
