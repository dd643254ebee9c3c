"""A release: dated, complete, and with what changed since the previous one."""

import csv
import shutil
from io import StringIO
from pathlib import Path

from click.testing import CliRunner, Result

from policing_goals.__main__ import main
from policing_goals.builder.releases import _last, _write_changes
from tests.conftest import ROOT

OLD = '<http://e.org/a> <http://www.w3.org/2004/02/skos/core#prefLabel> "old"@en <http://e.org/g> .\n'
NEW = OLD.replace('"old"', '"new"') + "<http://e.org/a> <http://e.org/p> <http://e.org/b> <http://e.org/g> .\n"
ASSERTED = "data/global-policing-goals-asserted.nq"


def run(snapshot: Path, directory: Path) -> Result:
    return CliRunner().invoke(main, ["release", "--snapshot", str(snapshot), str(directory)])


def put(directory: Path, text: str) -> Path:
    path = directory / ASSERTED
    path.parent.mkdir(parents=True)
    path.write_text(text, "utf-8")
    return directory


def test_a_release_is_dated_whole_and_made_once(snapshot: Path, tmp_path: Path) -> None:
    made, again = run(snapshot, tmp_path), run(snapshot, tmp_path)
    [target] = tmp_path.iterdir()

    assert made.exit_code == 0, made.output
    assert target.name == "1.0.0-2026-11-23"
    assert "in the first release" in made.output
    assert {path.name for path in target.iterdir()} == {"data", "changes", "CHANGELOG.md"}
    assert (target / "CHANGELOG.md").read_text("utf-8") == (ROOT / "CHANGELOG.md").read_text("utf-8")
    assert (target / "data/SHA256SUMS").is_file()
    assert again.exit_code == 1
    assert "exists already" in again.output


def test_the_next_release_tells_what_changed(snapshot: Path, tmp_path: Path) -> None:
    first = tmp_path / "0.9.0-2025-01-01"
    put(first, OLD)
    made = run(snapshot, tmp_path)

    assert made.exit_code == 0, made.output
    assert made.output.strip().endswith("1 removed, 0 labels changed since 0.9.0-2025-01-01")
    shutil.rmtree(tmp_path / "1.0.0-2026-11-23")


def test_changes_are_statements_and_labels(tmp_path: Path) -> None:
    old, new = put(tmp_path / "old", OLD), put(tmp_path / "new", NEW)
    told = _write_changes(new, old)
    labels = list(csv.reader(StringIO((new / "changes/labels.csv").read_text("utf-8"))))

    assert told == "2 statements added, 1 removed, 1 labels changed since old"
    assert set((new / "changes/added.nq").read_text("utf-8").splitlines(keepends=True)) == set(
        NEW.splitlines(keepends=True)
    )
    assert (new / "changes/removed.nq").read_text("utf-8") == OLD
    assert labels[1] == ["<http://e.org/a>", "en", "old", "new"]


def test_the_release_before_is_the_newest_version(tmp_path: Path) -> None:
    for name in ("1.9.0-2026-01-01", "1.10.0-2026-02-01", "notes-2026-03-01"):
        put(tmp_path / name, OLD)

    last = _last(tmp_path)
    assert last
    assert last.name == "1.10.0-2026-02-01"
