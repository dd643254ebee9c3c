"""Triples grouped by property, for templates."""

from collections.abc import Iterable

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.engine.dataset import Dataset
from policing_goals.model.labels import LocalizedText, labels_in, localize
from policing_goals.vocabulary import GPG
from policing_goals.web.http.link_targets import link_target

# What a template shows of a term: "text", "lang" (its language tag), "href" (empty without a link), "curie".
Cell = dict[str, str]
Rows = list[tuple[str, list[Cell]]]


class TripleTables:
    """Tables of triples, with every IRI under its label in the reader's language where the triples have one."""

    def __init__(self, triples: Iterable[Triple], dataset: Dataset, language: str = "en") -> None:
        self._triples = list(triples)
        self._prefixes = dataset.prefixes
        self._curies: dict[str, str] = {}
        self._by_subject: dict[object, list[Triple]] = {}
        for triple in self._triples:
            self._by_subject.setdefault(triple.subject, []).append(triple)
        labels = labels_in(self._triples, dataset.prefixes)
        localized = ((node, localize(texts, language)) for node, texts in labels.items())
        self._labels = {node: label for node, label in localized if label is not None}

    def properties(self, entity: NamedNode) -> Rows:
        """The properties of an entity with their values."""
        values: dict[str, list[Cell]] = {}
        for triple in self._by_subject.get(entity, ()):
            values.setdefault(self._curie(triple.predicate.value), []).append(self.cell(triple.object))
        return sorted(values.items())

    def incoming(self, entity: NamedNode) -> Rows:
        """The subjects that have an entity as a value, by property; statements about it are left out."""
        values: dict[str, list[Cell]] = {}
        for triple in self._triples:
            if triple.object == entity and "annotated" not in triple.predicate.value:
                values.setdefault(self._curie(triple.predicate.value), []).append(self.cell(triple.subject))
        return sorted(values.items())

    def statements(self, entity: NamedNode) -> list[tuple[Cell, Rows]]:
        """The reified statements about an entity (SDG links, facets, mappings), each with its properties."""
        ends = {self._prefixes.expand(name) for name in ("owl:annotatedSource", "owl:annotatedTarget")}
        nodes = dict.fromkeys(
            triple.subject for triple in self._triples if triple.predicate in ends and triple.object == entity
        )
        return [(self.cell(node), self.properties(node)) for node in nodes if isinstance(node, NamedNode)]

    def cell(self, term: object) -> Cell:
        """What a template shows of a term."""
        if isinstance(term, Literal):
            return {"text": term.value, "lang": term.language or "", "href": ""}
        if not isinstance(term, NamedNode):
            return {"text": str(term), "lang": "", "href": ""}
        curie = self._curie(term.value)
        label = self._labels.get(term, LocalizedText(curie, ""))
        return {"text": label.text, "lang": label.language, "href": self._target(term.value), "curie": curie}

    @staticmethod
    def _target(iri: str) -> str:
        # A term of ours stands on the page of the ontology or of the shapes.
        return iri.removeprefix(GPG) if iri.startswith(GPG) and "#" in iri else link_target(iri)

    def _curie(self, iri: str) -> str:
        # The same few hundred names come again and again.
        if iri not in self._curies:
            self._curies[iri] = self._prefixes.shorten(iri)
        return self._curies[iri]
