"""Lookups in the default graph, localized for one reader. Classes and properties are named by CURIE."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from policing_goals.engine.dataset import Dataset
from policing_goals.model.labels import LocalizedText, localize


@dataclass(frozen=True)
class GraphView:
    """The default graph of a dataset, for readers of one language."""

    dataset: Dataset
    language: str = "en"

    def nodes(self, node: NamedNode, name: str) -> list[NamedNode]:
        """The IRIs among the values of a property, sorted."""
        return sorted({term for term in self._objects(node, name) if isinstance(term, NamedNode)}, key=str)

    def node(self, node: NamedNode, name: str) -> NamedNode | None:
        """The first IRI among the values of a property."""
        return next(iter(self.nodes(node, name)), None)

    def subjects(self, name: str, node: NamedNode) -> list[NamedNode]:
        """The IRIs that have a node as value of a property, sorted."""
        quads = self.dataset.store.quads_for_pattern(None, self.dataset.prefixes.expand(name), node, DefaultGraph())
        return sorted({quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}, key=str)

    def instances(self, *classes: str) -> list[NamedNode]:
        """The instances of any of some classes, sorted by IRI."""
        expand = self.dataset.prefixes.expand
        return sorted({node for each in classes for node in self.subjects("rdf:type", expand(each))}, key=str)

    def is_a(self, node: NamedNode, class_: str) -> bool:
        """Whether a node is an instance of a class."""
        return self.dataset.prefixes.expand(class_) in self.nodes(node, "rdf:type")

    def literals(self, node: NamedNode, name: str) -> list[Literal]:
        """The literals among the values of a property."""
        return [term for term in self._objects(node, name) if isinstance(term, Literal)]

    def value(self, node: NamedNode, name: str) -> str:
        """The text of one literal of a property, empty if there is none."""
        return next((literal.value for literal in self.literals(node, name)), "")

    def texts(self, node: NamedNode, name: str) -> dict[str, str]:
        """One text of a property for each language, by language tag."""
        return {literal.language or "": literal.value for literal in self.literals(node, name)}

    def text(self, node: NamedNode, *names: str) -> LocalizedText | None:
        """The reader's text of the first of some properties that has one."""
        found = (localize(self.texts(node, name), self.language) for name in names)
        return next((text for text in found if text is not None), None)

    def labels(self, node: NamedNode) -> Mapping[str, str]:
        """One label for each language, by language tag."""
        return self.dataset.labels_of(node)

    def label(self, node: NamedNode) -> LocalizedText:
        """The reader's label of a node, its CURIE if it has none."""
        return localize(self.labels(node), self.language) or self.curie(node)

    def curie(self, node: NamedNode) -> LocalizedText:
        """The CURIE of a node, as a text without a language."""
        return LocalizedText(self.dataset.prefixes.shorten(node.value), "")

    def _objects(self, node: NamedNode, name: str) -> Iterator[NamedNode | BlankNode | Literal | Triple]:
        predicate = self.dataset.prefixes.expand(name)
        for quad in self.dataset.store.quads_for_pattern(node, predicate, None, DefaultGraph()):
            yield quad.object
