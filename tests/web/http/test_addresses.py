"""Addresses as people and programs write them, and the formats and profiles that they ask for."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyoxigraph import RdfFormat, parse

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import BadRequest
from policing_goals.languages import LANGUAGES
from policing_goals.rdf.formats import Kind
from policing_goals.web.app import SiteOptions, make_app
from policing_goals.web.http.negotiation import acceptable, choose, format_name
from policing_goals.web.http.proxy import PublicUrl
from tests.support.runners import NoQueries

SKOS = "http://www.w3.org/2004/02/skos/core"


@pytest.mark.parametrize("path", ["/sparql/", "/goal-1/", "/ontology/", "/sdg/16.4/", "/about/", "/fr/goal-1/"])
def test_a_slash_too_many_leads_to_the_address_without_it(path: str, client: FlaskClient) -> None:
    response = client.get(f"{path}?a=b")

    assert response.status_code == 308
    assert response.headers["Location"] == f"../{path.strip('/').rpartition('/')[2]}?a=b"


def test_a_query_that_is_posted_there_is_to_be_posted_again(client: FlaskClient) -> None:
    # 308 keeps the method.
    assert client.post("/sparql/", data={"query": "ASK {}"}).status_code == 308


def test_a_directory_keeps_its_slash(client: FlaskClient) -> None:
    assert client.get("/queries/").status_code == client.get("/sdg/").status_code == 200
    assert client.get("/no/such/place").status_code == 404


def test_a_program_that_looks_for_an_icon_finds_it(client: FlaskClient) -> None:
    with client.get("/favicon.ico", follow_redirects=True) as response:
        assert (response.status_code, response.mimetype) == (200, "image/svg+xml")


def test_an_escaped_term_leads_to_its_document(client: FlaskClient) -> None:
    response = client.get("/ontology%23Goal")

    assert (response.status_code, response.headers["Location"]) == (308, "ontology#Goal")


@pytest.mark.parametrize(("suffix", "form"), [("ttl", RdfFormat.TURTLE), ("nt", RdfFormat.N_TRIPLES)])
def test_a_target_has_rdf(suffix: str, form: RdfFormat, client: FlaskClient) -> None:
    response = client.get(f"/sdg/16.4.{suffix}")
    subjects = {str(quad.subject) for quad in parse(response.data, format=form)}

    assert response.status_code == 200
    assert "<http://metadata.un.org/sdg/16.4>" in subjects
    assert client.get("/sdg/16.4", headers={"Accept": form.media_type}).data == response.data
    assert client.get("/sdg/16.4").mimetype == "text/html"
    assert client.get(f"/sdg/99.{suffix}").status_code == 404


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        ("text/turtle; q=0.2, application/ld+json; q=0.8", "application/ld+json"),
        ("application/trig", "application/trig"),
        ("application/n-quads", "application/n-quads"),
        ("text/n3", "text/turtle"),
        ("application/x-turtle", "text/turtle"),
        ("text/rdf+n3;q=0.9", "text/turtle"),
        ("text/plain", "application/n-triples"),
        ("text/xml", "application/rdf+xml"),
        ("application/json", "application/ld+json"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
    ],
)
@pytest.mark.parametrize("path", ["/goal-1", "/ontology"])
def test_a_thing_comes_in_the_format_that_a_client_names(
    path: str, accept: str, mimetype: str, client: FlaskClient
) -> None:
    response = client.get(path, headers={"Accept": accept}, follow_redirects=True)

    assert (response.status_code, response.mimetype) == (200, mimetype)


@pytest.mark.parametrize(
    ("accept", "solutions", "graph"),
    [
        ("text/csv ; q=0.2, application/sparql-results+xml;q=0.8", "xml", None),
        ("text/csv\t;\tq=0.2, application/sparql-results+xml", "xml", None),
        ("application/xml", "xml", "rdf"),
        ("text/xml", "xml", "rdf"),
        ("application/json", "json", "jsonld"),
        ("text/n3", None, "ttl"),
        ("text/plain", None, "nt"),
    ],
)
def test_accept_is_read_as_clients_write_it(accept: str, solutions: str | None, graph: str | None) -> None:
    found = [acceptable(accept, kind) for kind in (Kind.SOLUTIONS, Kind.GRAPH)]

    assert [form.name if form else None for form in found] == [solutions, graph]


@pytest.mark.parametrize(
    ("given", "kind", "name"),
    [
        (["rdf+xml", "application/rdf+xml"], Kind.GRAPH, "rdf"),
        (["rdf xml", "application/rdf xml"], Kind.GRAPH, "rdf"),
        (["json", "application/sparql-results+json"], Kind.SOLUTIONS, None),
        (["turtle", "text/turtle"], Kind.GRAPH, "ttl"),
        (["application/json"], Kind.SOLUTIONS, "json"),
        (["application/json"], Kind.GRAPH, "jsonld"),
        (["srj"], Kind.SOLUTIONS, "json"),
        (["json-ld"], Kind.GRAPH, "jsonld"),
        (["CSV", "csv"], Kind.SOLUTIONS, "csv"),
        (["json-ld", "application/ld+json,application/x-json+ld"], Kind.GRAPH, "jsonld"),
        (["auto"], Kind.SOLUTIONS, "json"),
        (["", ""], Kind.GRAPH, "ttl"),
        ([], Kind.SOLUTIONS, "json"),
    ],
)
def test_a_format_may_be_named_twice_with_one_meaning(given: list[str], kind: Kind, name: str | None) -> None:
    if name is None:
        # json is JSON-LD for a graph, and the other name is none.
        with pytest.raises(BadRequest, match="which differ"):
            format_name(given)
    else:
        assert choose("", kind, format_name(given)).name == name


def test_a_long_list_of_formats_is_refused() -> None:
    with pytest.raises(BadRequest, match="more than 10 names"):
        format_name([",".join(f"f{number}" for number in range(5000))])


def test_empty_fields_of_a_form_are_left_out(client: FlaskClient) -> None:
    fields = {"query": "ASK {}", "default-graph-uri": "", "named-graph-uri": "", "timeout": "", "format": ""}

    assert client.get("/sparql", query_string=fields).status_code == 200


def test_a_compressed_body_is_refused_with_what_is_accepted(client: FlaskClient) -> None:
    response = client.post(
        "/sparql", data=b"x", content_type="application/sparql-query", headers={"Content-Encoding": "gzip"}
    )

    assert response.status_code == 415
    assert response.headers["Accept-Encoding"] == "identity"


def test_a_script_of_another_site_may_send_any_header(client: FlaskClient) -> None:
    allowed = client.options("/sparql").headers["Access-Control-Allow-Headers"].split(", ")

    assert {"*", "Authorization"} <= set(allowed)


@pytest.mark.parametrize("iri", [SKOS, f"{SKOS}#"])
def test_a_profile_has_the_public_iri_of_what_it_follows(iri: str, client: FlaskClient) -> None:
    by_token = client.get("/goal-1.nt?_profile=skos").data

    assert client.get("/goal-1.nt", headers={"Accept-Profile": f"<{iri}>"}).data == by_token
    assert client.get(f"/goal-1.nt?_profile={quote(iri)}").data == by_token
    assert by_token != client.get("/goal-1.nt").data


def test_media_type_and_profile_may_stand_in_the_query(client: FlaskClient) -> None:
    response = client.get("/goal-1?_mediatype=application/ld%2Bjson&_profile=labels", follow_redirects=True)

    assert response.mimetype == "application/ld+json"
    assert client.get("/ontology?_mediatype=text/turtle").mimetype == "text/turtle"
    assert client.get("/goal-1?_mediatype=image/png").status_code == 400


def test_the_profiles_that_there_are_can_be_asked_for(client: FlaskClient) -> None:
    response = client.get("/goal-1?_profile=alt", follow_redirects=True)
    listed = json.loads(response.data)["profiles"]

    assert {each["token"] for each in listed} == {"full", "labels", "skos"}
    assert all("text/turtle" in each["mediaTypes"] for each in listed)
    assert 'rel="alternate"' in response.headers["Link"]


@pytest.fixture(scope="module")
def mounted(snapshot: Path) -> Iterator[Flask]:
    yield make_app(open_snapshot(snapshot), NoQueries(), SiteOptions(PublicUrl("https://example.org/police")))


@pytest.mark.parametrize("path", ["/goal-1.html", "/sdg/16.4", "/queries/goals.html", "/about", "/"])
def test_each_language_of_a_page_has_an_absolute_address(path: str, mounted: Flask, dataset: Dataset) -> None:
    root, text = "https://example.org/police", mounted.test_client().get(f"/fr{path}").text

    assert dataset.manifest.version
    for each in LANGUAGES:
        assert f'<link rel="alternate" hreflang="{each}" href="{root}/{each}{path}">' in text
    assert f'<link rel="alternate" hreflang="x-default" href="{root}{path}">' in text
    assert text.count('rel="canonical"') == 1
    assert f'<link rel="canonical" href="{root}/fr{path}">' in text


@pytest.mark.parametrize(
    ("contact", "property_", "address"),
    [
        ("data@example.org", "hasEmail", "mailto:data@example.org"),
        ("https://example.org/issues", "hasURL", "https://example.org/issues"),
    ],
)
def test_the_description_says_whom_to_write_to(contact: str, property_: str, address: str, dataset: Dataset) -> None:
    client = make_app(dataset, NoQueries(), SiteOptions(contact=contact)).test_client()

    for path in ("/dataset.nt", "/sparql.nt"):
        served = client.get(path).text
        assert f"{path.removesuffix('.nt')}> <http://www.w3.org/ns/dcat#contactPoint> <" in served
        assert f"<http://www.w3.org/2006/vcard/ns#{property_}> <{address}>" in served
    assert "contactPoint" not in client.get("/goal-1.nt").text
    assert "contactPoint" not in make_app(dataset, NoQueries()).test_client().get("/dataset.nt").text


def test_the_description_names_the_endpoint_that_clients_can_reach(mounted: Flask, client: FlaskClient) -> None:
    endpoint = "https://example.org/police/sparql"
    served = mounted.test_client().get("/dataset.nt").text

    assert f"<http://rdfs.org/ns/void#sparqlEndpoint> <{endpoint}>" in served
    assert f"<http://www.w3.org/ns/dcat#endpointURL> <{endpoint}>" in mounted.test_client().get("/sparql.nt").text
    assert endpoint not in client.get("/dataset.nt").text
    assert "<http://rdfs.org/ns/void#dataDump>" in served
