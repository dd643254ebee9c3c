"""What a client may take back of a thing that it matched: changes when another property is offered.

The properties of the data extension of the Reconciliation Service API 0.2.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView
from policing_goals.vocabulary import VOCABULARIES


@dataclass(frozen=True)
class Value:
    """A value of a property: a text, or a thing by IRI with its name and what should be known of it."""

    text: str
    iri: str = ""
    remark: str = ""


Values = Callable[[GraphView, NamedNode], Iterator[Value]]


@dataclass(frozen=True)
class Property:
    """A property that is offered: its id and name, and its values for a thing, for a reader."""

    id: str
    name: str
    values: Values


def _texts(*names: str) -> Values:
    def values(reader: GraphView, node: NamedNode) -> Iterator[Value]:
        for name in names:
            for literal in reader.literals(node, name):
                if literal.language in (None, reader.language) or name == "gpgo:officialText":
                    yield Value(literal.value)

    return values


def _entities(name: str) -> Values:
    def values(reader: GraphView, node: NamedNode) -> Iterator[Value]:
        return (Value(reader.label(each).text, each.value) for each in reader.nodes(node, name))

    return values


def _mapped(namespace: str) -> Values:
    def values(reader: GraphView, node: NamedNode) -> Iterator[Value]:
        mappings = reader.subjects("owl:annotatedSource", node)
        found = [value for mapping in mappings for value in _mapping(reader, mapping, namespace)]
        # The same before the nearly same, and both before what is only related.
        return iter(sorted(found, key=lambda value: ("exact" not in value.remark, "close" not in value.remark)))

    return values


def _mapping(reader: GraphView, mapping: NamedNode, namespace: str) -> Iterator[Value]:
    target, relation = reader.node(mapping, "owl:annotatedTarget"), reader.node(mapping, "owl:annotatedProperty")
    if target is not None and relation is not None and target.value.startswith(namespace):
        name = reader.value(mapping, "sssom:object_label") or target.value
        sure = reader.value(mapping, "sssom:confidence")
        yield Value(name, target.value, f"{reader.dataset.prefixes.shorten(relation.value)}, confidence {sure}")


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
        Property("area", "crime area named", _entities("gpgo:crimeArea")),
        *(Property(name, f"{title} term", _mapped(space)) for name, (title, space) in VOCABULARIES.items()),
    )
}
