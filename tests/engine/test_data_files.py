"""Downloads that are not what the build wrote are refused, and named in the log and the metrics."""

import hashlib
import logging
import shutil
from pathlib import Path

import pytest

from policing_goals.engine.data_files import DataFiles
from policing_goals.engine.snapshot import open_snapshot
from policing_goals.errors import DamagedFile
from policing_goals.model.snapshot_format import CURRENT, DATA
from policing_goals.model.snapshot_locks import hold_current
from policing_goals.web.app import make_app
from tests.support.runners import NoQueries

CONTENT = b"1,2\n"


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A file of a snapshot."""
    path = tmp_path / "1" / DATA / "table.csv"
    path.parent.mkdir(parents=True)
    path.write_bytes(CONTENT)
    (tmp_path / CURRENT).symlink_to("1")
    return path


def files(stored: Path) -> DataFiles:
    return DataFiles(hold_current(stored.parents[2]), {"table.csv": hashlib.sha256(CONTENT).hexdigest()})


def test_a_file_is_read(stored: Path) -> None:
    found = files(stored)
    found.verify()

    assert found.read("table.csv") == CONTENT
    assert found.damaged == set()


@pytest.mark.parametrize("damage", ["other", "shorter", "missing", "later"])
def test_a_damaged_file_is_refused_and_logged(damage: str, stored: Path, caplog: pytest.LogCaptureFixture) -> None:
    found = files(stored)
    if damage == "later":
        assert found.read("table.csv") == CONTENT
    if damage == "missing":
        stored.unlink()
    else:
        stored.write_bytes(b"1,2" if damage == "shorter" else b"1,3\n")

    with caplog.at_level(logging.ERROR), pytest.raises(DamagedFile, match=r"table\.csv"):
        found.read("table.csv")
    assert str(stored) in caplog.text
    assert found.damaged == {"table.csv"}
    stored.write_bytes(CONTENT)
    assert found.read("table.csv") == CONTENT
    assert found.damaged == set()


def test_the_site_answers_500_for_a_damaged_file_and_sends_the_others(snapshot: Path, tmp_path: Path) -> None:
    directory = Path(shutil.copytree(snapshot, tmp_path / "snapshot", symlinks=True))
    client = make_app(open_snapshot(directory), NoQueries()).test_client()
    path = directory / CURRENT / DATA / "commitments.csv"
    path.write_bytes(path.read_bytes().replace(b",", b";", 1))
    refused = client.get("/data/commitments.csv", headers={"Accept": "application/problem+json"})

    assert refused.status_code == 500
    assert refused.json is not None
    assert refused.json["title"] == "A file is damaged"
    assert "ETag" not in refused.headers
    assert client.get("/data/crosswalks.csv").status_code == 200
