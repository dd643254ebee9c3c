"""Every shape can fail, fails alone, and has focus nodes."""

from collections import Counter
from pathlib import Path

import pyshacl
import pytest
from pyoxigraph import Store
from rdflib import Graph
from rdflib.namespace import SH

from policing_goals.builder.pipeline import Draft
from policing_goals.builder.shacl import run_shacl
from policing_goals.builder.shapes import describe_shapes, read_shapes
from policing_goals.builder.sources import open_sources
from policing_goals.errors import Finding
from tests.conftest import ROOT

SHAPE = "https://w3id.org/global-policing-goals/shapes#"
SPOILERS = sorted((ROOT / "tests/bad").glob("*.ru"))


@pytest.fixture(scope="module")
def shapes() -> Graph:
    return read_shapes(open_sources(ROOT))


@pytest.fixture(scope="module")
def usual(shapes: Graph, draft: Draft) -> Counter[Finding]:
    return Counter(run_shacl(shapes, draft.store, draft.graph, draft.sources.prefixes).findings)


def reporting_shapes(shapes: Graph) -> set[str]:
    """Shapes with a severity: those that report results of their own."""
    return {str(shape).removeprefix(SHAPE) for shape in shapes.subjects(SH.severity, None)}


def test_the_good_graph_has_no_violation(usual: Counter[Finding]) -> None:
    assert [finding for finding in usual if finding.severity == "Violation"] == []


def test_each_reporting_shape_has_one_spoiler(shapes: Graph) -> None:
    assert {path.stem for path in SPOILERS} == reporting_shapes(shapes)
    assert len(SPOILERS) > 60


@pytest.mark.parametrize("path", SPOILERS, ids=lambda path: path.stem)
def test_a_spoiler_trips_exactly_its_shape(path: Path, shapes: Graph, draft: Draft, usual: Counter[Finding]) -> None:
    changed = Store()
    changed.extend(draft.store)
    changed.update(path.read_text("utf-8"))

    found = Counter(run_shacl(shapes, changed, draft.graph, draft.sources.prefixes).findings) - usual

    assert {finding.shape for finding in found} == {f"shape:{path.stem}"}


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
        assert {getattr(text, "language", None) for text in shapes.objects(shape, SH.name)} == {"en", "fr"}, shape


def test_the_shapes_are_well_formed() -> None:
    shapes = read_shapes(open_sources(ROOT))
    # The data are empty, so only what demands a number of elements can fail; a broken shape raises.
    _, results, text = pyshacl.validate(Store(), shacl_graph=shapes, meta_shacl=True)  # type: ignore[arg-type]

    assert isinstance(results, Graph), text
