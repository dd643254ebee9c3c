"""The command doctor: each finding for a machine that lacks what it looks for."""

import resource
import shutil
import socket
from pathlib import Path
from types import SimpleNamespace

import pytest
from click.testing import CliRunner, Result

from policing_goals import npm_assets
from policing_goals.__main__ import main
from policing_goals.model.snapshot_format import CURRENT, MANIFEST
from tests.support.processes import free_port


def run(snapshot: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["doctor", "--snapshot", str(snapshot), "--port", str(free_port()), *arguments])


def line(result: Result, subject: str) -> str:
    """The finding of a subject."""
    [found] = [each for each in result.output.splitlines() if each[6:].startswith(subject)]
    return found


def test_a_machine_with_everything_is_told_so(snapshot: Path) -> None:
    result = run(snapshot)

    assert result.exit_code == 0
    for subject in ("Python", "memory", "disk", "snapshot", "imports", "port"):
        assert line(result, subject).startswith("ok "), subject
    assert "statements, version 1.0.0" in line(result, "snapshot")


def test_a_port_in_use_is_told(snapshot: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = run(snapshot, "--port", str(taken.getsockname()[1]))

    assert "cannot be used on 127.0.0.1: Address already in use. Stop what uses it" in line(result, "port")
    assert result.exit_code == 0


def test_a_missing_or_damaged_snapshot_is_told(snapshot: Path, tmp_path: Path) -> None:
    assert "none in" in line(run(tmp_path / "none"), "snapshot")
    damaged = Path(shutil.copytree(snapshot, tmp_path / "damaged", symlinks=True))
    (damaged / CURRENT / MANIFEST).write_text("{", "utf-8")

    assert line(run(damaged), "snapshot").startswith("note  snapshot     unreadable. The snapshot in")


def test_missing_javascript_is_told(snapshot: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(npm_assets, "BUNDLE", tmp_path)

    assert "missing: plex, oxigraph, yasqe. Pages work" in line(run(snapshot), "JavaScript")


def test_a_full_disk_is_told(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))

    assert line(run(snapshot), "disk") == "note  disk         1 MB free. Free some space, or name another directory " \
        "with --snapshot."  # fmt: skip


def test_too_few_descriptors_end_it_with_1(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (100, 100))
    result = run(snapshot)

    assert line(result, "descriptors").startswith("FAIL  descriptors  too few")
    assert "ulimit -n" in line(result, "descriptors")
    assert result.exit_code == 1
