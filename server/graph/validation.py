"""The dataset against the shapes: changes when validation is run or reported otherwise.

Severity decides, not pySHACL's `conforms` flag, which counts Warnings too and can
disagree with the severities reported. rdflib and pySHACL are imported here alone.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pyshacl
from pyoxigraph import NamedNode, Store
from pyshacl.graph_abstraction import OxigraphDataGraph
from rdflib import Graph, Literal, URIRef
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from server.errors import Finding, SourceError
from server.graph.sources import Assembly
from server.prefixes import Prefixes

IRI_IN_TEXT = re.compile(r"https?://\S+?(?=[.,;:]?(?:\s|$))")
RANK = ("Violation", "Warning", "Info")


def read_shapes(root: Path) -> Graph:
    """Every shape of ROOT/shapes with the prefix table and their English messages.

    pySHACL drops the language tags of the messages that it fills in, so the other
    languages are left out here. Raises SourceError, with file and line, for broken Turtle.
    """
    shapes = Graph()
    for path in (root / "ontology/prefixes.ttl", *sorted(root.glob("shapes/*.ttl"))):
        try:
            shapes.parse(path, format="turtle")
        except SyntaxError as error:
            line = getattr(error, "lines", 0) + 1
            where = f"{path.relative_to(root).as_posix()}:{line}"
            raise SourceError(where, "broken Turtle.", "Mend the statement there or just above.") from error
    for shape, _, message in list(shapes.triples((None, SH.message, None))):
        if getattr(message, "language", None) != "en":
            shapes.remove((shape, SH.message, message))
    return shapes


def validate(shapes: Graph, store: Store, assembly: Assembly, prefixes: Prefixes) -> list[Finding]:
    """What the shapes (from read_shapes) find in the store's named graphs, the gravest first.

    pySHACL reads an Oxigraph store as the union of its graphs, so it is given the
    named graphs alone: with the default graph, every statement would count twice.
    Raises SourceError if a shape itself is not well-formed SHACL.
    """
    OxigraphDataGraph.__bool__ = _always  # type: ignore[attr-defined]  # see _always
    named = Store()
    named.extend(quad for quad in store if isinstance(quad.graph_name, NamedNode))
    _, results, text = pyshacl.validate(
        named,  # type: ignore[arg-type]  # taken since 0.40.0, but not in the annotation
        shacl_graph=shapes,
        allow_warnings=True,
        inference="none",
    )
    if not isinstance(results, Graph):
        raise SourceError("shapes", f"a shape is not well formed: {text}", "Mend the shape.")
    findings = [_finding(results, node, assembly, prefixes) for node in results.subjects(RDF.type, SH.ValidationResult)]
    return sorted(findings, key=_gravest_first)


def _gravest_first(finding: Finding) -> tuple[object, ...]:
    file, _, line = finding.where.partition(":")
    return RANK.index(finding.severity), file, int(line or 0), finding.node, finding.shape, finding.value


def _always(_graph: object) -> bool:
    # pySHACL 0.40.1 asks for the truth of the data graph on each internal result, which
    # counts every triple of the store: 29.5 s instead of 0.8 s on 7,656 triples.
    return True


def _finding(results: Graph, node: Node, assembly: Assembly, prefixes: Prefixes) -> Finding:
    def show(predicate: URIRef) -> str:
        term = results.value(node, predicate)
        if isinstance(term, URIRef):
            return prefixes.shorten(str(term))
        return _short(term) if isinstance(term, Literal) else str(term or "")

    path = results.value(node, SH.resultPath)
    value = results.value(node, SH.value)
    language = f"@{value.language}" if isinstance(value, Literal) and value.language else ""
    place = assembly.place(str(results.value(node, SH.focusNode)), f"{path or ''}{language}")
    return Finding(
        severity=str(results.value(node, SH.resultSeverity)).rpartition("#")[2],
        where=place,
        node=show(SH.focusNode),
        shape=show(SH.sourceShape),
        message=_message(results, node, prefixes),
        value=show(SH.value),
    )


def _short(literal: Literal) -> str:
    # Datatypes say little to an editor; the text and its language say enough.
    text = str(literal) if len(literal) <= 60 else f"{literal[:57]}…"
    return f'"{text}"@{literal.language}' if literal.language else f'"{text}"'


def _message(results: Graph, node: Node, prefixes: Prefixes) -> str:
    message = str(results.value(node, SH.resultMessage))
    return IRI_IN_TEXT.sub(lambda match: prefixes.shorten(match[0]), message)


def shapes_without_focus(shapes: Graph, store: Store) -> Iterator[str]:
    """The IRIs of node shapes whose targets match nothing in the store: they would conform silently."""
    for shape in sorted(set(shapes.subjects(RDF.type, SH.NodeShape)), key=str):
        if not any(_matches(store, *target) for target in _targets(shapes, shape)):
            yield str(shape)


def _targets(shapes: Graph, shape: Node) -> Iterator[tuple[URIRef, Node]]:
    for kind in (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf):
        for target in shapes.objects(shape, kind):
            yield kind, target


def _matches(store: Store, kind: URIRef, target: Node) -> bool:
    pattern = {
        SH.targetClass: f"?node a <{target}>",
        SH.targetNode: f"<{target}> ?p ?o",
    }.get(kind, f"?s <{target}> ?o")
    return bool(store.query(f"ASK {{ {pattern} }}"))
