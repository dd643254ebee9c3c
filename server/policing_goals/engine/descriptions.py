"""What a document about one thing says: changes when it says more or less.

The concise bounded description of the thing (there are no blank nodes), what is stated about it, in full,
with its evidence, what else points to it, what the labels of all these are, and which graphs it is from.
"""

from collections.abc import Iterable, Iterator
from enum import Enum

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import LABELS

ALL_LABELS = (*LABELS, "skos:altLabel", "skos:hiddenLabel")
# What is said of a graph that the thing's statements come from.
ORIGIN = ("rdf:type", "dcterms:license", "dcterms:created", "prov:wasGeneratedBy", "prov:wasAttributedTo")
STATED = ("owl:annotatedSource", "owl:annotatedTarget")


class Profile(Enum):
    """How much of a document a client wants (W3C, Content Negotiation by Profile)."""

    FULL = "full"
    LABELS = "labels"
    SKOS = "skos"


class Descriptions:
    """The documents about the things of a store."""

    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self._store = store
        self._prefixes = prefixes
        self._labels = frozenset(map(prefixes.expand, LABELS))
        self._all_labels = frozenset(map(prefixes.expand, ALL_LABELS))
        self._origin = tuple(map(prefixes.expand, (*ORIGIN, *LABELS)))
        self._stated = tuple(map(prefixes.expand, STATED))
        self._type = prefixes.expand("rdf:type")

    def has(self, thing: NamedNode) -> bool:
        """Whether anything is said of a thing."""
        return any(True for _ in self._store.quads_for_pattern(thing, None, None, DefaultGraph()))

    def triples(self, thing: NamedNode, profile: Profile = Profile.FULL) -> list[Triple]:
        """The document's triples, each once."""
        own = list(self._of(thing))
        if profile is Profile.LABELS:
            return [triple for triple in own if triple.predicate in self._all_labels]
        if profile is Profile.SKOS:
            return [triple for triple in own if self._is_skos(triple)]
        about = list(self._about(thing))
        body = dict.fromkeys((*own, *about, *self._from_graphs(thing)))
        return list(dict.fromkeys((*body, *self._labels_in(body))))

    def graphs(self, thing: NamedNode) -> list[NamedNode]:
        """The named graphs that say something of a thing."""
        quads = self._store.quads_for_pattern(thing, None, None)
        found = {quad.graph_name for quad in quads if isinstance(quad.graph_name, NamedNode)}
        return sorted(found, key=str)

    def successor(self, thing: NamedNode) -> NamedNode | None:
        """What replaces a thing that is deprecated; the thing itself if nothing does; None if it is not deprecated."""
        told = self._store.quads_for_pattern(
            thing, self._prefixes.expand("owl:deprecated"), Literal(True), DefaultGraph()
        )
        if next(told, None) is None:
            return None
        replaced = self._prefixes.expand("dcterms:isReplacedBy")
        found = (triple.object for triple in self._of(thing) if triple.predicate == replaced)
        return next((node for node in found if isinstance(node, NamedNode)), thing)

    def _of(self, thing: NamedNode) -> Iterator[Triple]:
        return (quad.triple for quad in self._store.quads_for_pattern(thing, None, None, DefaultGraph()))

    def _about(self, thing: NamedNode) -> Iterator[Triple]:
        for quad in self._store.quads_for_pattern(None, None, thing, DefaultGraph()):
            yield quad.triple
            if quad.predicate in self._stated and isinstance(quad.subject, NamedNode):
                yield from self._of(quad.subject)

    def _from_graphs(self, thing: NamedNode) -> Iterator[Triple]:
        for graph in self.graphs(thing):
            for triple in self._of(graph):
                if triple.predicate in self._origin:
                    yield triple

    def _labels_in(self, triples: Iterable[Triple]) -> Iterator[Triple]:
        nodes = {term for triple in triples for term in (triple.subject, triple.object) if isinstance(term, NamedNode)}
        for node in nodes:
            for triple in self._of(node):
                if triple.predicate in self._labels:
                    yield triple

    def _is_skos(self, triple: Triple) -> bool:
        skos = self._prefixes.table["skos"]
        if triple.predicate == self._type:
            return isinstance(triple.object, NamedNode) and triple.object.value.startswith(skos)
        return triple.predicate.value.startswith(skos)
