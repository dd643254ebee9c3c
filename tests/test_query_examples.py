"""The worked examples of queries/examples/, run against a server as an analyst would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support.server import serving

EXAMPLES = ROOT / "queries/examples"
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.fixture(scope="module")
def address(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path_factory.mktemp("examples"))
        yield f"http://127.0.0.1:{server.port}"


def run(name: str, *arguments: str | Path) -> list[str]:
    done = subprocess.run([sys.executable, EXAMPLES / name, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_example_is_run_here_and_listed_in_its_readme() -> None:
    files = {path.name for path in EXAMPLES.iterdir() if path.suffix in (".py", ".ipynb")}
    told = (EXAMPLES / "README.md").read_text("utf-8")
    here = Path(__file__).read_text("utf-8")

    assert len(files) == 5
    assert all(f"`{name}`" in told and f'"{name}"' in here for name in files)


def test_sparqlwrapper_gets_the_surest_links(address: str) -> None:
    lines = [line.split("\t") for line in run("sparqlwrapper_links.py", address, "16.4")]

    assert len(lines) == 5
    assert lines[0][1] == "0.95"
    assert [line[1] for line in lines] == sorted((line[1] for line in lines), reverse=True)


def test_pandas_reads_a_csv_address(address: str) -> None:
    head, first, *_ = run("pandas_coverage.py", address, "en")

    assert head.split() == ["number", "label", "targets", "direct", "indirect", "share"]
    assert first.split()[0] == "16"
    assert first.split()[-1] == "0.75"


def test_rdflib_walks_the_json_ld(address: str) -> None:
    lines = run("rdflib_json_ld.py", address, "goal-4")

    assert [line.split("\t")[0] for line in lines[::2]] == ["G4.1", "G4.2", "G4.3", "G4.4"]
    assert lines[1].startswith("\t")
    assert "cyber" in lines[1]


def test_without_a_file_the_join_tells_its_usage() -> None:
    done = subprocess.run([sys.executable, EXAMPLES / "un_join.py"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith("Usage: python un_join.py FILE [ADDRESS]")


def test_the_un_file_is_joined(address: str, tmp_path: Path) -> None:
    file = tmp_path / "un.ttl"
    label = '<http://www.w3.org/2004/02/skos/core#prefLabel> "A sentence of the UN."@en'
    file.write_text(f"<http://metadata.un.org/sdg/16.5> {label} .", "utf-8")
    *found, count = run("un_join.py", file, address)

    assert len(found) == 3
    assert all(line.endswith("\tA sentence of the UN.") for line in found)
    assert count.endswith("of 125 links have a target in the UN's file")


def test_the_notebook_runs_and_draws_two_pictures(address: str, tmp_path: Path) -> None:
    cells = json.loads((EXAMPLES / "coverage.ipynb").read_text("utf-8"))["cells"]
    assert not any(cell.get("outputs") for cell in cells)
    # What a notebook shows, a file gets.
    begin = f"""
import matplotlib.pyplot as plt
plt.switch_backend("Agg")
plt.show = lambda: (plt.savefig(f"{tmp_path}/{{plt.gcf().number}}.png"), plt.figure())
"""
    code = "\n".join([begin, *("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")])
    environment = {**os.environ, "POLICING_GOALS": address}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    pictures = [path.read_bytes() for path in sorted(tmp_path.glob("*.png"))]

    assert len(pictures) == 2
    assert all(picture.startswith(PNG) and len(picture) > 10_000 for picture in pictures)
