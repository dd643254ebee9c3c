"""View model of the ontology page: the terms, the shapes that validate them, and examples from the data."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from pyoxigraph import DefaultGraph, Literal, NamedNode, RdfFormat, Store, parse

from policing_goals.engine.dataset import Dataset
from policing_goals.vocabulary import GPGO, SHAPE

CLASS = "owl:Class"
PROPERTIES = ("owl:ObjectProperty", "owl:DatatypeProperty")
EXAMPLES = 2
# The name of an open domain or range in the diagram.
ANY = "any"


@dataclass(frozen=True)
class TermView:
    """A class or property: its CURIE, labels and definitions by language, notes, relations, shapes and examples.

    relations: name of a relation and the CURIEs that it leads to; shapes: the names of the shapes that validate it;
    examples: subject and object (empty for a class) as CURIEs or texts.
    """

    curie: str
    kind: str
    labels: dict[str, str]
    definitions: dict[str, str]
    notes: tuple[str, ...]
    relations: tuple[tuple[str, tuple[str, ...]], ...]
    shapes: tuple[str, ...]
    examples: tuple[tuple[str, str], ...]
    domain: str = ""
    range: str = ""


@dataclass
class _OntologyReader:
    dataset: Dataset
    shapes_of: dict[str, set[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shapes = Store()
        shapes.extend(parse(self.dataset.shapes, format=RdfFormat.N_TRIPLES))
        expand = self.dataset.prefixes.expand
        reporting = _pairs(shapes, expand("sh:severity"))
        parts = _pairs(shapes, expand("sh:property"))
        for name in ("sh:path", "sh:targetClass", "sh:targetSubjectsOf", "sh:targetObjectsOf"):
            for shape, terms in _pairs(shapes, expand(name)).items():
                # A shape that only groups others reports nothing itself.
                names = {each.removeprefix(SHAPE) for each in {shape, *parts.get(shape, ())} if each in reporting}
                for term in terms:
                    self.shapes_of.setdefault(term, set()).update(names)

    def texts(self, node: NamedNode, name: str) -> dict[str, str]:
        found = (value for value in self.values(node, name) if isinstance(value, Literal))
        return {text.language or "": text.value for text in found}

    def values(self, node: NamedNode, name: str) -> list[object]:
        predicate = self.dataset.prefixes.expand(name)
        return [quad.object for quad in self.dataset.store.quads_for_pattern(node, predicate, None, DefaultGraph())]

    def curies(self, node: NamedNode, name: str) -> tuple[str, ...]:
        found = (value for value in self.values(node, name) if isinstance(value, NamedNode))
        return tuple(sorted(self.dataset.prefixes.shorten(value.value) for value in found))

    def examples(self, node: NamedNode, kind: str) -> Iterator[tuple[str, str]]:
        store, shorten = self.dataset.store, self.dataset.prefixes.shorten
        if kind == CLASS:
            quads = store.quads_for_pattern(None, self.dataset.prefixes.expand("rdf:type"), node, DefaultGraph())
        else:
            quads = store.quads_for_pattern(None, node, None, DefaultGraph())
        for quad in sorted(quads, key=lambda quad: str(quad.subject))[:EXAMPLES]:
            subject = shorten(str(getattr(quad.subject, "value", "")))
            value = quad.object
            shown = shorten(value.value) if isinstance(value, NamedNode) else str(getattr(value, "value", ""))
            yield subject, "" if kind == CLASS else shown


def _pairs(store: Store, predicate: NamedNode) -> dict[str, set[str]]:
    # The IRIs among the values of a property, by subject.
    found: dict[str, set[str]] = {}
    for quad in store.quads_for_pattern(None, predicate, None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            found.setdefault(quad.subject.value, set()).add(quad.object.value)
    return found


def load_terms(dataset: Dataset) -> tuple[list[TermView], list[TermView]]:
    """The classes and the properties of the ontology, by name."""
    reader = _OntologyReader(dataset)
    classes = [_term(reader, node, CLASS) for node in _nodes(dataset, CLASS)]
    properties = [_term(reader, node, kind) for kind in PROPERTIES for node in _nodes(dataset, kind)]
    return classes, sorted(properties, key=lambda term: term.curie)


def _nodes(dataset: Dataset, kind: str) -> list[NamedNode]:
    a, of = dataset.prefixes.expand("rdf:type"), dataset.prefixes.expand(kind)
    quads = dataset.store.quads_for_pattern(None, a, of, DefaultGraph())
    nodes = {quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}
    return sorted((node for node in nodes if node.value.startswith(GPGO)), key=str)


def _term(reader: _OntologyReader, node: NamedNode, kind: str) -> TermView:
    names = {
        "subclass of": "rdfs:subClassOf",
        "disjoint with": "owl:disjointWith",
        "sub-property of": "rdfs:subPropertyOf",
        "domain": "rdfs:domain",
        "domain includes": "schema:domainIncludes",
        "range": "rdfs:range",
        "inverse of": "owl:inverseOf",
    }
    relations = {name: reader.curies(node, predicate) for name, predicate in names.items()}
    domain = relations["domain"] or relations["domain includes"]
    return TermView(
        curie=reader.dataset.prefixes.shorten(node.value),
        kind=kind.removeprefix("owl:"),
        labels=reader.texts(node, "rdfs:label"),
        definitions=reader.texts(node, "skos:definition"),
        notes=tuple(text for language, text in reader.texts(node, "skos:scopeNote").items() if language == "en"),
        relations=tuple((name, curies) for name, curies in relations.items() if curies),
        shapes=tuple(sorted(reader.shapes_of.get(node.value, ()))),
        examples=tuple(reader.examples(node, kind)),
        domain=domain[0] if domain else "",
        range=relations["range"][0] if relations["range"] else "",
    )


@dataclass(frozen=True)
class ClassBox:
    """A class in the diagram: its first row, and name and range of each property that leads from it."""

    curie: str
    first: int
    arrows: tuple[tuple[str, str], ...]


def diagram(properties: list[TermView]) -> list[ClassBox]:
    """The boxes of the diagram: each object property leads from the class in its domain to that in its range."""
    arrows: dict[str, list[tuple[str, str]]] = {}
    for term in properties:
        if term.kind == "ObjectProperty":
            arrows.setdefault(term.domain or ANY, []).append((term.curie, term.range or ANY))
    boxes: list[ClassBox] = []
    for curie, found in sorted(arrows.items()):
        first = boxes[-1].first + len(boxes[-1].arrows) if boxes else 0
        boxes.append(ClassBox(curie, first, tuple(found)))
    return boxes
