"""Validate a graph again after a change, running only the shapes that read what changed."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from pyoxigraph import NamedNode, Quad, Store
from pyshacl.graph_abstraction import OxigraphDataGraph
from pyshacl.shapes_graph import ShapesGraph
from pyshacl.validator import Validator
from rdflib import Graph

from policing_goals.builder.shacl import apply_patches, findings_of
from policing_goals.builder.shape_reads import NotingStore, Reads, shapes_with_targets
from policing_goals.builder.sources import SourceGraph
from policing_goals.errors import Finding, SourceError
from policing_goals.model.prefixes import Prefixes

# As run_shacl gives them to pySHACL.
OPTIONS = {"allow_warnings": True, "inference": "none"}


@dataclass(frozen=True)
class ShapeRun:
    """A run of one shape: its findings, and what it read."""

    findings: tuple[Finding, ...]
    reads: Reads


@dataclass(frozen=True)
class ShapeRuns:
    """The last run of each shape, by its IRI, and the statements of the named graphs that they ran on.

    latest: the IRIs of the shapes that ran last.
    """

    shapes: ShapesGraph
    quads: frozenset[Quad]
    runs: dict[str, ShapeRun]
    latest: tuple[str, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of every shape, those that did not run again included."""
        return tuple(finding for run in self.runs.values() for finding in run.findings)

    def after(self, store: Store, graph: SourceGraph, prefixes: Prefixes) -> "ShapeRuns":
        """The runs on a changed store: of the shapes that read what changed again, of the others as they were.

        graph: where the statements are in the files. Raises SourceError if a shape is not well-formed SHACL.
        """
        quads = _named(store)
        changed = quads ^ self.quads
        touched = tuple(name for name, run in self.runs.items() if run.reads.touched_by(changed))
        runs = {**self.runs, **_run(touched, self.shapes, quads, graph, prefixes)}
        return ShapeRuns(self.shapes, quads, runs, touched)


def run_each_shape(shapes: Graph, store: Store, graph: SourceGraph, prefixes: Prefixes) -> ShapeRuns:
    """Run every shape by itself on the named graphs of a store; together they find what run_shacl finds.

    shapes: from read_shapes; graph: where the statements are in the files. Raises SourceError if a shape is not
    well-formed SHACL.
    """
    quads = _named(store)
    names = tuple(shapes_with_targets(shapes))
    found = _shapes_graph(shapes)
    return ShapeRuns(found, quads, _run(names, found, quads, graph, prefixes), names)


def _named(store: Store) -> frozenset[Quad]:
    return frozenset(quad for quad in store if isinstance(quad.graph_name, NamedNode))


def _run(
    names: Iterable[str], shapes: ShapesGraph, quads: frozenset[Quad], graph: SourceGraph, prefixes: Prefixes
) -> dict[str, ShapeRun]:
    apply_patches()
    named = Store()
    named.extend(quads)
    runs = {}
    for name in names:
        store = NotingStore(named)
        # pySHACL calls what NotingStore has, and no more.
        data = OxigraphDataGraph(store)  # type: ignore[arg-type]
        validator = Validator(data, shacl_graph=shapes.graph, options={**OPTIONS, "use_shapes": [name]})
        validator.shacl_graph = shapes
        _, results, _ = validator.run()  # type: ignore[no-untyped-call]
        runs[name] = ShapeRun(tuple(finding for finding, _ in findings_of(results, graph, prefixes)), store.reads())
    return runs


def _shapes_graph(shapes: Graph) -> ShapesGraph:
    graph = ShapesGraph(shapes, False, logging.getLogger(__name__))
    # Reading this property finds every shape. Without it, pySHACL would know only those that it is to use, and pass
    # over the property shapes inside them.
    if not graph.shapes:
        raise SourceError("shapes", "there is no shape.", "Restore the files.")
    return graph
