"""SDG link tables to triples: changes when a link gets a new property.

A row becomes the direct triple and a named gpgo:SDGLink in the shape of an SSSOM
mapping (owl:Axiom). A row with sssom:NoTermFound becomes an owl:Axiom alone: a
statement that no target was found.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.graph.agreement import decimal, measurement_triples
from policing_goals.graph.link_readings import check_settled, measure, read_readings, same_strength
from policing_goals.graph.mappings import Cells, check_table, confidence, day, english_labels, mapping_set
from policing_goals.graph.rationales import check_rationale, official_texts
from policing_goals.graph.sources import Assembly, in_graph
from policing_goals.graph.tables import Row, read_table
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG

TABLE = "data/links/sdg.sssom.tsv"
GRAPH = NamedNode(GPG + "graph-links")
REQUIRED = (
    "record_id", "subject_id", "subject_label", "predicate_id", "object_id", "object_label",
    "mapping_justification", "confidence", "author_id", "mapping_date", "comment",
    "ext_comment_fr", "ext_strength", "ext_basis", "ext_evidence", "ext_source", "ext_note", "ext_note_fr",
)  # fmt: skip
# Column, property, how its text becomes a term.
SHARED = (
    ("mapping_justification", "sssom:mapping_justification", "iri"),
    ("author_id", "pav:authoredBy", "iri"),
    ("mapping_date", "dcterms:created", "date"),
    ("comment", "rdfs:comment", "en"),
    ("ext_comment_fr", "rdfs:comment", "fr"),
)
LINK_ONLY = (
    ("confidence", "sssom:confidence", "confidence"),
    ("ext_strength", "gpgo:strength", "iri"),
    ("ext_basis", "gpgo:basis", "iri"),
)
OPTIONAL = (
    ("ext_evidence", "gpgo:evidence", "iris"),
    ("ext_source", "dcterms:source", "url"),
    ("ext_note", "skos:editorialNote", "en"),
    ("ext_note_fr", "skos:editorialNote", "fr"),
)


def read_links(root: Path, prefixes: Prefixes, assembly: Assembly) -> None:
    """Read the SDG link table into gpg:graph-links, with the agreement of its two readings.

    The targets must already be in the assembly. Raises SourceError, with file
    and line, for a row that is not a well-formed link to something that exists.
    """
    table = read_table(root, TABLE, REQUIRED)
    check_table(table, prefixes)
    maker = _LinkMaker(prefixes, Cells(prefixes, assembly, english_labels(assembly, prefixes)))
    texts = official_texts(assembly)
    for row in table.rows:
        check_rationale(row, texts)
        for triple in maker.triples(row):
            assembly.add(in_graph(triple, GRAPH), row.place)
    readings = read_readings(root)
    check_settled(readings, {(row.values["subject_id"], row.values["object_id"]): row for row in table.rows})
    figures = {**measure(readings).measurements(), "same-strength": decimal(same_strength(readings))}
    measured = measurement_triples("links-sdg", NamedNode(GPG + "links-sdg"), figures, prefixes)
    for triple in (*mapping_set(table, prefixes), *measured):
        assembly.add(in_graph(triple, GRAPH), f"{TABLE}:1")


class _LinkMaker:
    """Turns rows into triples."""

    def __init__(self, prefixes: Prefixes, cells: Cells) -> None:
        self.prefixes = prefixes
        self.cells = cells

    def triples(self, row: Row) -> Iterator[Triple]:
        cells = self.cells
        subject, predicate = cells.known(row, "subject_id"), cells.iri(row, "predicate_id")
        found = row.required("object_id") != "sssom:NoTermFound"
        target = cells.known(row, "object_id") if found else cells.iri(row, "object_id")
        node = cells.iri(row, "record_id")
        _check_name(row)
        cells.check_label(row, "subject_label", subject)
        if found:
            cells.check_label(row, "object_label", target)
            yield Triple(subject, predicate, target)
            yield self._statement(node, "rdf:type", self.prefixes.expand("gpgo:SDGLink"))
        yield self._statement(node, "rdf:type", self.prefixes.expand("owl:Axiom"))
        for name, value in (("Source", subject), ("Property", predicate), ("Target", target)):
            yield self._statement(node, f"owl:annotated{name}", value)
        yield self._statement(node, "prov:wasDerivedFrom", _document(row))
        for column, name, kind in (*SHARED, *(LINK_ONLY if found else ())):
            yield from self._values(node, row, column, name, kind, row.required(column))
        for column, name, kind in OPTIONAL:
            if column in row.values:
                yield from self._values(node, row, column, name, kind, row.values[column])

    def _values(self, node: NamedNode, row: Row, column: str, name: str, kind: str, text: str) -> Iterator[Triple]:
        if kind in ("iri", "iris"):
            for part in text.split("|"):
                yield self._statement(node, name, self.cells.curie(row, column, part))
        elif kind in ("en", "fr"):
            yield self._statement(node, name, Literal(text, language=kind))
        else:
            yield self._statement(node, name, MAKERS[kind](row, column))

    def _statement(self, node: NamedNode, name: str, value: NamedNode | Literal) -> Triple:
        return Triple(node, self.prefixes.expand(name), value)


def _document(row: Row) -> NamedNode:
    # What INTERPOL has published elsewhere does not come from the brochure, which names no SDG.
    return _url(row, "ext_source") if "ext_source" in row.values else NamedNode(GPG + "source-2023-fr")


def _check_name(row: Row) -> None:
    subject, target = (row.values[column].partition(":")[2] for column in ("subject_id", "object_id"))
    tail = "none" if target == "NoTermFound" else f"sdg-{target}"
    expected = f"gpg:link-{subject}-{tail}"
    if row.values["record_id"] != expected:
        raise row.fault(f"the record_id is {row.values['record_id']}.", f"It should be {expected}.")


def _url(row: Row, column: str) -> NamedNode:
    text = row.required(column)
    try:
        return NamedNode(text)
    except ValueError as error:
        raise row.fault(f"{text!r} in the column {column} is not an IRI.", "Write the page's address.") from error


MAKERS: dict[str, Callable[[Row, str], NamedNode | Literal]] = {"confidence": confidence, "date": day, "url": _url}
