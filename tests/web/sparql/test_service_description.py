"""The service description and the Graph Store Protocol: correct and complete."""

from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pyoxigraph import Literal, NamedNode, RdfFormat, Store

from policing_goals import create_app
from policing_goals.engine.dataset import Dataset
from policing_goals.rdf.formats import FORMATS
from policing_goals.settings import Settings
from tests.conftest import ROOT
from tests.support.rows import rows

SD = "http://www.w3.org/ns/sparql-service-description#"
GPG = "https://w3id.org/global-policing-goals/"
W3C_FORMATS = "http://www.w3.org/ns/formats/"
GRAPHS_TYPES = [form for form in FORMATS if isinstance(form.oxigraph, RdfFormat)]


def described(client: FlaskClient) -> Store:
    response = client.get("/sparql", headers={"Accept": "application/n-triples"})
    assert response.status_code == 200
    store = Store()
    store.load(response.data, format=RdfFormat.N_TRIPLES)
    return store


def objects(store: Store, property_: str) -> set[str]:
    quads = store.quads_for_pattern(None, NamedNode(SD + property_), None)
    return {str(getattr(quad.object, "value", "")) for quad in quads}


def test_the_endpoint_describes_itself(client: FlaskClient, dataset: Dataset) -> None:
    store = described(client)
    counts = {
        quad.object.value
        for quad in store.quads_for_pattern(None, NamedNode("http://rdfs.org/ns/void#triples"), None)
        if hasattr(quad.object, "value")
    }

    assert objects(store, "endpoint") == {"http://localhost/sparql"}
    assert objects(store, "supportedLanguage") == {SD + "SPARQL11Query", SD + "SPARQLQuery"}
    assert objects(store, "supportedVersion") == {"http://www.w3.org/ns/sparql#version-1.1"}
    formats = {form.oxigraph.iri.replace("https://www.w3.org/ns/formats/data/", W3C_FORMATS) for form in FORMATS}
    assert objects(store, "resultFormat") == formats
    assert all(iri.startswith(W3C_FORMATS) for iri in formats)
    graphs = dataset.manifest.queryable_graphs()
    assert objects(store, "name") == set(graphs) == {*dataset.manifest.graphs, GPG + "graph-all"}
    assert counts == {str(number) for number in (*graphs.values(), dataset.manifest.triples)}


def test_the_default_graph_is_the_union_of_ours(client: FlaskClient, dataset: Dataset) -> None:
    outside = rows(dataset, "SELECT ?s { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }")
    missing = rows(dataset, "SELECT ?s { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }")

    # Imported graphs are named graphs too, and not in it.
    assert SD + "UnionDefaultGraph" not in objects(described(client), "feature")
    assert outside == missing == []


def test_federation_is_claimed_only_where_the_operator_allows_it(client: FlaskClient, snapshot: Path) -> None:
    federated = create_app(Settings(snapshot, frozenset({"http://127.0.0.1:9/"}), workers=1))

    assert SD + "BasicFederatedQuery" not in objects(described(client), "feature")
    assert SD + "BasicFederatedQuery" in objects(described(federated.test_client()), "feature")
    federated.extensions["stop"]()


def test_a_browser_gets_the_editor(client: FlaskClient) -> None:
    response = client.get("/sparql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert (response.status_code, response.mimetype) == (200, "text/html")
    assert '<textarea id="query" name="query"' in response.text


@pytest.mark.parametrize("form", GRAPHS_TYPES, ids=lambda form: form.name)
def test_a_named_graph_is_read_whole_in_every_format(form: object, client: FlaskClient, dataset: Dataset) -> None:
    name = GPG + "graph-labels-en"
    response = client.get("/graph", query_string={"graph": name}, headers={"Accept": form.media_type})  # type: ignore[attr-defined]
    store = Store()
    store.load(response.data, format=form.oxigraph)  # type: ignore[attr-defined]

    assert response.content_type.startswith(form.media_type)  # type: ignore[attr-defined]
    assert len(store) == dataset.manifest.graphs[name]


def test_the_default_graph_is_read_whole(client: FlaskClient, dataset: Dataset) -> None:
    response = client.get("/graph?default", headers={"Accept": "application/n-triples"})

    assert len(response.text.splitlines()) == dataset.manifest.triples


@pytest.mark.parametrize(
    ("method", "path", "status", "says"),
    [
        (
            "GET",
            "/graph?graph=http://example.org/",
            404,
            "Choose from https://w3id.org/global-policing-goals/graph-core",
        ),
        ("GET", "/graph", 400, "/graph?graph=IRI"),
        ("GET", "/graph?default&graph=http://example.org/", 400, "exactly one"),
        ("PUT", "/graph?default", 405, "read-only"),
        ("DELETE", "/graph?default", 405, "Use GET, HEAD, OPTIONS"),
        ("POST", "/graph?default", 405, "read-only"),
    ],
)
def test_what_is_not_read_is_refused_with_a_message(
    method: str, path: str, status: int, says: str, client: FlaskClient
) -> None:
    response = client.open(path, method=method)

    assert response.status_code == status
    assert says in response.get_json()["detail"]


def test_the_well_known_address_leads_to_the_description(client: FlaskClient, dataset: Dataset) -> None:
    moved = client.get("/.well-known/void")
    reply = client.get("/.well-known/void", headers={"Accept": "text/turtle"}, follow_redirects=True)
    store = Store()
    store.load(reply.data, format=RdfFormat.TURTLE)
    found = list(store.quads_for_pattern(None, NamedNode("http://rdfs.org/ns/void#triples"), None))

    assert moved.status_code == 303
    assert reply.status_code == 200
    assert len(store) == dataset.manifest.graphs["https://w3id.org/global-policing-goals/graph-dataset"]
    assert len(found) > 50


def test_the_configuration_for_skosmos_names_what_there_is(dataset: Dataset) -> None:
    store = Store()
    store.load(path=ROOT / "server/policing_goals/deploy/skosmos.ttl", format=RdfFormat.TURTLE, base_iri=GPG)
    scheme = next(
        store.quads_for_pattern(None, NamedNode("http://purl.org/net/skosmos#mainConceptScheme"), None)
    ).object

    assert rows(dataset, f"SELECT ?title {{ {scheme} <http://purl.org/dc/terms/title> ?title }}")
    assert {
        quad.object.value
        for quad in store.quads_for_pattern(None, NamedNode("http://rdfs.org/ns/void#uriSpace"), None)
        if isinstance(quad.object, Literal)
    } == {GPG}
