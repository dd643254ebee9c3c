"""What the dataset says of itself: changes when the description gets a new fact. Every count is computed.

VoID (W3C Interest Group Note, 2011) with DCAT's version. The description counts its own statements too.
"""

from collections.abc import Callable, Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from server.graph.sources import GPG, in_graph
from server.prefixes import Prefixes

DATASET = NamedNode(GPG + "dataset")
GRAPH = NamedNode(GPG + "graph-dataset")
COUNTS = {
    "void:triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "void:distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "void:distinctObjects": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s ?p ?o }",
    "void:properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "void:classes": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s a ?o }",
}


def describe(store: Store, prefixes: Prefixes) -> None:
    """Add version and counts to gpg:graph-dataset and the default graph.

    Counts change as counts are added, so they are computed until they hold of the
    store that contains them.
    """
    written: set[Triple] = set()
    while True:
        current = set(_statements(store, prefixes))
        if current == written:
            return
        for triple in written - current:
            _each_graph(store.remove, triple)
        for triple in current - written:
            _each_graph(store.add, triple)
        written = current


def _each_graph(act: Callable[[Quad], None], triple: Triple) -> None:
    for graph in (DefaultGraph(), GRAPH):
        act(in_graph(triple, graph))


def version(store: Store, prefixes: Prefixes) -> str:
    """The one version: owl:versionInfo of the ontology."""
    quads = store.quads_for_pattern(NamedNode(GPG + "ontology"), prefixes.expand("owl:versionInfo"), None)
    return next(quad.object.value for quad in quads if isinstance(quad.object, Literal))


def graph_counts(store: Store) -> dict[str, int]:
    """Number of triples by the IRI of each named graph."""
    names = [graph for graph in store.named_graphs() if isinstance(graph, NamedNode)]
    return {
        name.value: sum(1 for _ in store.quads_for_pattern(None, None, None, name)) for name in sorted(names, key=str)
    }


def _statements(store: Store, prefixes: Prefixes) -> Iterator[Triple]:
    yield Triple(DATASET, prefixes.expand("dcat:version"), Literal(version(store, prefixes)))
    for name, query in COUNTS.items():
        yield Triple(DATASET, prefixes.expand(name), Literal(_number(store, query)))
    for name, count in graph_counts(store).items():
        yield Triple(DATASET, prefixes.expand("dcterms:hasPart"), NamedNode(name))
        yield Triple(NamedNode(name), prefixes.expand("void:triples"), Literal(count))


def _number(store: Store, query: str) -> int:
    solutions = store.query(query)
    if not isinstance(solutions, QuerySolutions):
        raise TypeError(query)
    return int(next(solutions)["n"].value)
