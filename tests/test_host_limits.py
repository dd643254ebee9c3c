"""What the machine lacks is told at the start, with the number that is wanted."""

import resource
import subprocess
import sys
from pathlib import Path

import pytest

from policing_goals.errors import HostError
from policing_goals.host_limits import check_host, possible_connections
from policing_goals.settings import Settings


def allow(files: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (min(files, 100), files))


def test_a_limit_that_suffices_is_not_mentioned(monkeypatch: pytest.MonkeyPatch) -> None:
    for files in (8448, resource.RLIM_INFINITY):
        allow(files, monkeypatch)

        assert check_host(Settings(Path())) == []
        assert possible_connections(Settings(Path())) == 8192


def test_a_low_limit_is_told_with_the_number_that_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(1256, monkeypatch)
    [line] = check_host(Settings(Path()))

    assert "may open 1256 files, enough for 1000 connections, not for the 8192 of --connections" in line
    assert "ulimit -n 8448" in line
    assert possible_connections(Settings(Path())) == 1000


def test_a_limit_that_no_server_can_run_with_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(256, monkeypatch)

    with pytest.raises(HostError, match=r"may open 256 files; a server needs 320\. Raise the limit to 8448"):
        check_host(Settings(Path()))
    allow(264, monkeypatch)
    assert check_host(Settings(Path(), connections=8)) == []


def test_a_directory_for_large_results_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HostError, match=r"cannot be written to .*none: No such file or directory.*--spool"):
        check_host(Settings(Path(), spool=tmp_path / "none"))


def test_the_command_says_so_and_ends(snapshot: Path) -> None:
    serve = f"ulimit -n 100; exec {sys.executable} -m policing_goals serve --snapshot {snapshot} --port 1"
    ended = subprocess.run(["bash", "-c", serve], capture_output=True, text=True, check=False, timeout=60)

    assert ended.returncode == 1
    assert "Error: This process may open 100 files; a server needs 320." in ended.stderr
