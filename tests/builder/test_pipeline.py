"""The build: the same bytes twice, and errors that say what to do and leave the live snapshot as it was."""

import ast
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from policing_goals.builder.imports.imported_graphs import ImportedGraphs
from policing_goals.builder.pipeline import assemble, build, collector_paused, early_faults, no_site_checks, validate
from policing_goals.builder.progress import Progress
from policing_goals.builder.reuse import Reuse
from policing_goals.builder.revalidation import ShapeRuns
from policing_goals.builder.snapshots import is_current
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import PolicingGoalsError, SnapshotError
from policing_goals.model.snapshot_format import CURRENT, DATA, DATASET
from policing_goals.model.snapshot_locks import hold_current, read_current, sole_writer
from tests.conftest import PACKAGE, ROOT
from tests.support.broken_facets import BROKEN_FACETS
from tests.support.broken_languages import BROKEN_LANGUAGES
from tests.support.broken_sources import BROKEN_SOURCES, BrokenSource
from tests.support.snapshots import write_another
from tests.support.sources import copy_sources

TRANSLATION = "Promote border security worldwide"


def imported_by(module: str) -> set[str]:
    """The files of the package that a module imports, directly or through others, and its own; below the package."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop().partition(".")[2].replace(".", "/")
        path = next((path for path in (PACKAGE / f"{name}.py", PACKAGE / name / "__init__.py") if path.is_file()), None)
        if not name or path is None or path.relative_to(PACKAGE).as_posix() in found:
            continue
        found.add(path.relative_to(PACKAGE).as_posix())
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE.name:
                waiting += [str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)]
    return found


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the sources that a test may spoil."""
    return copy_sources(tmp_path / "sources")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources that tests spoil and mend again."""
    return copy_sources(tmp_path_factory.mktemp("spoilt"))


@pytest.fixture
def built(snapshot: Path, tmp_path: Path) -> Path:
    """A snapshot of those sources, which a test may spoil or build again."""
    return Path(shutil.copytree(snapshot, tmp_path / "snapshot", symlinks=True))


ALL = {**BROKEN_SOURCES, **BROKEN_FACETS, **BROKEN_LANGUAGES}
# One for each stage of a build that can refuse a source, before and after the shapes run; the full run has all.
STAGES = ("a glossary term rendered otherwise", "an unlabelled concept")


@contextmanager
def broken(source: BrokenSource, copy: Path) -> Iterator[None]:
    """Break a file of a copy of the sources, and mend it again."""
    path = copy / source.file
    good = path.read_bytes()
    path.write_text(source.edit(good.decode()), "latin-1" if "not UTF-8" in source.says else "utf-8")
    try:
        yield
    finally:
        path.write_bytes(good)


def refuse(copy: Path, good: ShapeRuns, says: tuple[str, ...]) -> None:
    """Raise what a build raises, after running only the shapes that read what differs from the good graph.

    A build that has found a fault in the text also says what the shapes found. No shape runs here where the faults in
    the text say all that a test looks for.
    """
    with collector_paused():
        draft = assemble(copy)
        early = early_faults(draft)
        if all(part in "\n".join(early) for part in says):
            early.raise_with(())
        after = good.after(draft.store, draft.graph, draft.sources.prefixes)
    early.raise_with(after.findings)
    validate(draft, ImportedGraphs(), Reuse(), no_site_checks, Progress())


@pytest.mark.parametrize("source", ALL.values(), ids=ALL)
def test_a_broken_source_is_refused_with_a_helpful_error(
    source: BrokenSource, sources: Path, shape_runs: ShapeRuns
) -> None:
    with broken(source, sources), pytest.raises(PolicingGoalsError) as refusal:
        refuse(sources, shape_runs, source.says)

    assert [part for part in source.says if part not in str(refusal.value)] == [], str(refusal.value)


@pytest.mark.parametrize("name", STAGES)
def test_each_stage_of_a_build_stops_at_a_broken_source(name: str, sources: Path, tmp_path: Path) -> None:
    with broken(ALL[name], sources), pytest.raises(PolicingGoalsError) as refusal:
        build(sources, tmp_path / "snapshot")

    assert [part for part in ALL[name].says if part not in str(refusal.value)] == [], str(refusal.value)
    assert list((tmp_path / "snapshot").iterdir()) == []


@pytest.mark.full
@pytest.mark.parametrize("source", ALL.values(), ids=ALL)
def test_a_broken_source_stops_the_build(source: BrokenSource, sources: Path, tmp_path: Path) -> None:
    with broken(source, sources), pytest.raises(PolicingGoalsError) as refusal:
        build(sources, tmp_path / "snapshot")

    assert [part for part in source.says if part not in str(refusal.value)] == [], str(refusal.value)
    assert list((tmp_path / "snapshot").iterdir()) == []


@pytest.mark.parametrize(
    "name",
    [
        "data/links/sdg.sssom.tsv",
        "ontology/prefixes.ttl",
        "data/catalogue.ttl",
        "shapes/links.ttl",
        "data/labels/fr.ttl",
    ],
)
def test_a_missing_file_is_named(name: str, copy: Path, tmp_path: Path) -> None:
    (copy / name).unlink()

    with pytest.raises(PolicingGoalsError, match=re.escape(name)):
        build(copy, tmp_path / "snapshot")


def test_a_snapshot_is_stale_once_a_source_changes_and_not_before(copy: Path, built: Path) -> None:
    assert is_current(copy, built)

    for path in (copy / "data").iterdir():
        path.touch()
    assert is_current(copy, built)

    labels = copy / "data/labels/en.ttl"
    labels.write_text(
        labels.read_text("utf-8").replace("Promote border security worldwide", "Foster border security worldwide"),
        "utf-8",
    )
    assert not is_current(copy, built)

    build(copy, built)
    assert is_current(copy, built)
    assert "Foster border security worldwide" in (built / CURRENT / DATASET).read_text("utf-8")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that a test may edit."""
    copied = tmp_path_factory.mktemp("package") / "policing_goals"
    return Path(shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__", "bundle")))


@pytest.mark.parametrize("module", sorted(imported_by("policing_goals.builder.pipeline")))
def test_a_snapshot_is_stale_once_a_module_that_the_build_imports_changes(
    module: str, package: Path, snapshot: Path
) -> None:
    path = package / module
    code = path.read_bytes()
    assert is_current(ROOT, snapshot, package)

    path.write_bytes(code + b"# Changed.\n")
    assert not is_current(ROOT, snapshot, package)

    path.write_bytes(code)


def test_a_snapshot_stays_current_when_a_page_changes(package: Path, snapshot: Path) -> None:
    page = package / "web/pages/home.py"
    page.write_bytes(page.read_bytes() + b"# Changed.\n")

    assert is_current(ROOT, snapshot, package)


def test_a_failed_build_leaves_the_last_good_snapshot(copy: Path, built: Path, snapshot: Path) -> None:
    goals = copy / "data/goals.ttl"
    goals.write_text(goals.read_text("utf-8") + "broken", "utf-8")

    with pytest.raises(PolicingGoalsError):
        build(copy, built)

    assert (built / CURRENT).resolve().name == (snapshot / CURRENT).resolve().name
    assert open_snapshot(built).manifest == open_snapshot(snapshot).manifest


def test_a_new_snapshot_keeps_the_one_before_it_and_no_more(built: Path) -> None:
    with sole_writer(built) as writer:
        made = [write_another(writer, word) for word in ("first", "second", "third")]

    assert {path.name for path in built.iterdir()} == {CURRENT, *made[1:]}


def test_a_snapshot_that_is_read_is_not_removed(built: Path) -> None:
    def write(words: list[str]) -> None:
        with sole_writer(built) as writer:
            for word in words:
                write_another(writer, word)

    held = hold_current(built)
    write(["first", "second", "third"])
    assert (held.path / DATA / "commitments.csv").is_file()

    held.close()
    write(["fourth"])
    assert not held.path.exists()


def test_a_reader_that_follows_the_link_while_snapshots_are_replaced_finds_one(built: Path) -> None:
    read: list[str] = []
    ended = threading.Event()

    def follow() -> None:
        while not ended.is_set():
            read.append(read_current(built)[0].sha256())

    with ThreadPoolExecutor(1) as threads:
        reader = threads.submit(follow)
        with sole_writer(built) as writer:
            for number in range(60):
                write_another(writer, str(number), with_data=False)
        ended.set()
        reader.result()

    assert len(set(read)) > 1


@pytest.mark.full
def test_a_build_killed_at_any_time_leaves_the_last_good_snapshot(copy: Path, built: Path, snapshot: Path) -> None:
    labels = copy / "data/labels/en.ttl"
    labels.write_text(labels.read_text("utf-8").replace(TRANSLATION, "Foster border security worldwide"), "utf-8")
    arguments = f"Path({str(copy)!r}), Path({str(built)!r})"
    code = f"from pathlib import Path; from policing_goals.builder.pipeline import build; build({arguments})"
    chance, good = random.Random(1), (snapshot / CURRENT).resolve().name
    killed = 0
    while killed < 20:
        process = subprocess.Popen([sys.executable, "-c", code])
        try:
            process.wait(chance.uniform(0.1, 6))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += process.wait() == -signal.SIGKILL
        assert open_snapshot(built).manifest
        # A build that was not killed has changed the snapshot: begin again.
        if (built / CURRENT).resolve().name != good:
            (built / CURRENT).unlink()
            (built / CURRENT).symlink_to(good)

    made = build(copy, built).sha256
    assert {path.name for path in built.iterdir()} == {CURRENT, made, good}


def test_a_damaged_snapshot_is_not_served_and_can_be_built_again(copy: Path, built: Path) -> None:
    data = built / CURRENT / DATASET
    data.write_bytes(data.read_bytes()[:-100])
    # What a build leaves that was killed.
    (built / ".aside-1/data").mkdir(parents=True)
    (built / ".aside-1/dataset.nq").write_text("half a line", "utf-8")
    (built / ".current-1").symlink_to("nowhere")

    with pytest.raises(SnapshotError, match=r"damaged.*Build it again"):
        open_snapshot(built)

    assert not is_current(copy, built)
    build(copy, built)
    assert is_current(copy, built)
    assert open_snapshot(built).manifest.triples > 0
    assert [path.name for path in built.iterdir() if path.name.startswith(".")] == []


def test_a_missing_snapshot_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="policing-goals build"):
        open_snapshot(tmp_path)


def test_a_snapshot_that_cannot_be_written_is_refused_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")

    with pytest.raises(SnapshotError, match=r"could not be written.*--snapshot"):
        build(ROOT, tmp_path / "file")
