"""Looking things up in the default graph by CURIE: changes when a label is chosen otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, DefaultGraph, Literal, NamedNode, Triple

from policing_goals.engine.dataset import Dataset
from policing_goals.vocabulary import FALLBACK, LABELS


@dataclass(frozen=True)
class LocalizedText:
    """A text and its language, which is empty if it has none."""

    text: str
    language: str


@dataclass(frozen=True)
class GraphView:
    """Reads a dataset for one language of readers."""

    dataset: Dataset
    language: str = "en"

    def nodes(self, node: NamedNode, name: str) -> list[NamedNode]:
        """The things that a property leads to, sorted by IRI."""
        return sorted({term for term in self._objects(node, name) if isinstance(term, NamedNode)}, key=str)

    def node(self, node: NamedNode, name: str) -> NamedNode | None:
        """One thing that a property leads to."""
        return next(iter(self.nodes(node, name)), None)

    def subjects(self, name: str, node: NamedNode) -> list[NamedNode]:
        """The things from which a property leads to one, sorted by IRI."""
        quads = self.dataset.store.quads_for_pattern(None, self.dataset.prefixes.expand(name), node, DefaultGraph())
        return sorted({quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}, key=str)

    def literals(self, node: NamedNode, name: str) -> list[Literal]:
        """The literals of a property."""
        return [term for term in self._objects(node, name) if isinstance(term, Literal)]

    def value(self, node: NamedNode, name: str) -> str:
        """One literal of a property, empty if there is none."""
        return next((literal.value for literal in self.literals(node, name)), "")

    def texts(self, node: NamedNode, name: str) -> dict[str, str]:
        """The texts of a property by language, one of each."""
        return {literal.language or "": literal.value for literal in self.literals(node, name)}

    def text(self, node: NamedNode, *names: str) -> LocalizedText | None:
        """The text of a property (the first of several that has one) for the reader."""
        for name in names:
            texts = self.texts(node, name)
            for language in (self.language, *FALLBACK):
                if language in texts:
                    return LocalizedText(texts[language], language)
        return None

    def is_a(self, node: NamedNode, kind: str) -> bool:
        """Whether a thing is of a class, which is a CURIE."""
        return self.dataset.prefixes.expand(kind) in self.nodes(node, "rdf:type")

    def label(self, node: NamedNode) -> LocalizedText:
        """What a thing is called, its CURIE if nothing is said of that."""
        return self.text(node, *LABELS) or LocalizedText(self.dataset.prefixes.shorten(node.value), "")

    def _objects(self, node: NamedNode, name: str) -> Iterator[NamedNode | BlankNode | Literal | Triple]:
        for quad in self.dataset.store.quads_for_pattern(
            node, self.dataset.prefixes.expand(name), None, DefaultGraph()
        ):
            yield quad.object
