"""The files of the graph as DCAT 3 distributions: changes when more is said of a file.

Sizes and checksums are known only when the files are made, and the counts of the dataset must hold of the
graph that tells them. So each file is first announced, with a stand-in for what is not known, and then described.
"""

from collections.abc import Iterable, Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from policing_goals.graph.description import DATASET
from policing_goals.graph.dumps import DISTRIBUTIONS, STEM, Dump, Planned
from policing_goals.graph.sources import in_graph
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG, LICENCE, XSD

MEDIA_TYPES = "https://www.iana.org/assignments/media-types/"
# Whole dumps that a crawler of VoID may fetch.
WHOLE = (f"{STEM}.ttl", f"{STEM}.nq")


def announce(store: Store, planned: Iterable[Planned], prefixes: Prefixes) -> None:
    """Add the distributions of files that are not made yet to their graph and the default graph."""
    for number, file in enumerate(planned, start=1):
        _add(store, file, Literal(str(number), datatype=_size_type()), f"{number:064x}", number, prefixes)


def describe_files(store: Store, dumps: Iterable[Dump], prefixes: Prefixes) -> None:
    """Replace what was announced by what the files are."""
    for quad in list(store.quads_for_pattern(None, None, None, DISTRIBUTIONS)):
        store.remove(quad)
        store.remove(in_graph(quad.triple, DefaultGraph()))
    for dump in dumps:
        size = Literal(str(len(dump.content)), datatype=_size_type())
        _add(store, dump.planned(), size, dump.sha256(), dump.triples or 0, prefixes)


def _add(store: Store, file: Planned, size: Literal, sha256: str, triples: int, prefixes: Prefixes) -> None:
    for triple in _triples(file, size, sha256, triples, prefixes):
        for graph in (DISTRIBUTIONS, DefaultGraph()):
            store.add(in_graph(triple, graph))


def _triples(file: Planned, size: Literal, sha256: str, triples: int, prefixes: Prefixes) -> Iterator[Triple]:
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
        # Of another datatype than the counts of the dataset, so that those do not depend on these.
        yield Triple(node, prefixes.expand("void:triples"), Literal(str(triples), datatype=_size_type()))
    yield Triple(checksum, prefixes.expand("rdf:type"), prefixes.expand("spdx:Checksum"))
    yield Triple(checksum, prefixes.expand("spdx:algorithm"), prefixes.expand("spdx:checksumAlgorithm_sha256"))
    value = Literal(sha256, datatype=NamedNode(XSD + "hexBinary"))
    yield Triple(checksum, prefixes.expand("spdx:checksumValue"), value)


def _size_type() -> NamedNode:
    return NamedNode(XSD + "nonNegativeInteger")
