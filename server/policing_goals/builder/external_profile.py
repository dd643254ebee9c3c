"""Validate our concept schemes against a SHACL profile from elsewhere.

A profile such as VocPub is for one vocabulary, so each scheme is validated alone, with its concepts, its collections
and the agents that made it.
"""

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import DefaultGraph, NamedNode, Store

from policing_goals.builder.shacl import run_shacl
from policing_goals.builder.shapes import read_shape_file
from policing_goals.builder.sources import SourceGraph, Sources, in_graph
from policing_goals.model.validation_report import CheckResult
from policing_goals.vocabulary import GPG


def validate_against(profile: Path, store: Store, sources: Sources) -> CheckResult:
    """The violations of a file's shapes in the concept schemes of a store; the items are the schemes.

    Raises SourceError if the file is not SHACL in Turtle.
    """
    shapes = read_shape_file(profile)
    schemes = list(_subjects(store, sources.expand("rdf:type"), sources.expand("skos:ConceptScheme")))
    faults: list[str] = []
    for scheme in schemes:
        part = Store()
        members = _subjects(store, sources.expand("skos:inScheme"), scheme)
        for node in {scheme, *members, *_agents(store, scheme, sources)}:
            quads = store.quads_for_pattern(node, None, None, DefaultGraph())
            part.extend([in_graph(quad.triple, NamedNode(GPG + "part")) for quad in quads])
        found = run_shacl(shapes, part, SourceGraph(), sources.prefixes, allow_warnings=False).findings
        faults += [f"{each.node}: {each.message} [{each.shape}]" for each in found if each.severity == "Violation"]
    return CheckResult(len(schemes), tuple(faults))


def _agents(store: Store, scheme: NamedNode, sources: Sources) -> Iterator[NamedNode]:
    for name in ("dcterms:creator", "dcterms:publisher"):
        for quad in store.quads_for_pattern(scheme, sources.expand(name), None, DefaultGraph()):
            if isinstance(quad.object, NamedNode):
                yield quad.object


def _subjects(store: Store, predicate: NamedNode, value: NamedNode) -> Iterator[NamedNode]:
    for quad in store.quads_for_pattern(None, predicate, value, DefaultGraph()):
        if isinstance(quad.subject, NamedNode):
            yield quad.subject
