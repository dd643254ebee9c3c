"""Every shape can fail, fails alone, and has focus nodes."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pyshacl
import pytest
from pyoxigraph import Store
from rdflib import Graph
from rdflib.namespace import RDFS, SH

from policing_goals.builder.pipeline import Draft
from policing_goals.builder.revalidation import ShapeRuns
from policing_goals.builder.shacl import run_shacl
from policing_goals.builder.shapes import describe_shapes, read_shapes
from policing_goals.builder.sources import open_sources
from tests.conftest import ROOT

SHAPE = "https://w3id.org/global-policing-goals/shapes#"
SPOILERS = sorted((ROOT / "tests/bad").glob("*.ru"))
BATCHES = 12


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return read_shapes(open_sources(ROOT))


def spoilt(paths: Sequence[Path], draft: Draft) -> Store:
    """The graph after the updates of some files."""
    changed = Store()
    changed.extend(draft.store)
    for path in paths:
        changed.update(path.read_text("utf-8"))
    return changed


def reporting_shapes(shapes: Graph) -> set[str]:
    """Shapes with a severity: those that report results of their own."""
    return {str(shape).removeprefix(SHAPE) for shape in shapes.subjects(SH.severity, None)}


def test_the_good_graph_has_no_violation(shape_runs: ShapeRuns) -> None:
    assert [finding for finding in shape_runs.findings if finding.severity == "Violation"] == []


def test_the_shapes_one_by_one_find_what_a_validation_finds(shape_runs: ShapeRuns, shapes: Graph, draft: Draft) -> None:
    whole = run_shacl(shapes, draft.store, draft.graph, draft.sources.prefixes).findings

    assert whole
    assert Counter(shape_runs.findings) == Counter(whole)


def test_each_reporting_shape_has_one_spoiler(shapes: Graph) -> None:
    assert {path.stem for path in SPOILERS} == reporting_shapes(shapes)
    assert len(SPOILERS) > 60


@pytest.mark.parametrize("batch", range(BATCHES))
def test_the_spoilers_of_a_batch_trip_exactly_their_shapes(batch: int, draft: Draft, shape_runs: ShapeRuns) -> None:
    # Spoilers of different things do not disturb each other: where two do, choose another number of batches.
    paths = SPOILERS[batch::BATCHES]
    again = shape_runs.after(spoilt(paths, draft), draft.graph, draft.sources.prefixes)
    found = Counter(again.findings) - Counter(shape_runs.findings)

    assert {finding.shape for finding in found} == {f"shape:{path.stem}" for path in paths}
    assert len(again.latest) < len(again.runs)


@pytest.mark.full
@pytest.mark.parametrize("path", SPOILERS, ids=lambda path: path.stem)
def test_a_spoiler_trips_exactly_its_shape_and_runs_those_that_can_find_something(
    path: Path, shapes: Graph, draft: Draft, shape_runs: ShapeRuns
) -> None:
    changed = spoilt([path], draft)
    whole = Counter(run_shacl(shapes, changed, draft.graph, draft.sources.prefixes).findings)
    again = shape_runs.after(changed, draft.graph, draft.sources.prefixes)

    assert {finding.shape for finding in whole - Counter(shape_runs.findings)} == {f"shape:{path.stem}"}
    assert whole == Counter(again.findings)
    assert len(again.latest) < len(again.runs) / 2


def test_every_shape_has_focus_nodes(draft: Draft) -> None:
    assert [shape.name for shape in describe_shapes(draft.sources, draft.store) if not shape.focus_nodes] == []


def test_a_shape_without_focus_nodes_is_seen(draft: Draft) -> None:
    found = {shape.name: shape.focus_nodes for shape in describe_shapes(draft.sources, Store())}

    assert found["goal-supports"] == 0


def test_every_reporting_shape_speaks_english_and_french() -> None:
    shapes = Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        shapes.parse(path)
    for shape in shapes.subjects(SH.severity, None):
        owner = shapes.value(shape, SH.sparql) or shape
        assert {getattr(text, "language", None) for text in shapes.objects(owner, SH.message)} == {"en", "fr"}, shape
        assert {
            getattr(text, "language", None)
            for text in [*shapes.objects(shape, SH.name), *shapes.objects(shape, RDFS.label)]
        } == {"en", "fr"}, shape


def test_the_shapes_are_well_formed() -> None:
    shapes = read_shapes(open_sources(ROOT))
    # The data are empty, so only what demands a number of elements can fail; a broken shape raises.
    _, results, text = pyshacl.validate(Store(), shacl_graph=shapes, meta_shacl=True)  # type: ignore[arg-type]

    assert isinstance(results, Graph), text
