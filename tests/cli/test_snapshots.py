"""The command snapshots: the snapshots of a directory, and which may go."""

import re
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from policing_goals.__main__ import main
from policing_goals.errors import SnapshotError
from policing_goals.model.snapshot_locks import hold_current, snapshot_names, sole_writer
from tests.support.snapshots import write_another


@pytest.fixture
def several(snapshot: Path, tmp_path: Path) -> Path:
    """A directory with four snapshots, all but the live one and the one before it read by a process meanwhile."""
    directory = Path(shutil.copytree(snapshot, tmp_path / "snapshots", symlinks=True))
    held = []
    for word in ("first", "second", "third"):
        held.append(hold_current(directory))
        with sole_writer(directory) as writer:
            write_another(writer, word, with_data=False)
    for each in held:
        each.close()
    assert len(snapshot_names(directory)) == 4
    return directory


def run(*arguments: str | Path) -> str:
    result = CliRunner().invoke(main, ["snapshots", *map(str, arguments)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_snapshots_are_listed_with_their_date_and_size(several: Path) -> None:
    lines = run("--snapshot", several).splitlines()

    assert len(lines) == 4
    assert all(re.match(r"[0-9a-f]{64}  \d{4}-\d\d-\d\d \d\d:\d\d  +\d+\.\d MB", line) for line in lines)
    assert [line.endswith("live") for line in lines] == [True, False, False, False]


def test_pruning_leaves_the_live_one_those_kept_and_those_read(several: Path) -> None:
    names = [line.split()[0] for line in run("--snapshot", several).splitlines()]
    with closing(hold_current(several, names[3][:8])):
        assert "being read" in run("--snapshot", several).splitlines()[3]
        run("--snapshot", several, "--prune")
        assert set(snapshot_names(several)) == {names[0], names[1], names[3]}
    run("--snapshot", several, "--prune", "--keep", "0")

    assert snapshot_names(several) == [names[0]]


def test_a_pin_is_the_beginning_of_one_name(several: Path) -> None:
    name = snapshot_names(several)[0]
    with closing(hold_current(several, name[:10].upper())) as held:
        assert held.path.name == name
    with pytest.raises(SnapshotError, match=r"There is no snapshot ffffffffff.*`policing-goals snapshots` lists them"):
        hold_current(several, "ffffffffff")
