"""The checks that need other people's data: changes when there is another. They look at what is imported."""

from collections.abc import Callable, Iterator

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store, Triple

from policing_goals.graph.imports import KNOWN, Kept, digest
from policing_goals.model.validation_report import Told
from policing_goals.vocabulary import GPGO, SDG

SUPPORTS = NamedNode(GPGO + "supports")
LABEL = NamedNode("http://www.w3.org/2000/01/rdf-schema#label")
NOTATION = NamedNode("http://www.w3.org/2004/02/skos/core#notation")


def import_checks(ours: Store, kept: Kept) -> dict[str, Callable[[], Told]]:
    """The checks of the checklist that can be run on these imports, by name.

    ours: the dataset without them, in its default graph.
    """
    checks: dict[str, Callable[[], Told]] = {}
    if kept.imports:
        checks["untouched"] = lambda: _untouched(kept)
    if KNOWN["un-sdg"] in kept.imports:
        theirs = Store()
        theirs.extend(quad for quad in kept.quads if quad.graph_name == NamedNode(KNOWN["un-sdg"]))
        checks["targets_exist"] = lambda: _targets_exist(ours, theirs)
        checks["labels_not_copied"] = lambda: _labels_not_copied(ours, theirs)
    return checks


def _untouched(kept: Kept) -> Told:
    changed = (graph for graph, fields in kept.imports.items() if fields["statements"] != digest(_triples(kept, graph)))
    return Told(len(kept.imports), tuple(changed))


def _triples(kept: Kept, graph: str) -> Iterator[Triple]:
    return (quad.triple for quad in kept.quads if quad.graph_name == NamedNode(graph))


def _targets_exist(ours: Store, theirs: Store) -> Told:
    targets = {quad.object for quad in ours.quads_for_pattern(None, SUPPORTS, None, DefaultGraph())}
    unknown = [target for target in targets if isinstance(target, NamedNode) and not _has_code(theirs, target)]
    return Told(len(targets), tuple(sorted(target.value for target in unknown)))


def _has_code(theirs: Store, target: NamedNode) -> bool:
    code = target.value.removeprefix(SDG)
    notations = theirs.quads_for_pattern(target, NOTATION, None)
    return any(isinstance(quad.object, Literal) and quad.object.value == code for quad in notations)


def _labels_not_copied(ours: Store, theirs: Store) -> Told:
    # The short titles of the 17 goals are theirs, and said to be.
    targets = [
        quad
        for quad in ours.quads_for_pattern(None, LABEL, None, DefaultGraph())
        if isinstance(quad.subject, NamedNode) and "." in quad.subject.value.partition(SDG)[2]
    ]
    said = {(quad.subject, quad.object) for quad in theirs}
    return Told(
        len(targets), tuple(f"{quad.subject} {quad.object}" for quad in targets if (quad.subject, quad.object) in said)
    )
