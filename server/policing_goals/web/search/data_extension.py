"""The properties that a client may fetch of a match (Reconciliation Service API 0.2, section 7: data extension)."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView
from policing_goals.vocabulary import VOCABULARIES


@dataclass(frozen=True)
class PropertyValue:
    """A value of a property: a text, or an entity by IRI with its label and a remark."""

    text: str
    iri: str = ""
    remark: str = ""


Values = Callable[[GraphView, NamedNode], Iterator[PropertyValue]]


@dataclass(frozen=True)
class Property:
    """A property on offer: its id and name, and a function that gives its values for an entity."""

    id: str
    name: str
    values: Values


def _texts(*names: str) -> Values:
    def values(view: GraphView, node: NamedNode) -> Iterator[PropertyValue]:
        literals = {literal: name for name in names for literal in view.literals(node, name)}
        for literal, name in literals.items():
            if literal.language in (None, view.language) or name == "gpgo:officialText":
                yield PropertyValue(literal.value)

    return values


def _entities(name: str) -> Values:
    def values(view: GraphView, node: NamedNode) -> Iterator[PropertyValue]:
        return (PropertyValue(view.label(each).text, each.value) for each in view.nodes(node, name))

    return values


def _mappings(namespace: str) -> Values:
    def values(view: GraphView, node: NamedNode) -> Iterator[PropertyValue]:
        mappings = view.subjects("owl:annotatedSource", node)
        found = [value for mapping in mappings for value in _mapping(view, mapping, namespace)]
        # Exact matches before close ones, and both before the rest.
        return iter(sorted(found, key=lambda value: ("exact" not in value.remark, "close" not in value.remark)))

    return values


def _mapping(view: GraphView, mapping: NamedNode, namespace: str) -> Iterator[PropertyValue]:
    target, relation = view.node(mapping, "owl:annotatedTarget"), view.node(mapping, "owl:annotatedProperty")
    if target is not None and relation is not None and target.value.startswith(namespace):
        label = view.value(mapping, "sssom:object_label") or target.value
        curie, confidence = view.dataset.prefixes.shorten(relation.value), view.value(mapping, "sssom:confidence")
        yield PropertyValue(label, target.value, f"{curie}, confidence {confidence}")


PROPERTIES = {
    each.id: each
    for each in (
        Property("label", "label", _texts("skos:prefLabel", "rdfs:label")),
        Property("other-label", "other label", _texts("skos:altLabel")),
        Property("definition", "definition", _texts("skos:definition")),
        Property("official-text", "INTERPOL's own words, in French", _texts("gpgo:officialText")),
        Property("code", "code", _texts("skos:notation")),
        Property("iccs", "ICCS code", _texts("gpgo:iccsCode")),
        Property("broader", "broader concept", _entities("skos:broader")),
        Property("sdg", "SDG or target supported", _entities("gpgo:supports")),
        Property("area", "crime area mentioned", _entities("gpgo:crimeArea")),
        *(Property(name, f"{title} term", _mappings(space)) for name, (title, space) in VOCABULARIES.items()),
    )
}
