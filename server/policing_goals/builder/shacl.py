"""Run pySHACL, faster with a few patches, and report its results in the editor's terms.

Severity decides, not pySHACL's `conforms` flag, which counts Warnings too and can disagree with the severities that it
reports.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import wraps

import pyshacl
import pyshacl.shape
from pyoxigraph import NamedNode, Store
from pyshacl.constraints import ALL_CONSTRAINT_PARAMETERS, CONSTRAINT_PARAMETERS_MAP
from pyshacl.graph_abstraction import OxigraphDataGraph
from pyshacl.helper.sparql_query_helper import SPARQLQueryHelper
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from policing_goals.builder.shapes import constrained, describe_shapes, read_shapes, shapes_as_ntriples
from policing_goals.builder.sources import SourceGraph, Sources
from policing_goals.errors import Finding, SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.validation_report import Shape
from policing_goals.vocabulary import GPG

IRI_IN_TEXT = re.compile(r"https?://\S+?(?=[.,;:]?(?:\s|$))")
DATASET = GPG + "dataset"
RANK = ("Violation", "Warning", "Info")
Extra = Iterable[str] | None
Check = Callable[..., bool]


@dataclass(frozen=True)
class Validation:
    """The findings, the most severe first, and the same as an sh:ValidationReport in N-Triples."""

    findings: tuple[Finding, ...]
    ntriples: str


@dataclass(frozen=True)
class ShapesRun:
    """A run of all shapes: what they found, the shapes in words, and the IRIs of the properties that they constrain.

    as_ntriples: the shapes themselves.
    """

    validation: Validation
    shapes: tuple[Shape, ...]
    constrained: frozenset[str]
    as_ntriples: str


def run_all_shapes(sources: Sources, store: Store, graph: SourceGraph) -> ShapesRun:
    """Validate the store's named graphs against every shape of the sources.

    graph: where the statements are in the files. Raises SourceError if a shape is not well-formed SHACL.
    """
    shapes = read_shapes(sources)
    return ShapesRun(
        run_shacl(shapes, store, graph, sources.prefixes),
        describe_shapes(sources, store),
        constrained(shapes),
        shapes_as_ntriples(sources.root),
    )


def run_shacl(
    shapes: Graph, store: Store, graph: SourceGraph, prefixes: Prefixes, allow_warnings: bool = True
) -> Validation:
    """Validate the store's named graphs against shapes (from read_shapes).

    graph: where the statements are in the files; allow_warnings: whether a nested shape of severity Warning passes in
    spite of its results (pySHACL's reading). Raises SourceError if a shape itself is not well-formed SHACL.
    """
    apply_patches()
    # pySHACL reads a store as the union of its graphs: with the default graph, every statement would count twice.
    named = Store()
    named.extend(quad for quad in store if isinstance(quad.graph_name, NamedNode))
    _, results, text = pyshacl.validate(
        named,  # type: ignore[arg-type]  # accepted since 0.40.0, but not in the annotation
        shacl_graph=shapes,
        allow_warnings=allow_warnings,
        inference="none",
    )
    if not isinstance(results, Graph):
        raise SourceError("shapes", f"a shape is not well formed: {text}", "Fix the shape.")
    found = findings_of(results, graph, prefixes)
    return Validation(tuple(finding for finding, _ in found), _ntriples(results, [node for _, node in found]))


def findings_of(results: Graph, graph: SourceGraph, prefixes: Prefixes) -> list[tuple[Finding, Node]]:
    """The findings of an sh:ValidationReport, the most severe first, each with its node there."""
    nodes = results.subjects(RDF.type, SH.ValidationResult)
    found = [(_finding(results, node, graph, prefixes), node) for node in nodes]
    return sorted(found, key=lambda pair: _severity_order(pair[0]))


def _ntriples(results: Graph, order: list[Node]) -> str:
    # pySHACL names its nodes at random, but two builds of the same sources must give the same bytes.
    report = next(results.subjects(RDF.type, SH.ValidationReport))
    names = {node: BNode(f"result{number:04}") for number, node in enumerate(order, start=1)}
    named: dict[Node, Node] = {**names, report: BNode("report")}
    copy = Graph()
    for node, name in list(named.items()):
        for triple in _copied(results, node, name, named):
            copy.add(triple)
    # pySHACL runs with allow_warnings; in SHACL, a report conforms only without any result.
    copy.set((named[report], SH.conforms, Literal(not order)))
    return "".join(sorted(copy.serialize(format="nt").splitlines(keepends=True)))


def _copied(results: Graph, node: Node, name: Node, named: dict[Node, Node]) -> Iterator[tuple[Node, Node, Node]]:
    for _, predicate, value in results.triples((node, None, None)):
        other = named.get(value, value)
        if isinstance(value, BNode) and value not in named:
            # A path of several steps: a small tree below its result.
            other = BNode(f"{name}{str(predicate).rpartition('#')[2]}")
            yield from _copied(results, value, other, named)
        yield name, predicate, other


def _severity_order(finding: Finding) -> tuple[object, ...]:
    file, _, line = finding.where.partition(":")
    return RANK.index(finding.severity), file, int(line or 0), finding.node, finding.shape, finding.value


def _finding(results: Graph, node: Node, graph: SourceGraph, prefixes: Prefixes) -> Finding:
    def show(predicate: URIRef) -> str:
        term = results.value(node, predicate)
        if isinstance(term, URIRef):
            return prefixes.shorten(str(term))
        return _short(term) if isinstance(term, Literal) else str(term or "")

    path = results.value(node, SH.resultPath)
    value = results.value(node, SH.value)
    language = f"@{value.language}" if isinstance(value, Literal) and value.language else ""
    subject = _subject(str(results.value(node, SH.focusNode)), path, value, graph)
    place = graph.place(subject, f"{path or ''}{language}")
    return Finding(
        severity=str(results.value(node, SH.resultSeverity)).rpartition("#")[2],
        where=place,
        node=prefixes.shorten(subject),
        shape=show(SH.sourceShape),
        message=_message(results, node, prefixes),
        value=show(SH.value),
    )


def _subject(focus: str, path: Node | None, value: Node | None, graph: SourceGraph) -> str:
    # A rule about all graphs has the dataset as its focus node, and the faulty node, or its text, as value.
    if focus != DATASET:
        return focus
    if isinstance(value, URIRef) and graph.knows(str(value)):
        return str(value)
    if isinstance(value, Literal) and value.language and path is not None:
        return graph.subject(str(path), str(value), value.language) or focus
    return focus


def _short(literal: Literal) -> str:
    # An editor needs the text and its language, not the datatype.
    text = str(literal) if len(literal) <= 60 else f"{literal[:57]}…"
    return f'"{text}"@{literal.language}' if literal.language else f'"{text}"'


def _message(results: Graph, node: Node, prefixes: Prefixes) -> str:
    message = str(results.value(node, SH.resultMessage))
    return IRI_IN_TEXT.sub(lambda match: prefixes.shorten(match[0]), message)


def apply_patches() -> None:
    """Make pySHACL 0.40.1 faster in this process, with the same findings; a second call changes nothing.

    A test fails for each patch that is no longer needed.
    """
    OxigraphDataGraph.__bool__ = _always_true  # type: ignore[attr-defined]  # it has none of its own
    # pySHACL looks in a list for each property of a shape, each time that it uses the shape.
    parameters = frozenset(ALL_CONSTRAINT_PARAMETERS), CONSTRAINT_PARAMETERS_MAP
    pyshacl.shape.CONSTRAINT_PARAMS = parameters  # type: ignore[attr-defined]  # where pySHACL has them
    if not hasattr(SPARQLQueryHelper.check_invalid_sparql, "__wrapped__"):
        SPARQLQueryHelper.check_invalid_sparql = _check_once(SPARQLQueryHelper.check_invalid_sparql)  # type: ignore[method-assign]


def _always_true(_graph: object) -> bool:
    # pySHACL takes the truth value of the data graph for each internal result, which counts every triple of the store:
    # 29.5 s instead of 0.8 s on 7,656 triples.
    return True


def _check_once(check: Check) -> Check:
    # pySHACL searches the text of a query for what SHACL forbids, for each focus node again.
    checked: set[tuple[str, bool, tuple[str, ...]]] = set()

    @wraps(check)
    def checks(helper: SPARQLQueryHelper, text: str, valuenode: object = None, extravars: Extra = None) -> bool:
        key = (text, valuenode is None, tuple(extravars or ()))
        if key not in checked:
            # Raises an error for what is forbidden.
            check(helper, text, valuenode, extravars)
            checked.add(key)
        return True

    return checks
