"""What can be found, with the texts that it is found by: changes when something else can be found."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, Store

from policing_goals.model.prefixes import Prefixes
from policing_goals.search.analysis import Analyzer

# A kind is a class, or a concept scheme.
KINDS = {
    "goal": "gpgo:Goal",
    "objective": "gpgo:Objective",
    "theme": "gpgo:Theme",
    "commitment": "gpgo:Commitment",
    "crime-area": "gpgo:CrimeArea",
    "action-type": "gpgo:ActionType",
    "actor": "gpgo:Actor",
    "capability": "gpgo:Capability",
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
FACETS = {
    "area": "gpgo:crimeArea",
    "action": "gpgo:actionType",
    "actor": "gpgo:actor",
    "capability": "gpgo:capability",
    "sdg": "gpgo:supports",
}


@dataclass(frozen=True, order=True)
class IndexedText:
    """A text by which a thing is found: its IRI, language (empty for a code), field and words.

    field: one of FIELDS' values, code, or mapped (what another vocabulary calls a concept mapped to the thing).
    """

    iri: str
    language: str
    field: str
    text: str


@dataclass(frozen=True)
class Entity:
    """What can be found: its kind, labels and definitions by language, and the IRIs that each facet leads to."""

    kind: str
    labels: dict[str, str]
    definitions: dict[str, str]
    facets: dict[str, frozenset[str]]


@dataclass(frozen=True)
class Corpus:
    """The things that can be found, by IRI, and their texts."""

    entities: dict[str, Entity]
    texts: tuple[IndexedText, ...]


def read_corpus(store: Store, prefixes: Prefixes) -> Corpus:
    """The corpus of a store's default graph."""
    reader = _Reader(store, prefixes)
    kinds = {node.value: kind for kind, curie in KINDS.items() for node in reader.members(curie)}
    # In one order, whatever the store's: the snapshot is the same for the same sources.
    texts = tuple(text for iri in kinds for text in sorted(reader.texts(NamedNode(iri))))
    return Corpus({iri: _entity(kind, NamedNode(iri), reader) for iri, kind in kinds.items()}, texts)


class _Reader:
    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self._store, self._prefixes = store, prefixes

    def members(self, curie: str) -> list[NamedNode]:
        node = self._prefixes.expand(curie)
        quads = (*self._quads(None, "rdf:type", node), *self._quads(None, "skos:inScheme", node))
        return sorted({quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}, key=str)

    def texts(self, node: NamedNode) -> Iterator[IndexedText]:
        for name, field in FIELDS.items():
            for value in self.literals(node, name):
                yield IndexedText(node.value, value.language or "", field, value.value)
        for value in self.literals(node, "skos:notation"):
            yield IndexedText(node.value, "", "code", value.value)
        for quad in self._quads(None, "owl:annotatedSource", node):
            if isinstance(quad.subject, NamedNode):
                for value in self.literals(quad.subject, "sssom:object_label"):
                    yield IndexedText(node.value, "en", "mapped", value.value)

    def literals(self, node: NamedNode, name: str) -> list[Literal]:
        return [quad.object for quad in self._quads(node, name, None) if isinstance(quad.object, Literal)]

    def named(self, node: NamedNode, name: str) -> frozenset[str]:
        objects = (quad.object for quad in self._quads(node, name, None))
        return frozenset(each.value for each in objects if isinstance(each, NamedNode))

    def _quads(self, subject: NamedNode | None, name: str, value: NamedNode | None) -> list[Quad]:
        return list(self._store.quads_for_pattern(subject, self._prefixes.expand(name), value, DefaultGraph()))


def _entity(kind: str, node: NamedNode, reader: _Reader) -> Entity:
    labels = {
        value.language or "": value.value
        for name in ("rdfs:label", "skos:prefLabel")
        for value in sorted(reader.literals(node, name), key=str)
    }
    definitions = {value.language or "": value.value for value in reader.literals(node, "skos:definition")}
    return Entity(kind, labels, definitions, {facet: reader.named(node, name) for facet, name in FACETS.items()})


def dump_index(corpus: Corpus) -> str:
    """A corpus with the stems of its words as JSON, the same text for the same corpus."""
    words = Analyzer()
    for text in corpus.texts:
        words.add(text.text, text.language)
    kept = {
        "entities": {iri: _dump_entity(thing) for iri, thing in corpus.entities.items()},
        "texts": [[text.iri, text.language, text.field, text.text] for text in corpus.texts],
        "stems": words.known(),
    }
    return json.dumps(kept, ensure_ascii=False, sort_keys=True) + "\n"


def load_index(content: bytes) -> tuple[Corpus, Analyzer]:
    """The corpus that was dumped, and words that know its stems."""
    kept = json.loads(content)
    things = {iri: _load_entity(fields) for iri, fields in kept["entities"].items()}
    return Corpus(things, tuple(IndexedText(*fields) for fields in kept["texts"])), Analyzer(kept["stems"])


def _dump_entity(thing: Entity) -> dict[str, Any]:
    return {**asdict(thing), "facets": {facet: sorted(thing.facets[facet]) for facet in FACETS if thing.facets[facet]}}


def _load_entity(fields: Mapping[str, Any]) -> Entity:
    facets = {facet: frozenset(fields["facets"].get(facet, ())) for facet in FACETS}
    return Entity(fields["kind"], fields["labels"], fields["definitions"], facets)
