"""The dataset against the shapes: changes when validation is run or reported otherwise.

Severity decides, not pySHACL's `conforms` flag, which counts Warnings too and can
disagree with the severities reported.
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

from policing_goals.builder.sources import SourceGraph
from policing_goals.errors import Finding, SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG

IRI_IN_TEXT = re.compile(r"https?://\S+?(?=[.,;:]?(?:\s|$))")
DATASET = GPG + "dataset"
RANK = ("Violation", "Warning", "Info")


@dataclass(frozen=True)
class Validation:
    """What the shapes found: the findings, the gravest first, and the same as an sh:ValidationReport in N-Triples."""

    findings: tuple[Finding, ...]
    ntriples: str


def run_shacl(
    shapes: Graph, store: Store, assembly: SourceGraph, prefixes: Prefixes, allow_warnings: bool = True
) -> Validation:
    """Hold the store's named graphs against the shapes (from read_shapes).

    allow_warnings: whether a nested shape of severity Warning passes in spite of its results (pySHACL's reading).

    pySHACL reads an Oxigraph store as the union of its graphs, so it is given the
    named graphs alone: with the default graph, every statement would count twice.
    Raises SourceError if a shape itself is not well-formed SHACL.
    """
    apply_patches()
    named = Store()
    named.extend(quad for quad in store if isinstance(quad.graph_name, NamedNode))
    _, results, text = pyshacl.validate(
        named,  # type: ignore[arg-type]  # taken since 0.40.0, but not in the annotation
        shacl_graph=shapes,
        allow_warnings=allow_warnings,
        inference="none",
    )
    if not isinstance(results, Graph):
        raise SourceError("shapes", f"a shape is not well formed: {text}", "Mend the shape.")
    found = [
        (_finding(results, node, assembly, prefixes), node) for node in results.subjects(RDF.type, SH.ValidationResult)
    ]
    found.sort(key=lambda pair: _gravest_first(pair[0]))
    return Validation(tuple(finding for finding, _ in found), _ntriples(results, [node for _, node in found]))


def _ntriples(results: Graph, order: list[Node]) -> str:
    # pySHACL names its nodes at random; two builds of the same sources give the same bytes.
    report = next(results.subjects(RDF.type, SH.ValidationReport))
    names = {node: BNode(f"result{number:04}") for number, node in enumerate(order, start=1)}
    named: dict[Node, Node] = {**names, report: BNode("report")}
    copy = Graph()
    for node, name in list(named.items()):
        for triple in _copied(results, node, name, named):
            copy.add(triple)
    # pySHACL was told to allow warnings; the report says what SHACL means by conforming: no result at all.
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


def _gravest_first(finding: Finding) -> tuple[object, ...]:
    file, _, line = finding.where.partition(":")
    return RANK.index(finding.severity), file, int(line or 0), finding.node, finding.shape, finding.value


def _finding(results: Graph, node: Node, assembly: SourceGraph, prefixes: Prefixes) -> Finding:
    def show(predicate: URIRef) -> str:
        term = results.value(node, predicate)
        if isinstance(term, URIRef):
            return prefixes.shorten(str(term))
        return _short(term) if isinstance(term, Literal) else str(term or "")

    path = results.value(node, SH.resultPath)
    value = results.value(node, SH.value)
    language = f"@{value.language}" if isinstance(value, Literal) and value.language else ""
    subject = _subject(str(results.value(node, SH.focusNode)), path, value, assembly)
    place = assembly.place(subject, f"{path or ''}{language}")
    return Finding(
        severity=str(results.value(node, SH.resultSeverity)).rpartition("#")[2],
        where=place,
        node=prefixes.shorten(subject),
        shape=show(SH.sourceShape),
        message=_message(results, node, prefixes),
        value=show(SH.value),
    )


def _subject(focus: str, path: Node | None, value: Node | None, assembly: SourceGraph) -> str:
    # A rule about all graphs has the dataset as its focus node, and the node at fault, or its text, as value.
    if focus != DATASET:
        return focus
    if isinstance(value, URIRef) and assembly.knows(str(value)):
        return str(value)
    if isinstance(value, Literal) and value.language and path is not None:
        return assembly.subject(str(path), str(value), value.language) or focus
    return focus


def _short(literal: Literal) -> str:
    # Datatypes say little to an editor; the text and its language say enough.
    text = str(literal) if len(literal) <= 60 else f"{literal[:57]}…"
    return f'"{text}"@{literal.language}' if literal.language else f'"{text}"'


def _message(results: Graph, node: Node, prefixes: Prefixes) -> str:
    message = str(results.value(node, SH.resultMessage))
    return IRI_IN_TEXT.sub(lambda match: prefixes.shorten(match[0]), message)


Extra = Iterable[str] | None
Check = Callable[..., bool]


def apply_patches() -> None:
    """Mend pySHACL in this process; a second time changes nothing."""
    OxigraphDataGraph.__bool__ = _always_true  # type: ignore[attr-defined]  # it has none of its own
    # It looks in a list for each property of a shape, each time that the shape is used.
    parameters = frozenset(ALL_CONSTRAINT_PARAMETERS), CONSTRAINT_PARAMETERS_MAP
    pyshacl.shape.CONSTRAINT_PARAMS = parameters  # type: ignore[attr-defined]  # where it keeps them itself
    if not hasattr(SPARQLQueryHelper.check_invalid_sparql, "__wrapped__"):
        SPARQLQueryHelper.check_invalid_sparql = _check_once(SPARQLQueryHelper.check_invalid_sparql)  # type: ignore[method-assign]


def _always_true(_graph: object) -> bool:
    # It asks for the truth of the data graph on each internal result, which counts every triple of the store:
    # 29.5 s instead of 0.8 s on 7,656 triples.
    return True


def _check_once(check: Check) -> Check:
    # It looks through the text of a query for what SHACL forbids, for each focus node anew.
    checked: set[tuple[str, bool, tuple[str, ...]]] = set()

    @wraps(check)
    def checks(helper: SPARQLQueryHelper, text: str, valuenode: object = None, extravars: Extra = None) -> bool:
        key = (text, valuenode is None, tuple(extravars or ()))
        if key not in checked:
            # Raises for what is forbidden.
            check(helper, text, valuenode, extravars)
            checked.add(key)
        return True

    return checks
