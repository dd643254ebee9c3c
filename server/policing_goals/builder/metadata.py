"""The VoID (W3C Interest Group Note, 2011) and DCAT 3 description of the dataset and of its files.

Every count is computed, and includes the statements of the description itself. Sizes and checksums are known only once
the files are made, and the counts must hold for the graph that states them; so each file is first added with
placeholders, then filled in.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, QuerySolutions, Store, Triple

from policing_goals.builder.dumps import DISTRIBUTIONS, STEM, DumpFile, PlannedFile
from policing_goals.builder.sources import in_graph
from policing_goals.errors import SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.rdf.total_order import have_total_order, kind_of_value
from policing_goals.vocabulary import GPG, LICENCE, XSD

DATASET = NamedNode(GPG + "dataset")
GRAPH = NamedNode(GPG + "graph-dataset")
MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
# The dumps of the whole graph, for crawlers that follow void:dataDump.
WHOLE = (f"{STEM}.ttl", f"{STEM}.nq")
# The properties that lead to other vocabularies, which are recognised by their void:uriSpace.
LINKS = (
    "gpgo:supports",
    *(f"skos:{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related")),
    "schema:sameAs",
    "rdfs:seeAlso",
)
PARTITIONS = (
    (
        "class",
        "void:classPartition",
        "void:entities",
        "SELECT ?of (COUNT(DISTINCT ?s) AS ?n) { ?s a ?of } GROUP BY ?of",
    ),
    ("property", "void:propertyPartition", "void:triples", "SELECT ?of (COUNT(*) AS ?n) { ?s ?of ?o } GROUP BY ?of"),
)
COUNTS = {
    "void:triples": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "void:distinctSubjects": "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }",
    "void:properties": "SELECT (COUNT(DISTINCT ?p) AS ?n) { ?s ?p ?o }",
    "void:classes": "SELECT (COUNT(DISTINCT ?o) AS ?n) { ?s a ?o }",
}


def describe(store: Store, prefixes: Prefixes) -> None:
    """Add version and counts to gpg:graph-dataset and the default graph.

    Counts change as counts are added, so they are computed until they hold for the store that contains them. Raises
    SourceError for a count in a source file that is not the computed one.
    """
    written: set[Triple] = set()
    while True:
        current = set(_statements(store, prefixes))
        if current == written:
            _check_counts(store, written, prefixes)
            return
        for triple in written - current:
            _each_graph(store.remove, triple)
        for triple in current - written:
            _each_graph(store.add, triple)
        written = current


def _check_counts(store: Store, counted: set[Triple], prefixes: Prefixes) -> None:
    for triple in counted:
        if not isinstance(triple.object, Literal):
            continue
        for quad in store.quads_for_pattern(triple.subject, triple.predicate, None, DefaultGraph()):
            if quad.object != triple.object:
                node, name = (prefixes.shorten(str(each.value)) for each in (quad.subject, quad.predicate))  # type: ignore[union-attr]
                problem = f"it has {name} {quad.object} for {node}, but the data give {triple.object}."
                raise SourceError("data/catalogue.ttl", problem, "Remove it; the build counts.")


def _each_graph(act: Callable[[Quad], None], triple: Triple) -> None:
    for graph in (DefaultGraph(), GRAPH):
        act(in_graph(triple, graph))


def version(store: Store, prefixes: Prefixes) -> str:
    """The version of the dataset: owl:versionInfo of the ontology."""
    quads = store.quads_for_pattern(NamedNode(GPG + "ontology"), prefixes.expand("owl:versionInfo"), None)
    return next(quad.object.value for quad in quads if isinstance(quad.object, Literal))


def value_kinds(store: Store) -> dict[str, list[str]]:
    """The kinds of the values of each property, by IRI, in the default graph (see rdf.total_order)."""
    kinds = defaultdict(set)
    for quad in store.quads_for_pattern(None, None, None, DefaultGraph()):
        kinds[quad.predicate.value].add(kind_of_value(quad.object))
    return {iri: sorted(found) for iri, found in kinds.items()}


def ordered_properties(kinds: Collection[Mapping[str, Collection[str]]]) -> list[str]:
    """The IRIs of the properties whose values, in all of several graphs together, have a total order, sorted.

    kinds: of the values in each graph (see value_kinds), empty where they are not known.
    """
    if {} in kinds:
        return []
    together: defaultdict[str, set[str]] = defaultdict(set)
    for graph in kinds:
        for iri, found in graph.items():
            together[iri].update(found)
    return sorted(iri for iri, found in together.items() if have_total_order(found))


def graph_counts(store: Store) -> dict[str, int]:
    """The number of triples in each named graph, by its IRI."""
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
    for kind, partition, count_property, query in PARTITIONS:
        for of, number in _numbers(store, query):
            node = NamedNode(f"{GPG}partition-{kind}-{prefixes.shorten(of.value).replace(':', '-', 1)}")
            yield Triple(DATASET, prefixes.expand(partition), node)
            yield Triple(node, prefixes.expand("rdf:type"), prefixes.expand("void:Dataset"))
            yield Triple(node, prefixes.expand(f"void:{kind}"), of)
            yield Triple(node, prefixes.expand(count_property), Literal(number))
    yield from _linksets(store, prefixes)


def _linksets(store: Store, prefixes: Prefixes) -> Iterator[Triple]:
    space = prefixes.expand("void:uriSpace")
    for quad in store.quads_for_pattern(None, space, None, GRAPH):
        vocabulary = quad.subject
        if not isinstance(vocabulary, NamedNode) or vocabulary == DATASET or not isinstance(quad.object, Literal):
            continue
        node = NamedNode(f"{GPG}linkset-{vocabulary.value.removeprefix(GPG + 'vocabulary-')}")
        found = [(link, _links(store, link, quad.object.value)) for link in map(prefixes.expand, LINKS)]
        yield Triple(DATASET, prefixes.expand("void:subset"), node)
        yield Triple(node, prefixes.expand("rdf:type"), prefixes.expand("void:Linkset"))
        yield Triple(node, prefixes.expand("void:subjectsTarget"), DATASET)
        yield Triple(node, prefixes.expand("void:objectsTarget"), vocabulary)
        yield Triple(node, prefixes.expand("void:triples"), Literal(sum(number for _, number in found)))
        for link, number in found:
            if number:
                yield Triple(node, prefixes.expand("void:linkPredicate"), link)


def _links(store: Store, link: NamedNode, space: str) -> int:
    quads = store.quads_for_pattern(None, link, None, DefaultGraph())
    return sum(isinstance(quad.object, NamedNode) and quad.object.value.startswith(space) for quad in quads)


def _numbers(store: Store, query: str) -> Iterator[tuple[NamedNode, int]]:
    solutions = store.query(query)
    if not isinstance(solutions, QuerySolutions):
        raise TypeError(query)
    for row in solutions:
        if isinstance(row["of"], NamedNode):
            yield row["of"], int(row["n"].value)


def _number(store: Store, query: str) -> int:
    solutions = store.query(query)
    if not isinstance(solutions, QuerySolutions):
        raise TypeError(query)
    return int(next(solutions)["n"].value)


def add_file_placeholders(store: Store, planned: Iterable[PlannedFile], prefixes: Prefixes) -> None:
    """Add the distributions of files that are not made yet, with a placeholder size and checksum."""
    for number, file in enumerate(planned, start=1):
        _add_distribution(store, file, Literal(str(number), datatype=_size_type()), f"{number:064x}", number, prefixes)


def fill_in_files(store: Store, dumps: Iterable[DumpFile], prefixes: Prefixes) -> None:
    """Replace the placeholders by the sizes and checksums of the files."""
    for quad in list(store.quads_for_pattern(None, None, None, DISTRIBUTIONS)):
        store.remove(quad)
        store.remove(in_graph(quad.triple, DefaultGraph()))
    for dump in dumps:
        size = Literal(str(len(dump.content)), datatype=_size_type())
        _add_distribution(store, dump.plan(), size, dump.sha256(), dump.triples or 0, prefixes)


def _add_distribution(
    store: Store, file: PlannedFile, size: Literal, sha256: str, triples: int, prefixes: Prefixes
) -> None:
    for triple in _distribution_triples(file, size, sha256, triples, prefixes):
        for graph in (DISTRIBUTIONS, DefaultGraph()):
            store.add(in_graph(triple, graph))


def _distribution_triples(
    file: PlannedFile, size: Literal, sha256: str, triples: int, prefixes: Prefixes
) -> Iterator[Triple]:
    node, checksum = NamedNode(f"{GPG}distribution-{file.name}"), NamedNode(f"{GPG}checksum-{file.name}")
    address = NamedNode(f"{GPG}data/{file.name}")
    yield Triple(DATASET, prefixes.expand("dcat:distribution"), node)
    if file.name in WHOLE:
        yield Triple(DATASET, prefixes.expand("void:dataDump"), address)
    for name, value in (
        ("rdf:type", prefixes.expand("dcat:Distribution")),
        ("dcterms:identifier", Literal(file.name)),
        ("dcterms:license", NamedNode(LICENCE)),
        ("dcat:accessURL", NamedNode(f"{GPG}data/")),
        ("dcat:downloadURL", address),
        ("dcat:mediaType", NamedNode(MEDIA_TYPES + file.media_type)),
        ("dcat:byteSize", size),
        ("spdx:checksum", checksum),
    ):
        yield Triple(node, prefixes.expand(name), value)
    if file.is_rdf:
        # Another datatype than that of the dataset's counts, so that those do not depend on these.
        yield Triple(node, prefixes.expand("void:triples"), Literal(str(triples), datatype=_size_type()))
    yield Triple(checksum, prefixes.expand("rdf:type"), prefixes.expand("spdx:Checksum"))
    yield Triple(checksum, prefixes.expand("spdx:algorithm"), prefixes.expand("spdx:checksumAlgorithm_sha256"))
    value = Literal(sha256, datatype=NamedNode(XSD + "hexBinary"))
    yield Triple(checksum, prefixes.expand("spdx:checksumValue"), value)


def _size_type() -> NamedNode:
    return NamedNode(XSD + "nonNegativeInteger")
