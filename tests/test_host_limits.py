"""What the machine lacks is told at the start, with the number that is wanted."""

import resource
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import HostError
from policing_goals.host_limits import check_host, check_memory, free_memory, possible_connections
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


def test_a_back_end_needs_descriptors_too(monkeypatch: pytest.MonkeyPatch) -> None:
    allow(1456, monkeypatch)
    settings = Settings(Path(), backend="http://localhost/query", backend_connections=100)

    assert "enough for 1000 connections" in check_host(settings)[0]
    assert possible_connections(settings) == 1000


def test_a_back_end_needs_aiohttp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiohttp", None)

    with pytest.raises(HostError, match=r"aiohttp is missing.*pip install aiohttp"):
        check_host(Settings(Path(), backend="http://localhost/query"))
    assert check_host(Settings(Path())) == []


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


@pytest.mark.parametrize(
    ("statements", "free", "told"), [(30_000, 10**9, False), (10_000_000, 10**9, True), (10_000_000, None, False)]
)
def test_too_little_memory_is_told_before_it_runs_out(
    statements: int, free: int | None, told: bool, dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("policing_goals.host_limits.free_memory", lambda: free)
    lines = check_memory(replace(dataset.manifest, graphs={"http://example.org/g": statements}))

    assert bool(lines) is told
    assert all("10,000,000 statements takes about 19.2 GB of memory, and 1.0 GB are free" in line for line in lines)


def test_the_limit_of_a_control_group_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policing_goals.host_limits.CONTROL_GROUP", tmp_path)
    of_the_machine = free_memory()
    assert of_the_machine
    (tmp_path / "memory.max").write_text("300000000\n")
    (tmp_path / "memory.current").write_text("100000000\n")
    assert free_memory() == 200_000_000
    (tmp_path / "memory.max").write_text("max\n")
    assert (free_memory() or 0) > 200_000_000
