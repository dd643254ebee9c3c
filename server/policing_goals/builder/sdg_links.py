"""SDG link tables to triples: changes when a link gets a new property.

A row becomes the direct triple and a named gpgo:SDGLink in the shape of an SSSOM
mapping (owl:Axiom). A row with sssom:NoTermFound becomes an owl:Axiom alone: a
statement that no target was found.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.builder.agreement import Agreement, decimal, measurement_triples
from policing_goals.builder.sources import SourceGraph, in_graph
from policing_goals.builder.sssom import RowTerms, check_table, confidence, day, english_labels, mapping_set
from policing_goals.builder.tables import Row, read_plain_table, read_table
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG, GPGO

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


def read_links(root: Path, prefixes: Prefixes, assembly: SourceGraph) -> None:
    """Read the SDG link table into gpg:graph-links, with the agreement of its two readings.

    The targets must already be in the assembly. Raises SourceError, with file
    and line, for a row that is not a well-formed link to something that exists.
    """
    table = read_table(root, TABLE, REQUIRED)
    check_table(table, prefixes)
    maker = _LinkMaker(prefixes, RowTerms(prefixes, assembly, english_labels(assembly, prefixes)))
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

    def __init__(self, prefixes: Prefixes, cells: RowTerms) -> None:
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


READINGS = "data/links/sdg.readings.tsv"
BULLETS = 73
GOALS_AND_TARGETS = 17 + 169
STRENGTHS = ("direct", "indirect")
DROPPED = "dropped"
CONFIDENCE = re.compile(r"0\.[5-9]\d*|1(\.0*)?")
READING_COLUMNS = (
    "subject_id", "object_id", "first_strength", "first_confidence",
    "second_strength", "second_confidence", "settled", "reason",
)  # fmt: skip


def read_readings(root: Path) -> tuple[Row, ...]:
    """The rows of ROOT/data/links/sdg.readings.tsv, each well formed.

    Raises SourceError, with file and line, for a pair that stands twice, a strength or an
    outcome that there is not, a confidence out of range, or a difference without a reason.
    """
    rows = read_plain_table(root, READINGS, READING_COLUMNS)
    seen: set[tuple[str, str]] = set()
    for row in rows:
        pair = row.required("subject_id"), row.required("object_id")
        if pair in seen:
            raise row.fault(f"{pair[0]} and {pair[1]} stand twice.", "Merge the rows.")
        seen.add(pair)
        _check_row(row)
    return rows


def _check_row(row: Row) -> None:
    given = [row.values.get(f"{which}_strength", "") for which in ("first", "second")]
    for which, strength in zip(("first", "second"), given, strict=True):
        confidence = row.values.get(f"{which}_confidence", "")
        if strength not in ("", *STRENGTHS) or bool(strength) != bool(CONFIDENCE.fullmatch(confidence)):
            what = f"the {which} reading is {strength!r} with the confidence {confidence!r}."
            raise row.fault(what, "Write direct or indirect with a confidence from 0.5 to 1, or leave both empty.")
    if not any(given) or row.required("settled") not in (*STRENGTHS, DROPPED):
        raise row.fault("no reading, or an outcome that there is not.", "settled is direct, indirect or dropped.")
    if (given[0] != given[1]) != ("reason" in row.values):
        raise row.fault(
            "a reason is given for an agreement, or none for a difference.", "Say why a difference was settled so."
        )


def check_settled(readings: tuple[Row, ...], links: dict[tuple[str, str], Row]) -> None:
    """Compare what was settled with the links of the bullets, by subject and object.

    Raises SourceError for a settled pair without its link, or a link that was not settled so.
    """
    settled = {(row.values["subject_id"], row.values["object_id"]): row for row in readings}
    for pair, row in settled.items():
        link = links.get(pair)
        strength = link.values.get("ext_strength", "").removeprefix("gpg:strength-") if link else DROPPED
        if strength != row.values["settled"]:
            what = (
                f"{pair[0]} and {pair[1]} were settled as {row.values['settled']}, but the link table has {strength}."
            )
            raise row.fault(what, "Make the two tables agree.")
    for pair, link in links.items():
        bullet = pair[0].startswith(("gpg:objective-", "gpg:commitment-"))
        if bullet and pair not in settled and pair[1] != "sssom:NoTermFound":
            raise link.fault(f"{READINGS} does not say how it was settled.", "Add the pair there.")


def measure(readings: tuple[Row, ...]) -> Agreement:
    """Count the pairs of a bullet with an SDG goal or target in the readings."""
    pairs = [(row.values.get("first_strength"), row.values.get("second_strength")) for row in readings]
    return Agreement(
        first=sum(first is not None for first, _ in pairs),
        second=sum(second is not None for _, second in pairs),
        both=sum(None not in pair for pair in pairs),
        possible=BULLETS * GOALS_AND_TARGETS,
    )


def same_strength(readings: tuple[Row, ...]) -> float:
    """The share, 0 to 1, of the pairs of both readings to which both give the same strength."""
    pairs = [(row.values.get("first_strength"), row.values.get("second_strength")) for row in readings]
    both = [pair for pair in pairs if None not in pair]
    return sum(first == second for first, second in both) / len(both)


OFFICIAL_TEXT = f"{GPGO}officialText"
QUOTED = {"comment": re.compile(r"“([^”]+)”"), "ext_comment_fr": re.compile(r"« ([^»]+) »")}


def official_texts(assembly: SourceGraph) -> dict[str, str]:
    """The official text of each element, by its CURIE."""
    return {
        "gpg:" + str(getattr(quad.subject, "value", "")).removeprefix(GPG): quad.object.value
        for quad in assembly.quads
        if quad.predicate.value == OFFICIAL_TEXT and isinstance(quad.object, Literal)
    }


def check_rationale(row: Row, texts: dict[str, str]) -> None:
    """Raise SourceError for a row with evidence whose rationales do not quote it, word for word."""
    evidence = row.values.get("ext_evidence", "").split("|")
    known = [texts[name] for name in evidence if name in texts]
    if not known:
        return  # Nothing to quote from; the shapes ask for evidence where it is needed.
    for column, pattern in QUOTED.items():
        quoted = pattern.findall(row.required(column))
        if not quoted:
            what = f"the {column} quotes no words."
            raise row.fault(what, "Quote the French words relied on, between “ ” in English and « » in French.")
        for words in quoted:
            if not any(words in text for text in known):
                what = f"the {column} quotes {words!r}, which {', '.join(evidence)} do not say."
                raise row.fault(what, "Quote the official text exactly, or name the element that says so.")
