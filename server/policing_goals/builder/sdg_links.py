"""The SDG link table to triples, checked against both annotators' readings and against the quoted text.

A row of data/links/sdg.sssom.tsv becomes the direct triple and a named gpgo:SDGLink in the shape of an SSSOM mapping
(owl:Axiom). A row with sssom:NoTermFound becomes an owl:Axiom alone: a statement that no target was found.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.builder.annotator_agreement import Agreement, decimal, measurement_triples
from policing_goals.builder.codebook import read_codebook
from policing_goals.builder.sources import SourceGraph, Sources, in_graph
from policing_goals.builder.sssom import RowTerms, check_table, confidence, day, mapping_set, row_terms
from policing_goals.builder.tables import Row, read_plain_table, read_table
from policing_goals.languages import LANGUAGES
from policing_goals.vocabulary import GPG, GPGO

TABLE = "data/links/sdg.sssom.tsv"
GRAPH = NamedNode(GPG + "graph-links")
REQUIRED = (
    "record_id", "subject_id", "subject_label", "predicate_id", "object_id", "object_label",
    "mapping_justification", "confidence", "author_id", "mapping_date", "comment", "ext_comment_fr", "ext_comment_es",
    "ext_comment_ar", "ext_strength", "ext_basis", "ext_evidence", "ext_source", "ext_note", "ext_note_fr",
    "ext_note_es", "ext_note_ar",
)  # fmt: skip
# Column, property, and how its text becomes a term.
SHARED = (
    ("mapping_justification", "sssom:mapping_justification", "iri"),
    ("author_id", "pav:authoredBy", "iri"),
    ("mapping_date", "dcterms:created", "date"),
    ("comment", "rdfs:comment", "en"),
    ("ext_comment_fr", "rdfs:comment", "fr"),
    ("ext_comment_es", "rdfs:comment", "es"),
    ("ext_comment_ar", "rdfs:comment", "ar"),
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
    ("ext_note_es", "skos:editorialNote", "es"),
    ("ext_note_ar", "skos:editorialNote", "ar"),
)
NO_TERM = "sssom:NoTermFound"

READINGS = "data/links/sdg.readings.tsv"
READING_COLUMNS = (
    "subject_id", "object_id", "first_strength", "first_confidence",
    "second_strength", "second_confidence", "settled", "reason",
)  # fmt: skip
STRENGTHS = ("direct", "indirect")
DROPPED = "dropped"
CONFIDENCE = re.compile(r"0\.[5-9]\d*|1(\.0*)?")
ELEMENTS = 7 + 38 + 5 + 35
GOALS_AND_TARGETS = 17 + 169
HEADINGS = ("gpg:goal-", "gpg:theme-")
PUBLISHED = "gpg:basis-interpol-published"

OFFICIAL_TEXT = f"{GPGO}officialText"
DEFINITION = "http://www.w3.org/2004/02/skos/core#definition"
# A rationale quotes its evidence: the words of the translation, with the French words beside them.
RATIONALES = {"comment": "en", "ext_comment_fr": "fr", "ext_comment_es": "es", "ext_comment_ar": "ar"}
QUOTED = re.compile(r"“([^”]+)”|« ([^»]+) »|«([^» ][^»]*)»")
FRENCH = "fr"


def read_links(sources: Sources, graph: SourceGraph) -> None:
    """Read the SDG link table into gpg:graph-links, with the agreement of its two annotators.

    The graph must have the targets. Raises SourceError, with file and line, for a row that is not a well-formed link
    to something that exists.
    """
    table = read_table(sources, TABLE, REQUIRED)
    check_table(table, sources.prefixes)
    terms, texts, codebook = row_terms(sources, graph), texts_by_language(graph), read_codebook(sources)
    for row in table.rows:
        check_rationale(row, texts)
        for triple in _link(row, terms):
            graph.add(in_graph(triple, GRAPH), row.place)
        if row.values["object_id"] != NO_TERM and row.values["ext_basis"] != PUBLISHED:
            codebook.check(row)
    readings = read_readings(sources)
    _check_settled(readings, {(row.values["subject_id"], row.values["object_id"]): row for row in table.rows})
    headings = tuple(row for row in readings if row.values["subject_id"].startswith(HEADINGS))
    bullets = tuple(row for row in readings if row not in headings)
    figures = {
        **agreement(readings).measurements(),
        "f1-headings": decimal(agreement(headings).f1()),
        "f1-bullets": decimal(agreement(bullets).f1()),
        "same-strength": decimal(same_strength(readings)),
    }
    measured = measurement_triples("links-sdg", NamedNode(GPG + "links-sdg"), figures, sources.prefixes)
    for triple in (*mapping_set(table, sources.prefixes), *measured):
        graph.add(in_graph(triple, GRAPH), f"{TABLE}:1")


def read_readings(sources: Sources) -> tuple[Row, ...]:
    """The rows of data/links/sdg.readings.tsv: the two annotators' readings of each element, and what was settled.

    Raises SourceError, with file and line, for a pair that is there twice, an unknown strength or outcome, a
    confidence out of range, or a difference without a reason.
    """
    rows = read_plain_table(sources, READINGS, READING_COLUMNS)
    seen: set[tuple[str, str]] = set()
    for row in rows:
        pair = row.required("subject_id"), row.required("object_id")
        if pair in seen:
            raise row.fault(f"{pair[0]} and {pair[1]} are there twice.", "Merge the rows.")
        seen.add(pair)
        _check_reading(row)
    return rows


def agreement(readings: tuple[Row, ...]) -> Agreement:
    """The agreement of the annotators on pairs of an element with an SDG goal or target."""
    pairs = [(row.values.get("first_strength"), row.values.get("second_strength")) for row in readings]
    return Agreement(
        first=sum(first is not None for first, _ in pairs),
        second=sum(second is not None for _, second in pairs),
        both=sum(None not in pair for pair in pairs),
        possible=ELEMENTS * GOALS_AND_TARGETS,
    )


def same_strength(readings: tuple[Row, ...]) -> float:
    """Of the pairs that both annotators chose, the share (0 to 1) to which both give the same strength."""
    pairs = [(row.values.get("first_strength"), row.values.get("second_strength")) for row in readings]
    both = [pair for pair in pairs if None not in pair]
    return sum(first == second for first, second in both) / len(both)


def official_texts(graph: SourceGraph) -> dict[str, str]:
    """The official text of each element, by its CURIE."""
    return {
        "gpg:" + str(getattr(quad.subject, "value", "")).removeprefix(GPG): quad.object.value
        for quad in graph.quads
        if quad.predicate.value == OFFICIAL_TEXT and isinstance(quad.object, Literal)
    }


def texts_by_language(graph: SourceGraph) -> dict[str, dict[str, str]]:
    """The text of each element by its CURIE, in each language: the official text in French, else its translation."""
    found: dict[str, dict[str, str]] = {language: {} for language in LANGUAGES}
    found[FRENCH] = official_texts(graph)
    for quad in graph.quads:
        if quad.predicate.value == DEFINITION and isinstance(quad.object, Literal):
            language = quad.object.language or ""
            if language in found and language != FRENCH:
                name = "gpg:" + str(getattr(quad.subject, "value", "")).removeprefix(GPG)
                found[language][name] = quad.object.value
    return found


def check_rationale(row: Row, texts: Mapping[str, Mapping[str, str]]) -> None:
    """Raise SourceError for a row with evidence whose rationales do not quote each part of it, word for word.

    texts: by language and CURIE of the element (see texts_by_language). A quotation is of the official text, or of the
    translation into the language of the rationale.
    """
    evidence = [name for name in row.values.get("ext_evidence", "").split("|") if name in texts[FRENCH]]
    for column, language in RATIONALES.items() if evidence else ():
        quoted = ["".join(groups) for groups in QUOTED.findall(row.required(column))]
        for name in evidence:
            if not any(words in texts[FRENCH][name] for words in quoted):
                fix = "Quote the French words that it relies on: “…” in English, « … » in French, «…» in the others."
                raise row.fault(f"the {column} quotes no words of {name}.", fix)
        # The shapes report an element that lacks a translation.
        known = [texts[each].get(name) for each in (language, FRENCH) for name in evidence]
        for words in quoted:
            if not any(text is None or words in text for text in known):
                problem = f"the {column} quotes {words!r}, which {', '.join(evidence)} do not say."
                raise row.fault(problem, "Quote the text exactly, or name the element that has these words.")


def _link(row: Row, terms: RowTerms) -> Iterator[Triple]:
    expand = terms.prefixes.expand
    subject, predicate = terms.known(row, "subject_id"), terms.iri(row, "predicate_id")
    found = row.required("object_id") != NO_TERM
    target = terms.known(row, "object_id") if found else terms.iri(row, "object_id")
    node = _node(row, terms)
    terms.check_label(row, "subject_label", subject)
    if found:
        terms.check_label(row, "object_label", target)
        yield Triple(subject, predicate, target)
        yield Triple(node, expand("rdf:type"), expand("gpgo:SDGLink"))
    yield Triple(node, expand("rdf:type"), expand("owl:Axiom"))
    for name, value in (("Source", subject), ("Property", predicate), ("Target", target)):
        yield Triple(node, expand(f"owl:annotated{name}"), value)
    yield Triple(node, expand("prov:wasDerivedFrom"), _document(row))
    required = (*SHARED, *(LINK_ONLY if found else ()))
    for column, _, _ in required:
        row.required(column)
    for column, name, kind in (*required, *OPTIONAL):
        for term in _terms(row, column, kind, terms):
            yield Triple(node, expand(name), term)


def _terms(row: Row, column: str, kind: str, terms: RowTerms) -> Iterator[NamedNode | Literal]:
    text = row.values.get(column)
    if text is None:
        return
    if kind in ("iri", "iris"):
        yield from (terms.curie(row, column, part) for part in text.split("|"))
    elif kind in LANGUAGES:
        yield Literal(text, language=kind)
    else:
        yield TERM_MAKERS[kind](row, column)


def _node(row: Row, terms: RowTerms) -> NamedNode:
    subject, target = (row.required(column).partition(":")[2] for column in ("subject_id", "object_id"))
    expected = f"gpg:link-{subject}-{'none' if target == 'NoTermFound' else f'sdg-{target}'}"
    if row.values["record_id"] != expected:
        raise row.fault(f"the record_id is {row.values['record_id']}.", f"It should be {expected}.")
    return terms.iri(row, "record_id")


def _document(row: Row) -> NamedNode:
    # What INTERPOL has published elsewhere does not come from the brochure, which names no SDG.
    return _url(row, "ext_source") if "ext_source" in row.values else NamedNode(GPG + "source-2023-fr")


def _url(row: Row, column: str) -> NamedNode:
    text = row.required(column)
    try:
        return NamedNode(text)
    except ValueError as error:
        raise row.fault(f"{text!r} in the column {column} is not an IRI.", "Write the page's address.") from error


def _check_reading(row: Row) -> None:
    given = [row.values.get(f"{which}_strength", "") for which in ("first", "second")]
    for which, strength in zip(("first", "second"), given, strict=True):
        number = row.values.get(f"{which}_confidence", "")
        if strength not in ("", *STRENGTHS) or bool(strength) != bool(CONFIDENCE.fullmatch(number)):
            problem = f"the {which} reading is {strength!r} with the confidence {number!r}."
            raise row.fault(problem, "Write direct or indirect with a confidence from 0.5 to 1, or leave both empty.")
    if not any(given) or row.required("settled") not in (*STRENGTHS, DROPPED):
        raise row.fault("there is no reading, or an unknown outcome.", "settled is direct, indirect or dropped.")
    if (given[0] != given[1]) != ("reason" in row.values):
        problem = "a reason is given for an agreement, or none for a difference."
        raise row.fault(problem, "Say why a difference was settled this way.")


def _check_settled(readings: tuple[Row, ...], links: dict[tuple[str, str], Row]) -> None:
    # links: by subject and object. What was settled and the links of the project must be the same.
    settled = {(row.values["subject_id"], row.values["object_id"]): row for row in readings}
    for pair, row in settled.items():
        link = links.get(pair)
        strength = link.values.get("ext_strength", "").removeprefix("gpg:strength-") if link else DROPPED
        if strength != row.values["settled"]:
            outcome = row.values["settled"]
            problem = f"{pair[0]} and {pair[1]} were settled as {outcome}, but the link table has {strength}."
            raise row.fault(problem, "Make the two tables agree.")
    for pair, link in links.items():
        if pair not in settled and pair[1] != NO_TERM and link.values.get("ext_basis") != PUBLISHED:
            raise link.fault(f"{READINGS} does not say how it was settled.", "Add the pair there.")


TERM_MAKERS: dict[str, Callable[[Row, str], NamedNode | Literal]] = {"confidence": confidence, "date": day, "url": _url}
