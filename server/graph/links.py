"""SDG link tables to triples: changes when a link gets a new property.

A row becomes the direct triple and a named gpgo:SDGLink in the shape of an SSSOM
mapping (owl:Axiom). A row with sssom:NoTermFound becomes an owl:Axiom alone: a
statement that no target was found.
"""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from server.errors import SourceError
from server.graph.agreement import agreement_triples, check_settled, read_readings
from server.graph.rationales import check_rationale, official_texts
from server.graph.sources import GPG, Assembly, in_graph
from server.graph.tables import Row, Table, read_table
from server.prefixes import Prefixes

TABLE = "data/links/sdg.sssom.tsv"
GRAPH = NamedNode(GPG + "graph-links")
RDF_TYPE = "rdf:type"
LEAST_CONFIDENCE = Decimal("0.5")
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
    _check_metadata(table, prefixes)
    maker = _LinkMaker(prefixes, assembly)
    texts = official_texts(assembly)
    for row in table.rows:
        check_rationale(row, texts)
        if row.required("record_id") in maker.seen:
            raise row.fault(f"{row.values['record_id']} stands twice.", "Merge the rows or remove one.")
        maker.seen.add(row.values["record_id"])
        for triple in maker.triples(row):
            assembly.add(in_graph(triple, GRAPH), row.place)
    readings = read_readings(root)
    check_settled(readings, {(row.values["subject_id"], row.values["object_id"]): row for row in table.rows})
    for triple in (*_mapping_set(table, prefixes), *agreement_triples(readings, prefixes)):
        assembly.add(in_graph(triple, GRAPH), f"{TABLE}:1")


class _LinkMaker:
    """Turns rows into triples; holds what the rows are checked against."""

    def __init__(self, prefixes: Prefixes, assembly: Assembly) -> None:
        self.prefixes = prefixes
        self.assembly = assembly
        self.labels = _english_labels(assembly, prefixes)
        self.seen: set[str] = set()

    def triples(self, row: Row) -> Iterator[Triple]:
        subject, predicate = self._known(row, "subject_id"), self._iri(row, "predicate_id")
        found = row.required("object_id") != "sssom:NoTermFound"
        target = self._known(row, "object_id") if found else self._iri(row, "object_id")
        node = self._iri(row, "record_id")
        self._check_name(row)
        self._check_label(row, "subject_label", subject)
        if found:
            self._check_label(row, "object_label", target)
            yield Triple(subject, predicate, target)
            yield self._statement(node, RDF_TYPE, self.prefixes.expand("gpgo:SDGLink"))
        yield self._statement(node, RDF_TYPE, self.prefixes.expand("owl:Axiom"))
        for name, value in (("Source", subject), ("Property", predicate), ("Target", target)):
            yield self._statement(node, f"owl:annotated{name}", value)
        yield self._statement(node, "prov:wasDerivedFrom", self._document(row))
        for column, name, kind in (*SHARED, *(LINK_ONLY if found else ())):
            yield from self._values(node, row, column, name, kind, row.required(column))
        for column, name, kind in OPTIONAL:
            if column in row.values:
                yield from self._values(node, row, column, name, kind, row.values[column])

    def _values(self, node: NamedNode, row: Row, column: str, name: str, kind: str, text: str) -> Iterator[Triple]:
        if kind in ("iri", "iris"):
            for part in text.split("|"):
                yield self._statement(node, name, self._curie(row, column, part))
        elif kind in ("en", "fr"):
            yield self._statement(node, name, Literal(text, language=kind))
        else:
            yield self._statement(node, name, MAKERS[kind](row, text))

    def _statement(self, node: NamedNode, name: str, value: NamedNode | Literal) -> Triple:
        return Triple(node, self.prefixes.expand(name), value)

    def _iri(self, row: Row, column: str) -> NamedNode:
        return self._curie(row, column, row.required(column))

    def _curie(self, row: Row, column: str, text: str) -> NamedNode:
        try:
            return self.prefixes.expand(text)
        except (KeyError, ValueError) as error:
            mend = "Write a CURIE with a prefix of ontology/prefixes.ttl, for instance gpg:goal-1 or sdg:16.4."
            raise row.fault(f"{text!r} in the column {column} is not a known CURIE.", mend) from error

    def _known(self, row: Row, column: str) -> NamedNode:
        node = self._iri(row, column)
        if not self.assembly.knows(node.value):
            what = f"{row.values[column]} in the column {column} does not exist."
            raise row.fault(what, "Name an element of data/ or a goal or target of data/sdg-index.ttl.")
        return node

    def _document(self, row: Row) -> NamedNode:
        # What INTERPOL has published elsewhere does not come from the brochure, which names no SDG.
        return _url(row, row.values["ext_source"]) if "ext_source" in row.values else NamedNode(GPG + "source-2023-fr")

    def _check_label(self, row: Row, column: str, node: NamedNode) -> None:
        written, name = row.required(column), self.prefixes.shorten(node.value)
        label = self.labels.get(node.value, written)  # an unlabelled concept is for the shapes to report
        if written != label:
            what = f"the {column} is {written!r}, but the English label of {name} is {label!r}."
            raise row.fault(what, "Replace it, here and in the other rows with it.")

    def _check_name(self, row: Row) -> None:
        subject, target = (row.values[column].partition(":")[2] for column in ("subject_id", "object_id"))
        tail = "none" if target == "NoTermFound" else f"sdg-{target}"
        expected = f"gpg:link-{subject}-{tail}"
        if row.values["record_id"] != expected:
            raise row.fault(f"the record_id is {row.values['record_id']}.", f"It should be {expected}.")


def _english_labels(assembly: Assembly, prefixes: Prefixes) -> dict[str, str]:
    kinds = {prefixes.expand("skos:prefLabel"), prefixes.expand("rdfs:label")}
    return {
        quad.subject.value: quad.object.value
        for quad in assembly.quads
        if quad.predicate in kinds
        and isinstance(quad.subject, NamedNode)
        and isinstance(quad.object, Literal)
        and quad.object.language == "en"
    }


def _confidence(row: Row, text: str) -> Literal:
    try:
        number = Decimal(text)
    except InvalidOperation as error:
        raise row.fault(f"the confidence {text!r} is not a number.", "Write one from 0.5 to 1.") from error
    if not (number.is_finite() and LEAST_CONFIDENCE <= number <= 1):
        raise row.fault(f"the confidence {text} is not from 0.5 to 1.", "Mend it; a weaker link is not published.")
    return Literal(text, datatype=NamedNode("http://www.w3.org/2001/XMLSchema#double"))


def _date(row: Row, text: str) -> Literal:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise row.fault(f"the mapping_date {text!r} is not a date.", "Write it as 2026-11-23.") from error
    return Literal(day.isoformat(), datatype=NamedNode("http://www.w3.org/2001/XMLSchema#date"))


def _url(row: Row, text: str) -> NamedNode:
    try:
        return NamedNode(text)
    except ValueError as error:
        raise row.fault(f"{text!r} in the column ext_source is not an IRI.", "Write the page's address.") from error


MAKERS: dict[str, Callable[[Row, str], NamedNode | Literal]] = {
    "confidence": _confidence,
    "date": _date,
    "url": _url,
}


def _check_metadata(table: Table, prefixes: Prefixes) -> None:
    for slot in ("mapping_set_id", "mapping_set_title", "mapping_set_description", "license", "curie_map"):
        if not table.metadata.get(slot):
            raise SourceError(f"{table.name}:1", f"the metadata block has no {slot}.", "Add it; SSSOM needs it.")
    for prefix, namespace in table.metadata["curie_map"].items():
        expected = prefixes.table.get(prefix, namespace)
        if namespace != expected:
            what = f"the curie_map has {prefix}: {namespace}, but the prefix table has {expected}."
            raise SourceError(f"{table.name}:1", what, "Make them agree.")


def _mapping_set(table: Table, prefixes: Prefixes) -> Iterator[Triple]:
    node = NamedNode(table.metadata["mapping_set_id"])
    texts = {
        "dcterms:title": "mapping_set_title",
        "dcterms:description": "mapping_set_description",
        "rdfs:comment": "comment",
        "sssom:mapping_tool": "mapping_tool",
    }
    yield Triple(node, prefixes.expand(RDF_TYPE), prefixes.expand("sssom:MappingSet"))
    yield Triple(node, prefixes.expand("dcterms:license"), NamedNode(table.metadata["license"]))
    for creator in table.metadata.get("creator_id", []):
        yield Triple(node, prefixes.expand("dcterms:creator"), prefixes.expand(creator))
    for name, slot in texts.items():
        if slot in table.metadata:
            yield Triple(node, prefixes.expand(name), Literal(str(table.metadata[slot]), language="en"))
    for row in table.rows:
        yield Triple(node, prefixes.expand("sssom:mappings"), prefixes.expand(row.values["record_id"]))
