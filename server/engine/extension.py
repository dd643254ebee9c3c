"""What a client may take back of a thing that it matched: changes when another property is offered.

The properties of the data extension of the Reconciliation Service API 0.2.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from server.engine.store import Dataset

LABELS = ("skos:prefLabel", "rdfs:label")
VOCABULARIES = {
    "unbis": ("UNBIS", "http://metadata.un.org/thesaurus/"),
    "eurovoc": ("EuroVoc", "http://eurovoc.europa.eu/"),
    "gemet": ("GEMET", "http://www.eionet.europa.eu/gemet/concept/"),
    "wikidata": ("Wikidata", "http://www.wikidata.org/entity/"),
}


@dataclass(frozen=True)
class Value:
    """A value of a property: a text, or a thing by IRI with its name and what should be known of it."""

    text: str
    iri: str = ""
    remark: str = ""


@dataclass(frozen=True)
class Property:
    """A property that is offered: its id and name, and its values for a thing and a language of labels."""

    id: str
    name: str
    values: Callable[[Dataset, NamedNode, str], Iterator[Value]]


def label(dataset: Dataset, node: NamedNode, language: str) -> str:
    """What a thing is called, in a language, in English or by its CURIE."""
    found = {value.language: value.value for name in reversed(LABELS) for value in _literals(dataset, node, name)}
    return found.get(language) or found.get("en") or dataset.prefixes.shorten(node.value)


def _objects(dataset: Dataset, node: NamedNode, name: str) -> Iterator[NamedNode | BlankNode | Literal | Triple]:
    for quad in dataset.store.quads_for_pattern(node, dataset.prefixes.expand(name), None, DefaultGraph()):
        yield quad.object


def _literals(dataset: Dataset, node: NamedNode, name: str) -> Iterator[Literal]:
    return (value for value in _objects(dataset, node, name) if isinstance(value, Literal))


def _texts(*names: str) -> Callable[[Dataset, NamedNode, str], Iterator[Value]]:
    def values(dataset: Dataset, node: NamedNode, language: str) -> Iterator[Value]:
        for name in names:
            for value in _literals(dataset, node, name):
                if value.language in (None, language) or name == "gpgo:officialText":
                    yield Value(value.value)

    return values


def _things(name: str) -> Callable[[Dataset, NamedNode, str], Iterator[Value]]:
    def values(dataset: Dataset, node: NamedNode, language: str) -> Iterator[Value]:
        for value in sorted(_objects(dataset, node, name), key=str):
            if isinstance(value, NamedNode):
                yield Value(label(dataset, value, language), value.value)

    return values


def _mapped(namespace: str) -> Callable[[Dataset, NamedNode, str], Iterator[Value]]:
    def values(dataset: Dataset, node: NamedNode, _: str) -> Iterator[Value]:
        source = dataset.prefixes.expand("owl:annotatedSource")
        quads = dataset.store.quads_for_pattern(None, source, node, DefaultGraph())
        mappings = sorted((quad.subject for quad in quads if isinstance(quad.subject, NamedNode)), key=str)
        found = [value for mapping in mappings for value in _mapping(dataset, mapping, namespace)]
        # The same before the nearly same, and both before what is only related.
        return iter(sorted(found, key=lambda value: ("exact" not in value.remark, "close" not in value.remark)))

    return values


def _mapping(dataset: Dataset, mapping: NamedNode, namespace: str) -> Iterator[Value]:
    (target, relation, *_) = (
        next(_objects(dataset, mapping, name), None) for name in ("owl:annotatedTarget", "owl:annotatedProperty")
    )
    if isinstance(target, NamedNode) and isinstance(relation, NamedNode) and target.value.startswith(namespace):
        name = next((value.value for value in _literals(dataset, mapping, "sssom:object_label")), target.value)
        sure = next((value.value for value in _literals(dataset, mapping, "sssom:confidence")), "")
        yield Value(name, target.value, f"{dataset.prefixes.shorten(relation.value)}, confidence {sure}")


PROPERTIES = {
    each.id: each
    for each in (
        Property("label", "label", _texts(*LABELS)),
        Property("other-label", "other label", _texts("skos:altLabel")),
        Property("definition", "definition", _texts("skos:definition")),
        Property("official-text", "INTERPOL's own words, in French", _texts("gpgo:officialText")),
        Property("code", "code", _texts("skos:notation")),
        Property("iccs", "ICCS code", _texts("gpgo:iccsCode")),
        Property("broader", "broader concept", _things("skos:broader")),
        Property("sdg", "SDG or target supported", _things("gpgo:supports")),
        Property("area", "crime area named", _things("gpgo:crimeArea")),
        *(Property(name, f"{title} term", _mapped(space)) for name, (title, space) in VOCABULARIES.items()),
    )
}
