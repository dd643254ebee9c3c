"""The record of the full run holds for the shapes, the rules and the validator as they were."""

from pathlib import Path

import pytest

from tests import full_run
from tests.conftest import ROOT


def test_a_record_holds_until_a_shape_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("shapes/skos.ttl", "tests/bad/facet.ru", "ontology/rules/inverse.rq"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("one", "utf-8")
    monkeypatch.setattr(full_run, "ROOT", tmp_path)
    record = tmp_path / "record"
    assert not full_run.is_recorded(record)

    record.write_text(f"{full_run.digest()}\n", "utf-8")
    assert full_run.is_recorded(record)

    for name in ("shapes/skos.ttl", "tests/bad/facet.ru", "ontology/rules/inverse.rq"):
        (tmp_path / name).write_text("two", "utf-8")
        assert not full_run.is_recorded(record)
        (tmp_path / name).write_text("one", "utf-8")
    (tmp_path / "shapes/new.ttl").write_text("three", "utf-8")
    assert not full_run.is_recorded(record)


def test_every_pattern_finds_a_file() -> None:
    assert [pattern for pattern in full_run.INPUTS if not any(ROOT.glob(pattern))] == []


def test_continuous_integration_runs_it_where_it_is_not_recorded() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8")

    assert ".venv/bin/python -m tests.full_run --check || .venv/bin/pytest -m full\n" in script
