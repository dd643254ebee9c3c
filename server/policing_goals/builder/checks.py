"""The checks of the checklist that neither a shape nor a query can tell: changes when there is another.

Each looks at the evidence and tells how many things it looked at and which of them fail.
"""

import hashlib
from collections.abc import Iterator
from importlib.metadata import version as package_version
from pathlib import Path

from pyoxigraph import DefaultGraph, Literal, NamedNode, QueryBoolean, QuerySolutions, RdfFormat, parse

from policing_goals.builder import crosswalks, sdg_links
from policing_goals.builder.checklist import CheckContext, CheckFunction
from policing_goals.builder.quotations import SOURCE, check_quotations, quotations
from policing_goals.builder.shapes import count_with_rdflib, spoilers
from policing_goals.builder.sources import read_source
from policing_goals.builder.tables import Table, read_table
from policing_goals.errors import ParameterError, SourceError
from policing_goals.model.saved_query import SavedQuery
from policing_goals.model.validation_report import CheckResult
from policing_goals.vocabulary import GPGO

# Slots of SSSOM 1.1 that a mapping set and a mapping need, those that its validator fills in silently included.
MAPPING_SET, MAPPING = ("mapping_set_id", "license"), ("record_id", "predicate_id", "mapping_justification")

MAPPINGS = """
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX sssom: <https://w3id.org/sssom/>
SELECT ?node ?s ?p ?o WHERE {
  ?node sssom:mapping_justification ?why ;
        owl:annotatedSource ?s ;
        owl:annotatedProperty ?p ;
        owl:annotatedTarget ?o .
}
"""


def _parsers(evidence: CheckContext) -> CheckResult:
    paths = sorted(
        path for folder in ("ontology", "data", "shapes") for path in (evidence.root / folder).rglob("*.ttl")
    )
    counts = {path: (count_with_rdflib(path), _count(path)) for path in paths}
    faults = (
        f"{path.relative_to(evidence.root).as_posix()}: rdflib {rdflib}, Oxigraph {oxigraph}"
        for path, (rdflib, oxigraph) in counts.items()
        if rdflib != oxigraph
    )
    return CheckResult(len(paths), tuple(faults))


def _count(path: Path) -> int:
    return len(set(parse(path=path, format=RdfFormat.TURTLE)))


def _one_version(evidence: CheckContext) -> CheckResult:
    said = {
        "owl:versionInfo": _values(evidence, "owl:versionInfo"),
        "dcat:version": _values(evidence, "dcat:version"),
        "package": {package_version("policing-goals")},
    }
    right = said["owl:versionInfo"]
    return CheckResult(
        len(said), tuple(f"{name} {', '.join(sorted(each))}" for name, each in said.items() if each != right)
    )


def _values(evidence: CheckContext, property_: str) -> set[str]:
    quads = evidence.store.quads_for_pattern(None, evidence.prefixes.expand(property_), None, DefaultGraph())
    return {quad.object.value for quad in quads if isinstance(quad.object, Literal)}


def _ranges(evidence: CheckContext) -> CheckResult:
    expand, store = evidence.prefixes.expand, evidence.store
    kinds = ("owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty")
    ours = sorted(
        {
            quad.subject.value
            for kind in kinds
            for quad in store.quads_for_pattern(None, expand("rdf:type"), expand(kind), DefaultGraph())
            if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(GPGO)
        }
    )
    faults = (each for each in ours if each not in evidence.constrained and not _has_ends(evidence, NamedNode(each)))
    return CheckResult(len(ours), tuple(map(evidence.prefixes.shorten, faults)))


def _has_ends(evidence: CheckContext, node: NamedNode) -> bool:
    ends = (evidence.prefixes.expand(f"rdfs:{end}") for end in ("domain", "range"))
    return all(any(evidence.store.quads_for_pattern(node, end, None, DefaultGraph())) for end in ends)


def _exact_quotations(evidence: CheckContext) -> CheckResult:
    texts = list(evidence.store.quads_for_pattern(None, NamedNode(GPGO + "officialText"), None, DefaultGraph()))
    source = read_source(evidence.root, SOURCE)
    faults = [
        str(quad.subject) for quad in texts if isinstance(quad.object, Literal) and quad.object.value not in source
    ]
    try:
        check_quotations(evidence.root, evidence.store)
    except SourceError as error:
        faults.append(str(error))
    return CheckResult(len(texts), tuple(faults))


def _whole_source(evidence: CheckContext) -> CheckResult:
    texts = _values(evidence, "gpgo:officialText")
    lines = list(quotations(read_source(evidence.root, SOURCE)))
    return CheckResult(len(lines), tuple(f"{SOURCE}:{each.line}" for each in lines if each.text not in texts))


def _mapping_columns(evidence: CheckContext) -> CheckResult:
    tables = list(_tables(evidence))
    sets = (f"{table.name}: no {slot}" for table in tables for slot in MAPPING_SET if not table.metadata.get(slot))
    rows = [row for table in tables for row in table.rows]
    empty = (f"{row.place}: no {slot}" for row in rows for slot in MAPPING if slot not in row.values)
    return CheckResult(len(rows), (*sets, *empty))


def _tables(evidence: CheckContext) -> Iterator[Table]:
    yield read_table(evidence.root, sdg_links.TABLE, sdg_links.REQUIRED)
    for name in crosswalks.VOCABULARIES.values():
        yield read_table(evidence.root, name, crosswalks.REQUIRED)


def _mappings_round_trip(evidence: CheckContext) -> CheckResult:
    written = {
        tuple(
            evidence.prefixes.expand(row.required(column)).value
            for column in ("record_id", "subject_id", "predicate_id", "object_id")
        )
        for table in _tables(evidence)
        for row in table.rows
    }
    found = evidence.store.query(MAPPINGS)
    if not isinstance(found, QuerySolutions):
        raise TypeError(found)
    read = {tuple(str(getattr(row[name], "value", "")) for name in ("node", "s", "p", "o")) for row in found}
    return CheckResult(len(written), tuple(sorted(evidence.prefixes.shorten(each[0]) for each in written ^ read)))


def _shapes_can_fail(evidence: CheckContext) -> CheckResult:
    known = {path.stem for path in spoilers(evidence.root)}
    blind = (f"shape:{name} looks at nothing" for name, number in evidence.focus.items() if not number)
    safe = (f"shape:{name} has no spoiler" for name in evidence.focus if name not in known)
    return CheckResult(len(evidence.focus), (*blind, *safe))


def _no_violation(evidence: CheckContext) -> CheckResult:
    grave = (finding for finding in evidence.findings if finding.severity == "Violation")
    return CheckResult(len(evidence.focus), tuple(f"{finding.node}: {finding.message}" for finding in grave))


def _queries_answer(evidence: CheckContext) -> CheckResult:
    # A federated query needs the network.
    own = [query for query in evidence.queries if not query.federates]
    return CheckResult(len(own), tuple(query.name for query in own if not _answers(evidence, query)))


def _answers(evidence: CheckContext, query: SavedQuery) -> bool:
    try:
        result = evidence.store.query(query.text, substitutions=query.bindings({}, evidence.prefixes))
        return isinstance(result, QueryBoolean) or any(True for _ in result)
    except (SyntaxError, RuntimeError, ParameterError):
        # What is wrong with it is for check_saved_queries to say.
        return False


def _reproducible(evidence: CheckContext) -> CheckResult:
    first, second = (hashlib.sha256(text.encode()) for text in (evidence.nquads, evidence.again()))
    same = first.digest() == second.digest()
    return CheckResult(evidence.nquads.count("\n"), () if same else (f"{first.hexdigest()} and {second.hexdigest()}",))


CHECKS: dict[str, CheckFunction] = {
    "parsers": _parsers,
    "one_version": _one_version,
    "ranges": _ranges,
    "exact_quotations": _exact_quotations,
    "whole_source": _whole_source,
    "mapping_columns": _mapping_columns,
    "mappings_round_trip": _mappings_round_trip,
    "shapes_can_fail": _shapes_can_fail,
    "no_violation": _no_violation,
    "queries_answer": _queries_answer,
    "reproducible": _reproducible,
}
