"""Watching the sources: what a save touches is looked at again, and nothing else."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from policing_goals.builder.revalidation import ShapeRuns
from policing_goals.builder.watching import Glance, Watch, stamps_of
from tests.support.sources import copy_sources

LABEL, OTHER = '"Protection des groupes vulnérables"@fr', '"Protection des groupes fragiles"@fr'
FRENCH = "data/labels/fr.ttl"


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return copy_sources(tmp_path_factory.mktemp("watched"))


@pytest.fixture(scope="module")
def watch(sources: Path, shape_runs: ShapeRuns) -> Watch:
    """A watch of those sources, after its first look."""
    return Watch(sources, shape_runs)


@pytest.fixture
def french(sources: Path) -> Iterator[Path]:
    """The file of French labels, mended afterwards."""
    path = sources / FRENCH
    good = path.read_text("utf-8")
    yield path
    path.write_text(good, "utf-8")


def look(watch: Watch, path: Path, text: str) -> Glance:
    path.write_text(text, "utf-8")
    return watch.look((path.relative_to(path.parents[2] if "labels" in path.parts else path.parents[1]).as_posix(),))


def test_a_new_label_runs_a_part_of_the_shapes_and_says_so(watch: Watch, french: Path) -> None:
    glance = look(watch, french, french.read_text("utf-8").replace(LABEL, OTHER))

    assert 0 < glance.shapes_run < glance.shapes / 2
    assert "a part: `policing-goals validate` checks everything" in list(glance.lines())[-1]
    assert glance.faults == ()


def test_a_violation_is_found_and_gone_once_it_is_mended(watch: Watch, french: Path) -> None:
    good = french.read_text("utf-8")
    found = look(watch, french, good.replace(LABEL, '"x"@es'))
    mended = look(watch, french, good)

    assert [finding.shape for finding in found.findings if finding.severity == "Violation"].count(
        "shape:four-languages"
    )
    assert any("gpg:goal-3: It has skos:prefLabel, but not in fr." in line for line in found.lines())
    assert [finding for finding in mended.findings if finding.severity == "Violation"] == []


def test_a_source_that_cannot_be_read_is_refused_and_the_next_look_goes_on(watch: Watch, french: Path) -> None:
    good = french.read_text("utf-8")
    broken = look(watch, french, good + "broken")
    mended = look(watch, french, good)

    assert broken.shapes_run == 0
    assert "broken Turtle" in broken.faults[0]
    assert f"{FRENCH}: 1 fault; 0 of " in list(broken.lines())[-1]
    assert mended.faults == ()


def test_a_term_of_the_glossary_and_a_quotation_are_compared(watch: Watch, sources: Path, french: Path) -> None:
    spanish = sources / "data/labels/es.ttl"
    good = spanish.read_text("utf-8")
    found = look(watch, spanish, good.replace("delincuencia organizada", "mafia", 1))

    spanish.write_text(good, "utf-8")
    assert any("delincuencia organizada" in fault for fault in found.faults)


def test_a_query_that_changes_is_run(watch: Watch, sources: Path) -> None:
    path = sources / "queries/goals.rq"
    good = path.read_text("utf-8")
    found = look(watch, path, good.replace("ORDER BY", "ORDR BY"))

    path.write_text(good, "utf-8")
    assert "queries/goals.rq: the query fails" in found.faults[0]


def test_the_first_look_runs_every_shape_and_costs_more_than_one_after_a_change(sources: Path, french: Path) -> None:
    watch = Watch(sources)
    began = time.process_time()
    first = watch.look(())
    middle = time.process_time()
    look(watch, french, french.read_text("utf-8").replace(LABEL, OTHER))

    assert first.shapes_run == first.shapes > 70
    assert list(first.lines())[-1].startswith("All sources: no fault; ")
    # A look after such a change costs a third of it, so that the margin is threefold.
    assert time.process_time() - middle < middle - began


def test_a_shape_that_changes_makes_every_shape_run(
    sources: Path, shape_runs: ShapeRuns, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What the shapes find is in other tests; here it matters that all are asked, and not those that a change touches.
    asked: list[object] = []

    def run_all(shapes: object, *_: object) -> ShapeRuns:
        asked.append(shapes)
        return shape_runs

    monkeypatch.setattr("policing_goals.builder.watching.run_each_shape", run_all)
    watch = Watch(sources, shape_runs)
    path = sources / "shapes/skos.ttl"
    look(watch, path, path.read_text("utf-8") + "# Changed.\n")
    assert len(asked) == 1

    look(watch, sources / "README.md", "Not a source.\n")
    assert len(asked) == 1


def test_a_save_is_noticed(watch: Watch, french: Path) -> None:
    glances = watch.glances()
    next(glances)
    text = french.read_text("utf-8").replace(LABEL, OTHER)
    threading.Timer(0.5, lambda: french.write_text(text, "utf-8")).start()
    # A watch that does not notice it would wait for ever: another change ends it.
    late = threading.Timer(30, lambda: french.with_name("late.ttl").write_text("", "utf-8"))
    late.start()

    assert next(glances).changed == (FRENCH,)
    late.cancel()


def test_a_file_that_comes_or_goes_is_a_change(sources: Path) -> None:
    before = stamps_of(sources)
    added = sources / "data/new.ttl"
    added.write_text("", "utf-8")
    after = stamps_of(sources)
    added.unlink()

    (sources / "data/gone.ttl").symlink_to("nowhere")
    with_a_file_that_vanished = stamps_of(sources)
    (sources / "data/gone.ttl").unlink()

    assert after.keys() - before.keys() == {"data/new.ttl"}
    assert with_a_file_that_vanished == before
    assert stamps_of(sources) == before
