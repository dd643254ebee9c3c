"""SPARQL 1.1 Service Description.

It states only what is true of the running service: formats from the table of formats, graphs and counts from the
snapshot, federation from the operator's list.
"""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.engine.dataset import Dataset
from policing_goals.rdf.formats import FORMATS, Kind
from policing_goals.rdf.serialization import write_graph
from policing_goals.vocabulary import RDF_TYPE
from policing_goals.web.http.caching import cacheable
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.http.negotiation import best_type, choose

TYPE = NamedNode(RDF_TYPE)
SD = "http://www.w3.org/ns/sparql-service-description#"
VOID_TRIPLES = NamedNode("http://rdfs.org/ns/void#triples")
SIMPLE = NamedNode("http://www.w3.org/ns/entailment/Simple")
VERSION = NamedNode("http://www.w3.org/ns/sparql#version-1.1")
# Where Oxigraph has another IRI than the W3C's list of formats.
FORMAT_IRIS = {"jsonld": "http://www.w3.org/ns/formats/JSON-LD"}
HTML = "text/html"


def prefers_html(accept: str) -> bool:
    """Whether the client is a browser, by its Accept header."""
    return bool(accept) and best_type(accept, [form.media_type for form in FORMATS] + [HTML]) == HTML


def describe(dataset: Dataset, request: Request, endpoint: str) -> Reply:
    """The description of the service in RDF. endpoint: its IRI as the client sees it. Raises NotAcceptable."""
    form = choose(request.header("accept"), Kind.GRAPH)
    return cacheable(write_graph(statements(dataset, endpoint), form, dataset.prefixes), form.media_type)


def statements(dataset: Dataset, endpoint: str) -> Iterator[Triple]:
    """The service: language, formats, features, entailment, and the default dataset with its graphs."""
    service, default = NamedNode(f"{endpoint}#service"), NamedNode(f"{endpoint}#default-graph")
    contents = NamedNode(f"{endpoint}#dataset")
    yield Triple(service, TYPE, _sd("Service"))
    yield Triple(service, _sd("endpoint"), NamedNode(endpoint))
    # As in SPARQL 1.1, and as in the draft of SPARQL 1.2, which separates the language from its version.
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQLQuery"))
    yield Triple(service, _sd("supportedVersion"), VERSION)
    yield Triple(service, _sd("defaultEntailmentRegime"), SIMPLE)
    if dataset.services:
        yield Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    for form in FORMATS:
        yield Triple(service, _sd("resultFormat"), NamedNode(FORMAT_IRIS.get(form.name, form.oxigraph.iri)))
    yield Triple(service, _sd("defaultDataset"), contents)
    yield Triple(contents, TYPE, _sd("Dataset"))
    yield Triple(contents, _sd("defaultGraph"), default)
    yield from _graph(default, dataset.manifest.triples)
    for iri, count in dataset.manifest.queryable_graphs().items():
        name = NamedNode(f"{endpoint}#{iri.rpartition('/')[2]}")
        yield Triple(contents, _sd("namedGraph"), name)
        yield Triple(name, TYPE, _sd("NamedGraph"))
        yield Triple(name, _sd("name"), NamedNode(iri))
        graph = NamedNode(f"{name.value}-contents")
        yield Triple(name, _sd("graph"), graph)
        yield from _graph(graph, count)


def _graph(node: NamedNode, count: int) -> Iterator[Triple]:
    yield Triple(node, TYPE, _sd("Graph"))
    yield Triple(node, VOID_TRIPLES, Literal(count))


def _sd(name: str) -> NamedNode:
    return NamedNode(SD + name)
