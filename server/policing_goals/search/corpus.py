"""The searchable entities and the texts they are found by, and their JSON form in a snapshot.

The build reads the corpus and stems each of its words, which is most of the work; a server only loads it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from policing_goals.model.facets import FACETS
from policing_goals.model.labels import labels_by_language
from policing_goals.model.prefixes import Prefixes
from policing_goals.search.analysis import Analyzer
from policing_goals.vocabulary import LABELS

# The class or the concept scheme of each kind of entity.
KINDS = {
    "goal": "gpgo:Goal",
    "objective": "gpgo:Objective",
    "theme": "gpgo:Theme",
    "commitment": "gpgo:Commitment",
    **{facet.kind: facet.concept_class for facet in FACETS},
    "office-type": "gpg:scheme-office-types",
    "sdg": "sdgo:Goal",
    "sdg-target": "sdgo:Target",
}
FIELDS = {
    "skos:prefLabel": "label",
    "rdfs:label": "label",
    "skos:altLabel": "other",
    "skos:hiddenLabel": "hidden",
    "skos:definition": "text",
    "skos:scopeNote": "text",
    "gpgo:officialText": "text",
}
# The filters of a search: the property whose value is the IRI.
FILTERS = {**{facet.name: facet.property for facet in FACETS}, "sdg": "gpgo:supports"}


@dataclass(frozen=True, order=True)
class IndexedText:
    """A text that an entity is found by: the entity's IRI, and language, field and text.

    language: empty for a code; field: one of the values of FIELDS, "code" (a notation), or "mapped" (the label of a
    concept in another vocabulary that is mapped to the entity).
    """

    iri: str
    language: str
    field: str
    text: str


@dataclass(frozen=True)
class Entity:
    """A searchable entity: its kind (of KINDS), labels and definitions by language, and IRIs by filter (of FILTERS)."""

    kind: str
    labels: dict[str, str]
    definitions: dict[str, str]
    facets: dict[str, frozenset[str]]


@dataclass(frozen=True)
class Corpus:
    """The searchable entities by IRI, and their texts."""

    entities: dict[str, Entity]
    texts: tuple[IndexedText, ...]


def read_corpus(store: Store, prefixes: Prefixes) -> Corpus:
    """The corpus of a store's default graph, the same for the same statements in any order."""
    reader = _GraphReader(store, prefixes)
    kinds = {node.value: kind for kind, curie in KINDS.items() for node in reader.members(curie)}
    texts = tuple(text for iri in kinds for text in sorted(set(reader.texts(NamedNode(iri)))))
    return Corpus({iri: reader.entity(kind, NamedNode(iri)) for iri, kind in kinds.items()}, texts)


def dump_corpus(corpus: Corpus) -> str:
    """A corpus as JSON, the same text for the same corpus."""
    return json.dumps(_content(corpus), ensure_ascii=False, sort_keys=True)


def dump_index(corpus: Corpus) -> str:
    """A corpus with the stems of its words as JSON, the same text for the same corpus."""
    analyzer = Analyzer()
    for text in corpus.texts:
        analyzer.add(text.text, text.language)
    return json.dumps({**_content(corpus), "stems": analyzer.known()}, ensure_ascii=False, sort_keys=True) + "\n"


def _content(corpus: Corpus) -> dict[str, object]:
    return {
        "entities": {iri: _dump_entity(entity) for iri, entity in corpus.entities.items()},
        "texts": [[text.iri, text.language, text.field, text.text] for text in corpus.texts],
    }


def load_index(content: bytes) -> tuple[Corpus, Analyzer]:
    """The corpus that dump_index wrote, and an analyzer that knows the stems of its words."""
    fields = json.loads(content)
    entities = {iri: _load_entity(each) for iri, each in fields["entities"].items()}
    return Corpus(entities, tuple(IndexedText(*each) for each in fields["texts"])), Analyzer(fields["stems"])


class _GraphReader:
    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self._store, self._prefixes = store, prefixes

    def members(self, curie: str) -> list[NamedNode]:
        node = self._prefixes.expand(curie)
        quads = (*self._quads(None, "rdf:type", node), *self._quads(None, "skos:inScheme", node))
        return sorted({quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}, key=str)

    def texts(self, node: NamedNode) -> Iterator[IndexedText]:
        for name, field in FIELDS.items():
            for value in self._literals(node, name):
                yield IndexedText(node.value, value.language or "", field, value.value)
        for value in self._literals(node, "skos:notation"):
            yield IndexedText(node.value, "", "code", value.value)
        for quad in self._quads(None, "owl:annotatedSource", node):
            if isinstance(quad.subject, NamedNode):
                for value in self._literals(quad.subject, "sssom:object_label"):
                    yield IndexedText(node.value, "en", "mapped", value.value)

    def entity(self, kind: str, node: NamedNode) -> Entity:
        labels = labels_by_language(
            (name, value.language or "", value.value) for name in LABELS for value in self._literals(node, name)
        )
        definitions = {value.language or "": value.value for value in self._literals(node, "skos:definition")}
        return Entity(kind, labels, definitions, {name: self._named(node, each) for name, each in FILTERS.items()})

    def _literals(self, node: NamedNode, name: str) -> list[Literal]:
        return [quad.object for quad in self._quads(node, name, None) if isinstance(quad.object, Literal)]

    def _named(self, node: NamedNode, name: str) -> frozenset[str]:
        """The IRIs that a node has by a property, with the broader concepts: a broader one answers for a narrower."""
        found: set[NamedNode] = set()
        waiting = self._nodes(node, name)
        while waiting:
            each = waiting.pop()
            if each not in found:
                found.add(each)
                waiting += self._nodes(each, "skos:broader")
        return frozenset(each.value for each in found)

    def _nodes(self, node: NamedNode, name: str) -> list[NamedNode]:
        return [quad.object for quad in self._quads(node, name, None) if isinstance(quad.object, NamedNode)]

    def _quads(self, subject: NamedNode | None, name: str, value: NamedNode | None) -> list[Quad]:
        return list(self._store.quads_for_pattern(subject, self._prefixes.expand(name), value, DefaultGraph()))


def _dump_entity(entity: Entity) -> dict[str, Any]:
    return {**asdict(entity), "facets": {name: sorted(iris) for name, iris in entity.facets.items() if iris}}


def _load_entity(fields: Mapping[str, Any]) -> Entity:
    facets = {name: frozenset(fields["facets"].get(name, ())) for name in FILTERS}
    return Entity(fields["kind"], fields["labels"], fields["definitions"], facets)
