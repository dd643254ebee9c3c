"""The wheel: installed in an empty virtual environment, far from the checkout, it serves the same graph."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from policing_goals.model.snapshot_format import CURRENT
from tests.conftest import ROOT
from tests.support.processes import ask_count, free_port, running


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(directory), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(directory.glob("*.whl"))


def test_the_wheel_carries_every_source_and_no_test(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    sources = [
        path.relative_to(ROOT)
        for folder in ("ontology", "data", "docs", "shapes", "queries")
        for path in (ROOT / folder).rglob("*")
    ]

    expected = {f"policing_goals/files/{path}" for path in sources if (ROOT / path).is_file()}
    assert expected - set(names) == set()
    assert {name.partition("/")[0].partition("-")[0] for name in names} == {"policing_goals"}
    assert "policing_goals/templates/home.html" in names
    assert "policing_goals/py.typed" in names
    assert not [name for name in names if name.startswith("tests")]


def test_the_wheel_serves_the_same_graph_outside_the_checkout(wheel: Path, snapshot: Path, tmp_path: Path) -> None:
    # The README's first command is tested with the libraries that it installs; here are those of the tests.
    installed = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*pip, "--target", str(installed), str(wheel)], check=True)
    command = [sys.executable, "-m", "policing_goals"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(installed)}

    def run(*arguments: str) -> str:
        return subprocess.run(
            [*command, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        ).stdout

    where = [sys.executable, "-c", "import policing_goals; print(policing_goals.__file__)"]
    found = subprocess.run(where, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True).stdout
    assert found.startswith(str(installed))
    built = run("build")
    matrix = run("query", "goal-sdg-matrix", "--format", "csv").replace("\r\n", "\n")

    assert built.split()[-1] == (snapshot / CURRENT).resolve().name
    assert run("--version").split()[-1] == wheel.name.split("-")[1]
    assert (tmp_path / "cache/policing-goals" / CURRENT).exists()
    assert matrix == (ROOT / "tests/answers/goal-sdg-matrix.csv").read_text("utf-8")
    served = tmp_path / "cache/policing-goals"
    with running([*command, "serve", "--snapshot", served], tmp_path, free_port(), environment) as (address, _):
        assert ask_count(address) == "n\r\n38\r\n"
