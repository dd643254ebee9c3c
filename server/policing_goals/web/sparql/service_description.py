"""The service description (W3C, SPARQL 1.1 Service Description): changes when the service learns something new.

Says what is true of the running service and nothing else: formats from the table of
formats, graphs and counts from the snapshot, federation from the operator's list.
"""

from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import QueryError
from policing_goals.rdf.formats import FORMATS, Kind
from policing_goals.rdf.serialization import write_graph
from policing_goals.vocabulary import RDF_TYPE
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.http.negotiation import best_type, choose
from policing_goals.web.http.problems import problem

TYPE = NamedNode(RDF_TYPE)
SD = "http://www.w3.org/ns/sparql-service-description#"
VOID_TRIPLES = NamedNode("http://rdfs.org/ns/void#triples")
SIMPLE = NamedNode("http://www.w3.org/ns/entailment/Simple")
HTML = "text/html"


def wants_page(accept: str) -> bool:
    """Whether who asks for the endpoint itself is a browser."""
    return bool(accept) and best_type(accept, [form.media_type for form in FORMATS] + [HTML]) == HTML


def describe(dataset: Dataset, request: Request, endpoint: str) -> Reply:
    """The reply to a request for the endpoint itself: its description in RDF.

    endpoint: the IRI of the endpoint as the client sees it.
    """
    accept = request.header("accept")
    try:
        form = choose(accept, Kind.GRAPH)
    except QueryError as error:
        return problem(error, accept)
    charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
    body = write_graph(statements(dataset, endpoint), form, dataset.prefixes)
    return Reply(200, form.media_type + charset, body, (("Vary", "Accept"),))


def statements(dataset: Dataset, endpoint: str) -> Iterator[Triple]:
    """What the service is: language, formats, features, entailment, and the default dataset with its graphs."""
    service, default = NamedNode(f"{endpoint}#service"), NamedNode(f"{endpoint}#default-graph")
    contents = NamedNode(f"{endpoint}#dataset")
    yield Triple(service, TYPE, _sd("Service"))
    yield Triple(service, _sd("endpoint"), NamedNode(endpoint))
    yield Triple(service, _sd("supportedLanguage"), _sd("SPARQL11Query"))
    yield Triple(service, _sd("defaultEntailmentRegime"), SIMPLE)
    yield Triple(service, _sd("feature"), _sd("UnionDefaultGraph"))
    if dataset.services:
        yield Triple(service, _sd("feature"), _sd("BasicFederatedQuery"))
    for form in FORMATS:
        yield Triple(service, _sd("resultFormat"), NamedNode(form.oxigraph.iri))
    yield Triple(service, _sd("defaultDataset"), contents)
    yield Triple(contents, TYPE, _sd("Dataset"))
    yield Triple(contents, _sd("defaultGraph"), default)
    yield from _graph(default, dataset.manifest.triples)
    for iri, count in dataset.manifest.graphs.items():
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
