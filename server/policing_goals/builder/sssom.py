"""What all SSSOM tables share (SSSOM 1.1): cells to RDF terms, front matter to an sssom:MappingSet."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.builder.sources import SourceGraph, Sources
from policing_goals.builder.tables import Row, Table
from policing_goals.errors import SourceError
from policing_goals.model.labels import labels_in
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import XSD

MIN_CONFIDENCE = Decimal("0.5")


@dataclass(frozen=True)
class RowTerms:
    """Turns the cells of rows into terms; raises SourceError, with file and line, for a cell that is not such a term.

    labels: English labels by IRI, which the labels in a table must repeat.
    """

    prefixes: Prefixes
    graph: SourceGraph
    labels: dict[str, str]

    def iri(self, row: Row, column: str) -> NamedNode:
        """The IRI of a column that holds one CURIE."""
        return self.curie(row, column, row.required(column))

    def curie(self, row: Row, column: str, text: str) -> NamedNode:
        """The IRI of a CURIE in a column."""
        try:
            return self.prefixes.expand(text)
        except (KeyError, ValueError) as error:
            fix = "Write a CURIE with a prefix of ontology/prefixes.ttl, for instance gpg:goal-1 or sdg:16.4."
            raise row.fault(f"{text!r} in the column {column} is not a known CURIE.", fix) from error

    def known(self, row: Row, column: str) -> NamedNode:
        """The IRI of a column, which must exist in the data."""
        node = self.iri(row, column)
        if not self.graph.knows(node.value):
            problem = f"{row.values[column]} in the column {column} does not exist."
            raise row.fault(problem, "Name an element or concept of data/, or a goal or target of data/sdg-index.ttl.")
        return node

    def check_label(self, row: Row, column: str, node: NamedNode) -> None:
        """Refuse a label that is not the English one of the node."""
        written, name = row.required(column), self.prefixes.shorten(node.value)
        # The shapes report a concept without a label.
        label = self.labels.get(node.value, written)
        if written != label:
            problem = f"the {column} is {written!r}, but the English label of {name} is {label!r}."
            raise row.fault(problem, "Replace it, here and in the other rows that have it.")


def row_terms(sources: Sources, graph: SourceGraph) -> RowTerms:
    """The terms for tables about the entities that a graph has."""
    labels = labels_in(graph.quads, sources.prefixes)
    english = {node.value: texts["en"] for node, texts in labels.items() if "en" in texts}
    return RowTerms(sources.prefixes, graph, english)


def confidence(row: Row, column: str) -> Literal:
    """A number from 0.5 to 1 as xsd:double."""
    text = row.required(column)
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise row.fault(f"the confidence {text!r} is not a number.", "Write one from 0.5 to 1.") from error
    if not (number.is_finite() and MIN_CONFIDENCE <= number <= 1):
        problem = f"the confidence {text} is not from 0.5 to 1."
        raise row.fault(problem, "Correct it, or remove the row: a weaker link is not published.")
    return Literal(text, datatype=NamedNode(XSD + "double"))


def day(row: Row, column: str) -> Literal:
    """A date in ISO 8601 as xsd:date."""
    text = row.required(column)
    try:
        found = date.fromisoformat(text)
    except ValueError as error:
        raise row.fault(f"the {column} {text!r} is not a date.", "Write it as 2026-11-23.") from error
    return Literal(found.isoformat(), datatype=NamedNode(XSD + "date"))


def check_table(table: Table, prefixes: Prefixes) -> None:
    """Refuse a table that lacks metadata, has a prefix that differs from the prefix table, or has a record twice."""
    seen: set[str] = set()
    for row in table.rows:
        if row.required("record_id") in seen:
            raise row.fault(f"{row.values['record_id']} is there twice.", "Merge the rows or remove one.")
        seen.add(row.values["record_id"])
    for slot in ("mapping_set_id", "mapping_set_title", "mapping_set_description", "license", "curie_map"):
        if not table.metadata.get(slot):
            raise SourceError(f"{table.name}:1", f"the front matter has no {slot}.", "Add it; SSSOM requires it.")
    for prefix, namespace in table.metadata["curie_map"].items():
        expected = prefixes.table.get(prefix, namespace)
        if namespace != expected:
            problem = f"the curie_map has {prefix}: {namespace}, but the prefix table has {expected}."
            raise SourceError(f"{table.name}:1", problem, "Make them agree.")


def mapping_set(table: Table, prefixes: Prefixes) -> Iterator[Triple]:
    """The sssom:MappingSet of a table, with its mappings."""
    node = NamedNode(table.metadata["mapping_set_id"])
    texts = {
        "dcterms:title": "mapping_set_title",
        "dcterms:description": "mapping_set_description",
        "rdfs:comment": "comment",
        "sssom:mapping_tool": "mapping_tool",
    }
    yield Triple(node, prefixes.expand("rdf:type"), prefixes.expand("sssom:MappingSet"))
    yield Triple(node, prefixes.expand("dcterms:license"), NamedNode(table.metadata["license"]))
    for creator in table.metadata.get("creator_id", []):
        yield Triple(node, prefixes.expand("dcterms:creator"), prefixes.expand(creator))
    for name, slot in texts.items():
        if slot in table.metadata:
            yield Triple(node, prefixes.expand(name), Literal(str(table.metadata[slot]), language="en"))
    for row in table.rows:
        yield Triple(node, prefixes.expand("sssom:mappings"), prefixes.expand(row.values["record_id"]))
