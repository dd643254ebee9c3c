"""A build after a change writes the same bytes as one from nothing, and takes over what did not change."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from policing_goals.builder.pipeline import assemble, build, describe_dataset, make_files
from policing_goals.builder.reuse import Reuse, open_reuse
from policing_goals.builder.snapshots import manifest_sources
from policing_goals.model.snapshot_format import CURRENT, DATA, INDEX, Manifest
from tests.conftest import ROOT
from tests.support.broken_sources import substituted
from tests.support.sources import copy_sources

# The last text in a language of its file, or the first confidence of a table.
TEXT, CONFIDENCE = (r'(?s)^(.*)"([^"\n]+)"@(\w\w)', r'\1"\2, edited"@\3'), (r"\t0\.\d+\t", "\t0.77\t")
FEW = {
    "data/labels/fr.ttl": TEXT,
}
MANY = {
    "data/links/sdg.sssom.tsv": CONFIDENCE,
    "queries/goals.rq": (r"en: The seven", "en: All seven"),
    **{f"data/labels/{language}.ttl": TEXT for language in ("en", "es", "ar")},
    **{f"data/{name}.ttl": TEXT for name in ("sources", "catalogue", "sdg-index", "organisation")},
    "ontology/gpg.ttl": TEXT,
    **{f"data/links/{name}.sssom.tsv": CONFIDENCE for name in ("unbis", "eurovoc", "gemet", "wikidata")},
    "queries/sdg-gaps.rq": (r"\n#\+   es: [^\n]*", "\n#+   es: Otro texto"),
    "queries/tables/goals.rq": (r"#\+ title: [^\n]*", "#+ title: The goals, edited"),
    "queries/tables/sdg-links.rq": (r"ORDER BY [^\n]*", "ORDER BY DESC(?link)"),
    "data/goals.ttl": (r"\ngpg:goal-1 a ", "\ngpg:goal-1 a skos:Collection , "),
    "ontology/rules/theme-underpins-goal.rq": (
        r"CONSTRUCT \{ \?theme gpgo:underpins \?goal \}",
        "CONSTRUCT { ?goal gpgo:underpins ?theme }",
    ),
}


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sources that tests edit and mend again."""
    return copy_sources(tmp_path_factory.mktemp("edited"))


@contextmanager
def edited(path: Path, edit: tuple[str, str]) -> Iterator[None]:
    good = path.read_text("utf-8")
    path.write_text(substituted(*edit)(good), "utf-8")
    try:
        yield
    finally:
        path.write_text(good, "utf-8")


def files(root: Path, reuse: Reuse) -> dict[str, bytes]:
    draft = assemble(root)
    describe_dataset(draft)
    return {dump.name: dump.content for dump in make_files(draft, reuse)}


def taken_over(reuse: Reuse, earlier: Manifest) -> set[str]:
    return {name for name, digest in reuse.made_from.items() if earlier.made_from.get(name) == digest}


@pytest.mark.parametrize("name", [*FEW, *(pytest.param(name, marks=pytest.mark.full) for name in MANY)])
def test_the_files_after_an_edit_are_those_of_a_build_from_nothing(name: str, sources: Path, snapshot: Path) -> None:
    earlier = Manifest.load(snapshot / CURRENT)
    with edited(sources / name, {**FEW, **MANY}[name]):
        reuse = open_reuse(snapshot, manifest_sources(sources), assemble(sources).sources.prefixes)
        after = files(sources, reuse)

        assert after == files(sources, Reuse())
    # Something is as it was, and something is not.
    kept = taken_over(reuse, earlier)
    assert 0 < len(kept) < len(earlier.made_from)
    if name == "data/labels/fr.ttl":
        made = set(reuse.made_from) - kept
        assert {f"{DATA}/graph-labels-fr.ttl", f"{DATA}/global-policing-goals.jsonld"} <= made
        assert not {f"{DATA}/graph-labels-es.ttl", f"{DATA}/graph-core.rdf"} & made


def test_a_build_after_a_build_gives_the_same_snapshot_and_one_from_nothing_too(
    sources: Path, snapshot: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copytree(snapshot, tmp_path / "copy", symlinks=True))
    with edited(sources / "data/labels/fr.ttl", TEXT):
        assert build(sources, copy).sha256 == build(sources, tmp_path / "fresh").sha256


def test_a_damaged_file_is_made_again(snapshot: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(snapshot, tmp_path / "copy", symlinks=True))
    (copy / CURRENT / INDEX).write_bytes(b"damaged")
    hashes, prefixes = manifest_sources(ROOT), assemble(ROOT).sources.prefixes
    made: list[str] = []

    def make() -> bytes:
        made.append(INDEX)
        return b"made"

    for directory, expected in ((snapshot, False), (copy, True)):
        reuse = open_reuse(directory, hashes, prefixes)
        reuse._earlier.made_from[INDEX] = _digest(directory, hashes, prefixes)  # type: ignore[union-attr]
        assert (reuse.file(INDEX, ["one text"], make) == b"made") is expected
    assert made == [INDEX]


def _digest(directory: Path, hashes: dict[str, str], prefixes: object) -> str:
    reuse = open_reuse(directory, hashes, prefixes)  # type: ignore[arg-type]
    reuse.file(INDEX, ["one text"], bytes)
    return reuse.made_from[INDEX]


def test_other_code_or_another_format_takes_nothing_over(snapshot: Path, tmp_path: Path) -> None:
    hashes, prefixes = manifest_sources(ROOT), assemble(ROOT).sources.prefixes
    code = next(name for name in hashes if name.startswith("server/"))
    usual = open_reuse(snapshot, hashes, prefixes)
    changed = open_reuse(snapshot, {**hashes, code: "0" * 64}, prefixes)
    none = open_reuse(tmp_path, hashes, prefixes)
    for reuse in (usual, changed, none):
        reuse.file(INDEX, ["one text"], bytes)

    assert usual.made_from != changed.made_from
    assert usual.made_from == none.made_from
