"""Every IRI redirects to its document, which has the same statements in every format."""

import json
import re
from dataclasses import replace

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pyld import jsonld
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse
from rdflib import Graph
from werkzeug.test import TestResponse

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.descriptions import Descriptions, Profile
from policing_goals.vocabulary import GPG
from policing_goals.web.context import install_context
from policing_goals.web.http.error_handlers import install_error_handlers
from policing_goals.web.linked_data import routes as linked_data
from policing_goals.web.static_site import NoEndpoint
from tests.support.rows import rows

SUFFIXES = {
    "text/html": "html",
    "text/turtle": "ttl",
    "application/ld+json": "jsonld",
    "application/rdf+xml": "rdf",
    "application/n-triples": "nt",
}
SCRIPT = re.compile(r'<script type="application/ld\+json">(.*?)</script>', re.DOTALL)
XSD_DOUBLE = "http://www.w3.org/2001/XMLSchema#double"
DOUBLE = re.compile(rf'"([^"]*)"\^\^<{XSD_DOUBLE}>')
PARSERS = {"ttl": RdfFormat.TURTLE, "rdf": RdfFormat.RDF_XML, "nt": RdfFormat.N_TRIPLES}
IRIS = f"""SELECT DISTINCT ?iri {{
  {{ ?iri ?p ?o }} UNION {{ ?s ?p ?iri }}
  FILTER (isIRI(?iri) && STRSTARTS(STR(?iri), "{GPG}") && !CONTAINS(STR(?iri), "#"))
}} ORDER BY ?iri"""
# rdflib deprecates a class that its own JSON-LD parser uses.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")


WITHDRAWN = "SELECT ?s { ?s <http://www.w3.org/2002/07/owl#deprecated> true }"


def names(dataset: Dataset) -> list[str]:
    # The endpoint and the files answer for themselves.
    found = [iri.removeprefix(GPG) for (iri,) in rows(dataset, IRIS)]
    withdrawn = {iri.removeprefix(GPG) for (iri,) in rows(dataset, WITHDRAWN)}
    return [name for name in found if name not in {"sparql", *withdrawn} and not name.startswith("data/")]


def read(response: TestResponse, suffix: str) -> set[Triple]:
    """The statements of a document; of a page, those for machines in it."""
    if suffix in PARSERS:
        return {quad.triple for quad in parse(response.data, format=PARSERS[suffix])}
    text = response.get_data(as_text=True)
    if suffix == "html":
        match = SCRIPT.search(text)
        assert match, text[:500]
        text = match[1]
    return {quad.triple for quad in parse(to_nquads(json.loads(text)), format=RdfFormat.N_QUADS)}


def to_nquads(document: object) -> str:
    """What PyLD reads. It writes doubles in their canonical form; here they are put back."""
    nquads: str = jsonld.to_rdf(document, {"format": "application/n-quads"})
    return DOUBLE.sub(lambda match: f'"{float(match[1]):g}"^^<{XSD_DOUBLE}>', nquads)


# Every other entity; the full run takes all.
@pytest.mark.parametrize("part", [pytest.param(part, marks=[pytest.mark.full] * (part % 2)) for part in range(8)])
def test_every_iri_leads_to_five_documents_that_say_the_same(part: int, client: FlaskClient, dataset: Dataset) -> None:
    every = names(dataset)
    assert len(every) > 1000
    cases = 0
    for name in every[part::8]:
        said = []
        for media_type, suffix in SUFFIXES.items():
            response = client.get(f"/{name}", headers={"Accept": media_type})
            if response.status_code == 303:
                assert response.headers["Location"] == f"{name}.{suffix}"
                response = client.get(f"/{name}.{suffix}")
            else:
                assert name in ("ontology", "ontology-1.0.0"), name
            assert response.status_code == 200, name
            assert response.headers["Content-Type"].split(";")[0] == media_type
            said.append(read(response, suffix))
            cases += 1
        assert said[0], name
        assert all(each == said[0] for each in said), name
    assert cases == len(every[part::8]) * len(SUFFIXES)


def test_a_document_says_what_is_known_of_the_entity_with_evidence_labels_and_origin(dataset: Dataset) -> None:
    documents = Descriptions(dataset.store, dataset.prefixes)
    goal = NamedNode(GPG + "goal-3")
    said = documents.triples(goal)
    subjects = {triple.subject.value for triple in said if isinstance(triple.subject, NamedNode)}
    own = {quad.triple for quad in dataset.store.quads_for_pattern(goal, None, None)}
    incoming = {quad.triple for quad in dataset.store.quads_for_pattern(None, None, goal)}

    assert len(said) == len(set(said))
    assert own | incoming <= set(said)
    assert GPG + "link-goal-3-sdg-5" in subjects
    assert {GPG + "graph-core", GPG + "objective-3.1", "http://metadata.un.org/sdg/16.a"} <= subjects
    link = NamedNode(GPG + "link-goal-3-sdg-5")
    assert {quad.triple for quad in dataset.store.quads_for_pattern(link, None, None)} <= set(said)


def test_json_ld_is_a_tree_that_people_can_read(client: FlaskClient) -> None:
    goal = json.loads(client.get("/goal-3.jsonld").data)

    assert goal["id"] == "gpg:goal-3"
    assert "Goal" in goal["type"]
    assert goal["label"]["en"] == "Protecting vulnerable groups"
    assert goal["code"] == "G3"
    assert [each["id"] for each in goal["objective"]] == [f"gpg:objective-3.{number}" for number in range(1, 7)]
    assert goal["objective"][0]["label"]["fr"].startswith("Poursuite")
    assert any(each["id"] == "gpg:link-goal-3-sdg-5" and each["reason"]["en"] for each in goal["statements"])


def test_rdflib_reads_the_json_ld_as_the_turtle(client: FlaskClient) -> None:
    tree, turtle = Graph(), Graph()
    tree.parse(data=client.get("/goal-3.jsonld").data, format="json-ld")
    turtle.parse(data=client.get("/goal-3.ttl").data, format="turtle")

    assert len(tree) > 200
    assert set(tree) == set(turtle)


@pytest.mark.parametrize("form", ["expanded", "compacted", "flattened", "framed"])
@pytest.mark.parametrize("address", ["/goal-3", "/sparql?query=DESCRIBE%20%3C" + GPG.replace(":", "%3A") + "goal-3%3E"])
def test_json_ld_comes_in_the_requested_profile(form: str, address: str, client: FlaskClient) -> None:
    accept = f'application/ld+json;profile="http://www.w3.org/ns/json-ld#{form}"'
    response = client.get(address, headers={"Accept": accept}, follow_redirects=True)
    document = json.loads(response.data)
    shape = {"expanded": list, "framed": dict}.get(form, dict)

    assert response.status_code == 200
    assert response.headers["Content-Type"] == accept
    assert isinstance(document, shape)
    assert ("@context" in document) == (form != "expanded")
    nquads = to_nquads(document)
    plain = client.get(address, headers={"Accept": "application/n-triples"}, follow_redirects=True)
    assert sorted(nquads.splitlines()) == sorted(plain.get_data(as_text=True).splitlines())


def test_the_whole_graph_survives_compaction(client: FlaskClient, dataset: Dataset) -> None:
    graph = Graph().parse(data=client.get("/graph?default&format=jsonld").data, format="json-ld")

    assert len(graph) == dataset.manifest.triples


@pytest.mark.parametrize("name", ["context.jsonld", "context-1.0.0.jsonld"])
def test_the_context_has_a_stable_and_a_versioned_address(name: str, client: FlaskClient, dataset: Dataset) -> None:
    response = client.get(f"/{name}")
    context = json.loads(response.data)["@context"]

    assert response.headers["Content-Type"] == "application/ld+json"
    assert {key: context[key] for key in dataset.prefixes.table} == dataset.prefixes.table


def test_every_term_of_the_context_is_used(dataset: Dataset) -> None:
    used = {quad.predicate.value for quad in dataset.store} | {
        quad.object.value for quad in dataset.store if isinstance(quad.object, NamedNode)
    }
    for name, definition in dataset.prefixes.definitions.items():
        fields = definition if isinstance(definition, dict) else {"@id": definition}
        assert dataset.prefixes.expand(fields.get("@id") or fields["@reverse"]).value in used, name


@pytest.mark.parametrize("name", ["goal-3", "link-objective-6.3-sdg-16.4", "graph-core"])
def test_a_document_tells_its_relatives_and_its_tag(name: str, client: FlaskClient) -> None:
    response = client.get(f"/{name}.ttl")
    links = response.headers["Link"]
    again = client.get(f"/{name}.ttl", headers={"If-None-Match": response.headers["ETag"]})
    head = client.head(f"/{name}.ttl")

    assert all(f'<{name}.{suffix}>; rel="alternate"; type="{media}"' in links for media, suffix in SUFFIXES.items())
    assert f'<{name}.html>; rel="canonical"' in links
    assert 'rel="canonical"' not in client.get(f"/{name}.html").headers["Link"]
    assert 'rel="license"' in links
    assert f'<{GPG}{name}>; rel="about"' in links
    assert (again.status_code, again.data) == (304, b"")
    assert (head.status_code, head.data) == (200, b"")
    assert head.headers["ETag"] == response.headers["ETag"]
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "Accept" in client.get(f"/{name}").headers["Vary"]


@pytest.mark.parametrize(
    ("accept", "suffix"),
    [
        ("", "ttl"),
        ("*/*", "ttl"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
        ("text/turtle;q=0.5, application/rdf+xml", "rdf"),
        ("text/*;q=0.3, application/n-triples;q=0.2", "ttl"),
    ],
)
def test_the_document_suits_the_client(accept: str, suffix: str, client: FlaskClient) -> None:
    response = client.get("/goal-3", headers={"Accept": accept} if accept else {})

    assert (response.status_code, response.headers["Location"]) == (303, f"goal-3.{suffix}")


def test_the_suffix_wins_over_accept(client: FlaskClient) -> None:
    response = client.get("/goal-3.nt", headers={"Accept": "text/turtle"})

    assert response.headers["Content-Type"] == "application/n-triples"


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/gaol-3", "Did you mean /goal-3"),
        ("/goal-3.pdf", "Its suffixes are html, ttl"),
        ("/goal-3%2F4", "no"),
        ("/../goal-3", ""),
        ("/%C3%A9l%C3%A9ment", "There is no"),
        ("/" + "x" * 5000, "There is no"),
        ("/goal-3%20", "There is no"),
        ("/%3Cscript%3E", "There is no"),
        ("/goal-3%00", "There is no"),
        ("/#", ""),
    ],
)
def test_what_is_not_there_is_refused_with_a_message(path: str, says: str, client: FlaskClient) -> None:
    if path in ("/../goal-3", "/#"):
        assert client.get(path).status_code in (200, 303, 404)
        return
    answers = [client.get(path, headers={"Accept": accept}) for accept in ("", "text/html", "text/plain")]

    assert {response.status_code for response in answers} == {404}
    if says.startswith(("Did", "There", "Its")):
        assert says in answers[0].get_json()["detail"]
    assert len(answers[0].data) < 1000
    assert b"<script>" not in answers[1].data


def test_a_media_type_that_is_none_is_refused_with_what_there_is(client: FlaskClient) -> None:
    response = client.get("/goal-3", headers={"Accept": "text/anot+turtle"})

    assert response.status_code == 406
    assert "text/turtle" in response.get_json()["detail"]


@pytest.mark.parametrize("profile", Profile)
def test_a_profile_limits_the_document(profile: Profile, client: FlaskClient) -> None:
    by_name = client.get(f"/goal-3.nt?_profile={profile.value}")
    by_header = client.get("/goal-3.nt", headers={"Accept-Profile": f"<{GPG}profile-{profile.value}>"})
    predicates = {quad.predicate.value for quad in parse(by_name.data, format=RdfFormat.N_TRIPLES)}

    assert by_name.data == by_header.data
    assert f'<{GPG}profile-{profile.value}>; rel="profile"' in by_name.headers["Link"]
    assert by_header.headers["Content-Type"] == "application/n-triples"
    assert "Accept-Profile" in by_header.headers["Vary"]
    if profile is Profile.LABELS:
        labels = {f"http://www.w3.org/2004/02/skos/core#{name}" for name in ("prefLabel", "altLabel")}
        assert predicates == {"http://www.w3.org/2000/01/rdf-schema#label", *labels}
    if profile is Profile.SKOS:
        assert predicates > {"http://www.w3.org/2004/02/skos/core#prefLabel"}
        assert all("skos/core#" in each or each.endswith("#type") for each in predicates)
    assert client.get(f"/goal-3?_profile={profile.value}").headers["Location"].endswith(f"?_profile={profile.value}")


def test_an_unknown_profile_is_refused_by_name_and_disregarded_in_a_header(client: FlaskClient) -> None:
    refused = client.get("/goal-3.nt?_profile=rich")

    assert refused.status_code == 400
    assert "full, labels, skos" in refused.get_json()["detail"]
    assert client.get("/goal-3.nt", headers={"Accept-Profile": "<http://e.org/>"}).data == client.get("/goal-3.nt").data


@pytest.mark.parametrize("name", ["ontology", "ontology-1.0.0", "shapes"])
def test_hash_terms_are_in_a_document_served_without_redirect(name: str, client: FlaskClient) -> None:
    response = client.get(f"/{name}", headers={"Accept": "text/turtle"})
    subjects = {quad.subject for quad in parse(response.data, format=RdfFormat.TURTLE)}
    term = NamedNode(GPG + ("shapes#goal-supports" if name == "shapes" else "ontology#Goal"))

    assert response.status_code == 200
    assert term in subjects
    assert client.get(f"/{name}.nt").status_code == 200


def test_a_retired_entity_is_gone_and_names_its_successor(dataset: Dataset) -> None:
    store = Store()
    old, new = NamedNode(GPG + "area-hacking"), NamedNode(GPG + "area-cybercrime")
    deprecated, replaced = (
        NamedNode("http://www.w3.org/2002/07/owl#deprecated"),
        NamedNode("http://purl.org/dc/terms/isReplacedBy"),
    )
    store.add(Quad(old, deprecated, Literal(True)))
    documents = Descriptions(store, dataset.prefixes)

    assert documents.successor(old) == old
    store.add(Quad(old, replaced, new))
    assert documents.successor(old) == new
    assert documents.successor(new) is None


def test_a_retired_name_is_answered_with_its_successor(dataset: Dataset) -> None:
    store = Store()
    store.extend(dataset.store)
    store.update(f"""
        PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX gpg: <{GPG}> PREFIX owl: <http://www.w3.org/2002/07/owl#>
        INSERT DATA {{ gpg:area-hacking owl:deprecated true ; dcterms:isReplacedBy gpg:area-cybercrime .
          gpg:area-old owl:deprecated true }}""")
    app = Flask("policing_goals")
    install_context(app, replace(dataset, store=store), NoEndpoint())
    install_error_handlers(app)
    app.register_blueprint(linked_data.blueprint)
    client = app.test_client()

    for path in ("/area-hacking", "/area-hacking.ttl"):
        response = client.get(path)
        assert response.status_code == 410
        assert f"{GPG}area-cybercrime replaces it" in response.get_json()["detail"]
        assert response.headers["Link"] == f'<{GPG}area-cybercrime>; rel="successor-version"'
    assert "nothing replaces it" in client.get("/area-old").get_json()["detail"]


def test_the_profiles_are_entities_themselves(client: FlaskClient) -> None:
    for profile in Profile:
        assert client.get(f"/profile-{profile.value}.ttl").status_code == 200


@pytest.mark.parametrize("path", ["/context.jsonld", "/data/SHA256SUMS"])
def test_a_file_in_one_format_does_not_vary_on_accept(path: str, client: FlaskClient) -> None:
    vary = client.get(path).headers.get("Vary", "")

    assert "Accept" not in vary.split(", ")
