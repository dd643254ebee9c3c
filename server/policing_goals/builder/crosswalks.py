"""Crosswalk tables to triples: mappings of our concepts to other vocabularies.

A row of data/links/VOCABULARY.sssom.tsv becomes the direct triple (skos:exactMatch and so on) and a named owl:Axiom in
the shape of an SSSOM mapping. ICCS has codes and no IRIs, so data/links/iccs.tsv becomes values of gpgo:iccsCode.
"""

import re
from collections.abc import Iterator

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.builder.sources import SourceGraph, Sources, in_graph
from policing_goals.builder.sssom import RowTerms, check_table, confidence, day, mapping_set, row_terms
from policing_goals.builder.tables import Row, read_plain_table, read_table
from policing_goals.vocabulary import GPG

# The table of each vocabulary, by the prefix of its namespace.
TABLES = {
    "unbis": "data/links/unbis.sssom.tsv",
    "eurovoc": "data/links/eurovoc.sssom.tsv",
    "gemet": "data/links/gemet.sssom.tsv",
    "wd": "data/links/wikidata.sssom.tsv",
}
ICCS = "data/links/iccs.tsv"
GRAPH = NamedNode(GPG + "graph-crosswalks")
MATCHES = tuple(f"skos:{kind}Match" for kind in ("exact", "close", "broad", "narrow", "related"))
REQUIRED = (
    "record_id", "subject_id", "subject_label", "predicate_id", "object_id", "object_label",
    "mapping_justification", "confidence", "author_id", "mapping_date", "comment", "ext_comment_fr",
)  # fmt: skip
ICCS_REQUIRED = ("subject_id", "subject_label", "code", "label", "comment", "comment_fr")
# Section, division, group, class: two, four, five or six digits (ICCS 1.0).
CODE = re.compile(r"(0[1-9]|1[01])(\d{2}\d{0,2})?")


def read_crosswalks(sources: Sources, graph: SourceGraph) -> None:
    """Read every crosswalk table into gpg:graph-crosswalks.

    The graph must have the concepts. Raises SourceError, with file and line, for a row that is not a well-formed
    mapping of a concept that exists.
    """
    terms = row_terms(sources, graph)
    for prefix, name in TABLES.items():
        table = read_table(sources, name, REQUIRED)
        check_table(table, sources.prefixes)
        _check_exact(table.rows)
        for row in table.rows:
            for triple in _mapping(row, prefix, terms):
                graph.add(in_graph(triple, GRAPH), row.place)
        for triple in mapping_set(table, sources.prefixes):
            graph.add(in_graph(triple, GRAPH), f"{name}:1")
    for row in read_plain_table(sources, ICCS, ICCS_REQUIRED):
        graph.add(in_graph(_code(row, terms), GRAPH), row.place)


def _mapping(row: Row, prefix: str, terms: RowTerms) -> Iterator[Triple]:
    expand = terms.prefixes.expand
    subject, predicate = terms.known(row, "subject_id"), row.required("predicate_id")
    if predicate not in MATCHES:
        raise row.fault(f"{predicate} is not a match type of SKOS.", f"Write one of {', '.join(MATCHES)}.")
    target, node = _target(row, prefix, terms), _node(row, prefix, terms)
    terms.check_label(row, "subject_label", subject)
    yield Triple(subject, expand(predicate), target)
    for name, value in (
        ("rdf:type", expand("owl:Axiom")),
        ("owl:annotatedSource", subject),
        ("owl:annotatedProperty", expand(predicate)),
        ("owl:annotatedTarget", target),
        ("sssom:object_label", Literal(row.required("object_label"))),
        ("sssom:mapping_justification", terms.iri(row, "mapping_justification")),
        ("sssom:confidence", confidence(row, "confidence")),
        ("pav:authoredBy", terms.known(row, "author_id")),
        ("dcterms:created", day(row, "mapping_date")),
        ("rdfs:comment", Literal(row.required("comment"), language="en")),
        ("rdfs:comment", Literal(row.required("ext_comment_fr"), language="fr")),
    ):
        yield Triple(node, expand(name), value)


def _target(row: Row, prefix: str, terms: RowTerms) -> NamedNode:
    text = row.required("object_id")
    if not text.startswith(f"{prefix}:"):
        problem = f"{text!r} in the column object_id is not in the namespace of this table."
        raise row.fault(problem, f"Write {prefix}: and the end of an IRI of <{terms.prefixes.table[prefix]}>.")
    return terms.iri(row, "object_id")


def _node(row: Row, prefix: str, terms: RowTerms) -> NamedNode:
    subject, target = (row.required(column).partition(":")[2] for column in ("subject_id", "object_id"))
    expected = f"gpg:mapping-{subject}-{prefix}-{target}"
    if row.required("record_id") != expected:
        raise row.fault(f"the record_id is {row.values['record_id']}.", f"It should be {expected}.")
    return terms.iri(row, "record_id")


def _check_exact(rows: tuple[Row, ...]) -> None:
    exact: dict[str, str] = {}
    for row in rows:
        subject, target = row.required("subject_id"), row.required("object_id")
        if row.required("predicate_id") == "skos:exactMatch" and exact.setdefault(subject, target) != target:
            problem = f"{subject} has two exact matches in one vocabulary: {exact[subject]} and {target}."
            raise row.fault(problem, "Choose one; the other is skos:closeMatch at most.")


def _code(row: Row, terms: RowTerms) -> Triple:
    subject, code = terms.known(row, "subject_id"), row.required("code")
    terms.check_label(row, "subject_label", subject)
    if not CODE.fullmatch(code):
        raise row.fault(f"{code!r} is not a code of ICCS.", "Write its two, four, five or six digits, such as 0204.")
    return Triple(subject, terms.prefixes.expand("gpgo:iccsCode"), Literal(code))
