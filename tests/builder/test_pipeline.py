"""The build: the same bytes twice, and errors that say what to do and leave the live snapshot as it was."""

import ast
import re
import shutil
from pathlib import Path

import pytest

from policing_goals.builder.pipeline import build
from policing_goals.builder.snapshots import is_current
from policing_goals.engine.dataset import open_snapshot
from policing_goals.errors import PolicingGoalsError, SnapshotError
from policing_goals.model.snapshot_format import CURRENT, DATASET
from tests.conftest import PACKAGE, ROOT
from tests.support.broken_facets import BROKEN_FACETS
from tests.support.broken_languages import BROKEN_LANGUAGES
from tests.support.broken_sources import BROKEN_SOURCES, BrokenSource

TRANSLATION = "Promote border security throughout"


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
    for folder in ("ontology", "data", "shapes", "queries", "tests/bad"):
        shutil.copytree(ROOT / folder, tmp_path / "sources" / folder)
    return tmp_path / "sources"


@pytest.fixture
def built(snapshot: Path, tmp_path: Path) -> Path:
    """A snapshot of those sources, which a test may spoil or build again."""
    return Path(shutil.copytree(snapshot, tmp_path / "snapshot", symlinks=True))


ALL = {**BROKEN_SOURCES, **BROKEN_FACETS, **BROKEN_LANGUAGES}


@pytest.mark.parametrize("spoil", ALL.values(), ids=ALL)
def test_a_broken_source_stops_the_build_with_a_helpful_error(spoil: BrokenSource, copy: Path, tmp_path: Path) -> None:
    path = copy / spoil.file
    encoding = "latin-1" if "not UTF-8" in spoil.says else "utf-8"
    path.write_text(spoil.edit(path.read_text("utf-8")), encoding)

    with pytest.raises(PolicingGoalsError) as refusal:
        build(copy, tmp_path / "snapshot")

    assert [part for part in spoil.says if part not in str(refusal.value)] == [], str(refusal.value)
    assert not (tmp_path / "snapshot").exists()


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
        labels.read_text("utf-8").replace("Promote border security throughout", "Foster border security throughout"),
        "utf-8",
    )
    assert not is_current(copy, built)

    build(copy, built)
    assert is_current(copy, built)
    assert "Foster border security throughout" in (built / CURRENT / DATASET).read_text("utf-8")


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


def test_a_rebuild_keeps_the_snapshot_before_it_and_no_more(copy: Path, built: Path) -> None:
    labels = copy / "data/labels/en.ttl"
    text = labels.read_text("utf-8")
    made = []
    for word in ("Foster", "Favour"):
        labels.write_text(text.replace(TRANSLATION, f"{word} border security throughout"), "utf-8")
        made.append(build(copy, built).sha256)

    assert {path.name for path in built.iterdir()} == {CURRENT, *made}


def test_a_damaged_snapshot_is_not_served_and_can_be_built_again(copy: Path, built: Path) -> None:
    data = built / CURRENT / DATASET
    data.write_bytes(data.read_bytes()[:-100])

    with pytest.raises(SnapshotError, match=r"damaged.*Build it again"):
        open_snapshot(built)

    assert not is_current(copy, built)
    build(copy, built)
    assert is_current(copy, built)
    assert open_snapshot(built).manifest.triples > 0


def test_a_missing_snapshot_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(SnapshotError, match="policing-goals build"):
        open_snapshot(tmp_path)


def test_a_snapshot_that_cannot_be_written_is_refused_with_a_message(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")

    with pytest.raises(SnapshotError, match=r"could not be written.*--snapshot"):
        build(ROOT, tmp_path / "file")
