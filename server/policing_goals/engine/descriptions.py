"""Concise bounded description of an entity, with labels and provenance.

It has the entity's own statements (there are no blank nodes), the statements about it with their evidence, the
subjects that point to it, the labels of all these, and the graphs that they come from.
"""

from collections.abc import Iterable, Iterator
from enum import Enum

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import LABELS

ALL_LABELS = (*LABELS, "skos:altLabel", "skos:hiddenLabel")
# The properties of a graph that the entity's statements come from.
ORIGIN = ("rdf:type", "dcterms:license", "dcterms:created", "prov:wasGeneratedBy", "prov:wasAttributedTo")
STATED = ("owl:annotatedSource", "owl:annotatedTarget")


class Profile(Enum):
    """How much of a document a client wants (W3C, Content Negotiation by Profile)."""

    FULL = "full"
    LABELS = "labels"
    SKOS = "skos"


class Descriptions:
    """The descriptions of the entities of a store."""

    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self._store = store
        self._prefixes = prefixes
        self._labels = frozenset(map(prefixes.expand, LABELS))
        self._all_labels = frozenset(map(prefixes.expand, ALL_LABELS))
        self._origin = tuple(map(prefixes.expand, (*ORIGIN, *LABELS)))
        self._stated = tuple(map(prefixes.expand, STATED))
        self._type = prefixes.expand("rdf:type")

    def has(self, entity: NamedNode) -> bool:
        """Whether there is a statement with this subject."""
        return any(True for _ in self._store.quads_for_pattern(entity, None, None, DefaultGraph()))

    def triples(self, entity: NamedNode, profile: Profile = Profile.FULL) -> list[Triple]:
        """The triples of the description, each once."""
        own = list(self._of(entity))
        if profile is Profile.LABELS:
            return [triple for triple in own if triple.predicate in self._all_labels]
        if profile is Profile.SKOS:
            return [triple for triple in own if self._is_skos(triple)]
        about = list(self._about(entity))
        body = dict.fromkeys((*own, *about, *self._from_graphs(entity)))
        return list(dict.fromkeys((*body, *self._labels_in(body))))

    def graphs(self, entity: NamedNode) -> list[NamedNode]:
        """The named graphs with a statement about an entity, sorted."""
        quads = self._store.quads_for_pattern(entity, None, None)
        found = {quad.graph_name for quad in quads if isinstance(quad.graph_name, NamedNode)}
        return sorted(found, key=str)

    def successor(self, entity: NamedNode) -> NamedNode | None:
        """The replacement of a deprecated entity, the entity itself if there is none; None if it is not deprecated."""
        deprecated = self._store.quads_for_pattern(
            entity, self._prefixes.expand("owl:deprecated"), Literal(True), DefaultGraph()
        )
        if next(deprecated, None) is None:
            return None
        replaced = self._prefixes.expand("dcterms:isReplacedBy")
        found = (triple.object for triple in self._of(entity) if triple.predicate == replaced)
        return next((node for node in found if isinstance(node, NamedNode)), entity)

    def _of(self, entity: NamedNode) -> Iterator[Triple]:
        return (quad.triple for quad in self._store.quads_for_pattern(entity, None, None, DefaultGraph()))

    def _about(self, entity: NamedNode) -> Iterator[Triple]:
        for quad in self._store.quads_for_pattern(None, None, entity, DefaultGraph()):
            yield quad.triple
            if quad.predicate in self._stated and isinstance(quad.subject, NamedNode):
                yield from self._of(quad.subject)

    def _from_graphs(self, entity: NamedNode) -> Iterator[Triple]:
        for graph in self.graphs(entity):
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
