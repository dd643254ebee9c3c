"""Triples as a page shows them: changes when a value is shown otherwise."""

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.engine.dataset import Dataset
from policing_goals.vocabulary import GPG, LABELS

Value = dict[str, str]
Rows = list[tuple[str, list[Value]]]


class TripleTables:
    """Triples as a page shows them: text, or a link with a label."""

    def __init__(self, triples: Iterable[Triple], dataset: Dataset, language: str = "en") -> None:
        self._triples = list(triples)
        self._prefixes = dataset.prefixes
        self._label_properties = [dataset.prefixes.expand(name) for name in LABELS]
        self._language = language
        self._names: dict[NamedNode, str] = {}
        self._short: dict[str, str] = {}
        self._by_subject: dict[object, list[Triple]] = {}
        for triple in self._triples:
            text, node = triple.object, triple.subject
            self._by_subject.setdefault(node, []).append(triple)
            if triple.predicate not in self._label_properties or not isinstance(node, NamedNode):
                continue
            if isinstance(text, Literal) and text.language in (None, language):
                self._names.setdefault(node, text.value)

    def properties(self, thing: NamedNode) -> Rows:
        """The thing's properties with their values."""
        values: dict[str, list[Value]] = {}
        for triple in self._by_subject.get(thing, ()):
            values.setdefault(self._shorten(triple.predicate.value), []).append(self.link(triple.object))
        return sorted(values.items())

    def incoming(self, thing: NamedNode) -> Rows:
        """What points to the thing, by property."""
        values: dict[str, list[Value]] = {}
        for triple in self._triples:
            if triple.object == thing and "annotated" not in triple.predicate.value:
                values.setdefault(self._shorten(triple.predicate.value), []).append(self.link(triple.subject))
        return sorted(values.items())

    def statements(self, thing: NamedNode) -> list[tuple[Value, Rows]]:
        """The statements about the thing (links, index, mappings), each with its properties."""
        ends = {self._prefixes.expand(name) for name in ("owl:annotatedSource", "owl:annotatedTarget")}
        nodes = {
            triple.subject: None
            for triple in self._triples
            if triple.predicate in ends and triple.object == thing and isinstance(triple.subject, NamedNode)
        }
        return [(self.link(node), self.properties(node)) for node in nodes if isinstance(node, NamedNode)]

    def link(self, term: object) -> Value:
        """A term's text, its language, and the address it leads to if any."""
        if isinstance(term, Literal):
            return {"text": term.value, "lang": term.language or "", "href": ""}
        if not isinstance(term, NamedNode):
            return {"text": str(term), "lang": "", "href": ""}
        short = self._shorten(term.value)
        href = term.value.removeprefix(GPG) if term.value.startswith(GPG) else term.value
        return {
            "text": self._names.get(term, short),
            "lang": self._language if term in self._names else "",
            "href": href,
            "curie": short,
        }

    def _shorten(self, iri: str) -> str:
        # The same few hundred names come again and again.
        if iri not in self._short:
            self._short[iri] = self._prefixes.shorten(iri)
        return self._short[iri]
