"""A browser that sends a query gets a page: the result, the query to change, and links to each format."""

import html
import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset
from policing_goals.vocabulary import GPG, GPGO
from policing_goals.web.http.messages import Request
from policing_goals.web.sparql.protocol import is_for_page

# As Chromium and Firefox send it.
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8"}
GOALS = (
    "SELECT ?goal ?label { ?goal a <https://w3id.org/global-policing-goals/ontology#Goal> ; "
    "<http://www.w3.org/2004/02/skos/core#prefLabel> ?label FILTER(LANG(?label) = 'fr') } ORDER BY ?goal"
)

CONCEPTS = "SELECT ?s { ?s a <http://www.w3.org/2004/02/skos/core#Concept> }"


def page(client: FlaskClient, query: str, path: str = "/sparql", **more: str) -> str:
    response = client.get(path, query_string={"query": query, **more}, headers=BROWSER)
    assert (response.status_code, response.mimetype) == (200, "text/html")
    return response.text


def test_a_table_has_links_count_time_and_each_format(client: FlaskClient) -> None:
    text = page(client, GOALS)

    assert '<a href="./goal-1" class="iri">gpg:goal-1</a>' in text
    assert '<td lang="fr" dir="auto">' in text
    assert re.search(r"7 rows\. \d+ ms\.", text)
    assert "FILTER(LANG(?label) = &#39;fr&#39;)" in text
    for name in ("json", "xml", "csv", "tsv"):
        link = re.search(rf'href="(/sparql\?[^"]*format={name})"', text)
        assert link is not None
        assert client.get(link[1].replace("&amp;", "&"), headers=BROWSER).mimetype != "text/html"


def test_the_form_of_the_home_page_leads_to_it(client: FlaskClient) -> None:
    home = client.get("/", headers=BROWSER).text
    form = re.search(r'<form action="(/sparql)" method="get">.*?</form>', home, re.DOTALL)

    assert form is not None
    assert "<textarea" in form[0]
    assert "7 rows" in page(client, GOALS, form[1])


def test_a_form_that_is_posted_leads_to_it_too(client: FlaskClient) -> None:
    response = client.post("/sparql", data={"query": GOALS}, headers=BROWSER)

    assert response.mimetype == "text/html"
    assert "7 rows" in response.text


def test_a_boolean_and_a_graph_have_their_own_forms(client: FlaskClient) -> None:
    assert "<strong>Yes</strong>" in page(client, "ASK { ?s ?p ?o }")
    graph = page(client, "DESCRIBE <https://w3id.org/global-policing-goals/goal-1>")
    assert '<th scope="col">predicate</th>' in graph
    assert "format=ttl" in graph


def test_long_results_are_cut_on_the_page_alone_and_it_says_so(client: FlaskClient, dataset: Dataset) -> None:
    text = page(client, "SELECT ?s { ?s ?p ?o } LIMIT 1500")

    assert "1500 rows" in text
    assert "Here are the first 1,000" in text
    assert text.count("<tr>") == 1001
    assert "too large for a page" in page(client, "SELECT * { ?s ?p ?o }")
    assert dataset.manifest.triples > 1500


def test_an_error_stands_in_the_place_of_the_result(client: FlaskClient) -> None:
    response = client.get("/sparql", query_string={"query": "SELECT * WHERE ( <x> )"}, headers=BROWSER)

    assert (response.status_code, response.mimetype) == (400, "text/html")
    assert 'role="alert"' in response.text
    assert "SELECT * WHERE ( &lt;x&gt; )\n               ^" in response.text
    assert ">SELECT * WHERE ( &lt;x&gt; )</textarea>" in response.text


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_it_is_in_the_language_of_the_address(language: str, client: FlaskClient) -> None:
    text = page(client, GOALS, f"/{language}/sparql")

    assert f'<html lang="{language}"' in text
    assert "Open in the editor" not in text


@pytest.mark.parametrize(
    ("accept", "name", "wanted"),
    [
        (BROWSER["Accept"], "", True),
        (BROWSER["Accept"], "csv", False),
        ("text/html", "auto", True),
        ("application/sparql-results+json, text/html;q=0.5", "", False),
        ("*/*", "", False),
        ("", "", False),
    ],
)
def test_a_program_gets_its_format(accept: str, name: str, wanted: bool) -> None:
    request = Request("GET", urlencode({"query": "ASK {}", "format": name}), {"accept": accept})

    assert is_for_page(request) is wanted


@pytest.mark.parametrize(
    ("query", "hinted"),
    [
        ("SELECT ?g { ?g <http://www.w3.org/2004/02/skos/core#notation> 'G1' }", True),
        ('PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT ?g { ?g skos:notation "G1" }', True),
        (f"SELECT ?g {{ ?g <http://www.w3.org/2004/02/skos/core#notation> 'G1'^^<{GPGO}Code> }}", False),
        ("SELECT ?g { ?g <http://purl.org/dc/terms/identifier> 'G1' }", False),
        ("SELECT ?g { ?g <http://purl.org/dc/terms/identifier> 'G99' }", False),
    ],
)
def test_a_code_without_its_datatype_gets_a_hint(query: str, hinted: bool, client: FlaskClient) -> None:
    assert ("Codes have a datatype here." in page(client, query)) is hinted


@pytest.mark.parametrize(
    "iri",
    [
        "javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd",
        f"{GPG}javascript:alert(1)", "ftp://x.org/",
    ],
)  # fmt: skip
def test_only_harmless_schemes_are_links(iri: str, client: FlaskClient) -> None:
    text = page(client, f"SELECT ?x {{ VALUES ?x {{ <{iri}> <urn:a:b> <mailto:a@x.org> <https://x.org/> }} }}")
    targets = re.findall(r'<td[^>]*><a href="([^"]*)"', text)

    assert targets[-3:] == ["urn:a:b", "mailto:a@x.org", "https://x.org/"]
    assert targets[:-3] in ([], ["./javascript:alert(1)"])
    assert iri.removeprefix(GPG) in text


def test_a_query_cannot_put_markup_on_the_page(client: FlaskClient) -> None:
    text = page(client, "SELECT ('<script>alert(1)</script>' AS ?x) (<javascript:alert(1)> AS ?y) {}")

    assert "<script>alert" not in text
    assert 'href="javascript:' not in text


def test_page_links_to_csv_for_excel(client: FlaskClient) -> None:
    text = page(client, CONCEPTS)
    address = re.search(r'href="([^"]*bom=1)"', text)
    assert address
    assert client.get(html.unescape(address[1])).data.startswith(b"\xef\xbb\xbfs\r\n")
    assert "bom=1" not in page(client, "CONSTRUCT WHERE { ?s ?p ?o } LIMIT 1")


def test_page_of_a_long_query_downloads_csv_for_excel(client: FlaskClient) -> None:
    query = CONCEPTS + " #" + "x" * 5000
    text = client.post("/sparql", data={"query": query}, headers=BROWSER).text
    assert 'formaction="/sparql?bom=1"' in text
    response = client.post("/sparql?bom=1", data={"query": query, "format": "csv"}, headers=BROWSER)
    assert response.data.startswith(b"\xef\xbb\xbfs\r\n")
