"""Our concept schemes against the shapes of somebody else's profile: changes when profiles ask for other parts.

A profile such as VocPub is for one vocabulary, so each scheme is held against it alone, with
its concepts, its collections and the agents that made it.
"""

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Store

from policing_goals.builder.shacl import run_shacl
from policing_goals.builder.shapes import read_shape_file
from policing_goals.builder.sources import SourceGraph, in_graph
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.validation_report import CheckResult
from policing_goals.vocabulary import GPG


def validate_against(profile: Path, store: Store, assembly: SourceGraph, prefixes: Prefixes) -> CheckResult:
    """What the shapes of a file find in each scheme of the store; looks at schemes, and tells the violations.

    Raises SourceError if the file is not SHACL in Turtle.
    """
    shapes = read_shape_file(profile)
    schemes = list(_subjects(store, prefixes.expand("rdf:type"), prefixes.expand("skos:ConceptScheme")))
    faults: list[str] = []
    for scheme in schemes:
        part = Store()
        for node in {scheme, *_members(store, scheme, prefixes), *_agents(store, scheme, prefixes)}:
            quads = store.quads_for_pattern(node, None, None, DefaultGraph())
            part.extend([in_graph(quad.triple, NamedNode(GPG + "part")) for quad in quads])
        found = run_shacl(shapes, part, assembly, prefixes, allow_warnings=False).findings
        faults += [f"{each.node}: {each.message} [{each.shape}]" for each in found if each.severity == "Violation"]
    return CheckResult(len(schemes), tuple(faults))


def _members(store: Store, scheme: NamedNode, prefixes: Prefixes) -> Iterator[NamedNode]:
    return _subjects(store, prefixes.expand("skos:inScheme"), scheme)


def _agents(store: Store, scheme: NamedNode, prefixes: Prefixes) -> Iterator[NamedNode]:
    for name in ("dcterms:creator", "dcterms:publisher"):
        for quad in store.quads_for_pattern(scheme, prefixes.expand(name), None, DefaultGraph()):
            if isinstance(quad.object, NamedNode):
                yield quad.object


def _subjects(store: Store, predicate: NamedNode, value: NamedNode) -> Iterator[NamedNode]:
    for quad in store.quads_for_pattern(None, predicate, value, DefaultGraph()):
        if isinstance(quad.subject, NamedNode):
            yield quad.subject
