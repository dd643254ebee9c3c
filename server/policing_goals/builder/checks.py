"""The checks of the checklist that are written in Python, because neither a shape nor a query can express them.

Each takes a CheckContext and returns how many items it looked at and which of them fail.
"""

from collections.abc import Iterator
from importlib.metadata import version as package_version

from pyoxigraph import DefaultGraph, Literal, NamedNode, QuerySolutions

from policing_goals.builder import crosswalks, sdg_links
from policing_goals.builder.checklist import CheckContext, CheckFunction
from policing_goals.builder.quotations import SOURCE, check_quotations, quotations
from policing_goals.builder.tables import Table, read_table
from policing_goals.errors import SourceError
from policing_goals.model.validation_report import CheckResult
from policing_goals.vocabulary import GPGO

# Slots of SSSOM 1.1 that a mapping set and a mapping need, including those that its validator fills in silently.
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


def _one_version(context: CheckContext) -> CheckResult:
    found = {
        "owl:versionInfo": _values(context, "owl:versionInfo"),
        "dcat:version": _values(context, "dcat:version"),
        "package": {package_version("policing-goals")},
    }
    right = found["owl:versionInfo"]
    faults = (f"{name} {', '.join(sorted(each))}" for name, each in found.items() if each != right)
    return CheckResult(len(found), tuple(faults))


def _values(context: CheckContext, property_: str) -> set[str]:
    quads = context.store.quads_for_pattern(None, context.sources.expand(property_), None, DefaultGraph())
    return {quad.object.value for quad in quads if isinstance(quad.object, Literal)}


def _ranges(context: CheckContext) -> CheckResult:
    expand, store = context.sources.expand, context.store
    classes = ("owl:ObjectProperty", "owl:DatatypeProperty", "owl:AnnotationProperty")
    ours = sorted(
        {
            quad.subject.value
            for class_ in classes
            for quad in store.quads_for_pattern(None, expand("rdf:type"), expand(class_), DefaultGraph())
            if isinstance(quad.subject, NamedNode) and quad.subject.value.startswith(GPGO)
        }
    )
    faults = (each for each in ours if each not in context.constrained and not _has_ends(context, NamedNode(each)))
    return CheckResult(len(ours), tuple(map(context.sources.shorten, faults)))


def _has_ends(context: CheckContext, node: NamedNode) -> bool:
    ends = (context.sources.expand(f"rdfs:{end}") for end in ("domain", "range"))
    return all(any(context.store.quads_for_pattern(node, end, None, DefaultGraph())) for end in ends)


def _exact_quotations(context: CheckContext) -> CheckResult:
    texts = list(context.store.quads_for_pattern(None, NamedNode(GPGO + "officialText"), None, DefaultGraph()))
    source = context.sources.read(SOURCE)
    faults = [
        str(quad.subject) for quad in texts if isinstance(quad.object, Literal) and quad.object.value not in source
    ]
    try:
        check_quotations(context.sources, context.store)
    except SourceError as error:
        faults.append(str(error))
    return CheckResult(len(texts), tuple(faults))


def _whole_source(context: CheckContext) -> CheckResult:
    texts = _values(context, "gpgo:officialText")
    lines = list(quotations(context.sources.read(SOURCE)))
    return CheckResult(len(lines), tuple(f"{SOURCE}:{each.line}" for each in lines if each.text not in texts))


def _mapping_columns(context: CheckContext) -> CheckResult:
    tables = list(_mapping_tables(context))
    sets = (f"{table.name}: no {slot}" for table in tables for slot in MAPPING_SET if not table.metadata.get(slot))
    rows = [row for table in tables for row in table.rows]
    empty = (f"{row.place}: no {slot}" for row in rows for slot in MAPPING if slot not in row.values)
    return CheckResult(len(rows), (*sets, *empty))


def _mapping_tables(context: CheckContext) -> Iterator[Table]:
    yield read_table(context.sources, sdg_links.TABLE, sdg_links.REQUIRED)
    for name in crosswalks.TABLES.values():
        yield read_table(context.sources, name, crosswalks.REQUIRED)


def _mappings_round_trip(context: CheckContext) -> CheckResult:
    expand = context.sources.expand
    columns = ("record_id", "subject_id", "predicate_id", "object_id")
    rows = [row for table in _mapping_tables(context) for row in table.rows]
    written = {tuple(expand(row.required(column)).value for column in columns) for row in rows}
    found = context.store.query(MAPPINGS)
    if not isinstance(found, QuerySolutions):
        raise TypeError(found)
    read = {tuple(str(getattr(row[name], "value", "")) for name in ("node", "s", "p", "o")) for row in found}
    return CheckResult(len(written), tuple(sorted(context.sources.shorten(each[0]) for each in written ^ read)))


def _shapes_can_fail(context: CheckContext) -> CheckResult:
    blind = (f"shape:{shape.name} has no focus node" for shape in context.shapes if not shape.focus_nodes)
    safe = (f"shape:{shape.name} has no failing example" for shape in context.shapes if not shape.spoiler)
    return CheckResult(len(context.shapes), (*blind, *safe))


def _no_violation(context: CheckContext) -> CheckResult:
    violations = (finding for finding in context.findings if finding.severity == "Violation")
    return CheckResult(len(context.shapes), tuple(f"{finding.node}: {finding.message}" for finding in violations))


def _queries_answer(context: CheckContext) -> CheckResult:
    # A federated query needs the network, and is not among them.
    return CheckResult(len(context.answers), tuple(name for name, number in context.answers.items() if not number))


CHECKS: dict[str, CheckFunction] = {
    "one_version": _one_version,
    "ranges": _ranges,
    "exact_quotations": _exact_quotations,
    "whole_source": _whole_source,
    "mapping_columns": _mapping_columns,
    "mappings_round_trip": _mappings_round_trip,
    "shapes_can_fail": _shapes_can_fail,
    "no_violation": _no_violation,
    "queries_answer": _queries_answer,
}
