"""The README is true: every command in it is run, and every result in it compared."""

import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from policing_goals.engine.dataset import Dataset
from tests.conftest import PACKAGE, ROOT
from tests.support.processes import free_port, running

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
COMMANDS = [text.rstrip("\n") for kind, text in BLOCKS if kind == "sh"]
# CONTRIBUTING.md names files of the package and of its build by their short names.
ROOTS = (ROOT, PACKAGE, PACKAGE / "builder")
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", ".snapshot", ".*_cache", "__pycache__", "dist", "build")


def block_after(command: str) -> str:
    """The block that follows a command: its answer."""
    texts = [text for _, text in BLOCKS]
    answer: str = texts[texts.index(command + "\n") + 1]
    return answer


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh checkout without a virtual environment."""
    directory = tmp_path_factory.mktemp("fresh") / "policing-goals"
    shutil.copytree(ROOT, directory, ignore=LEFT_OUT)
    return directory


def shell(command: str, directory: Path) -> str:
    result = subprocess.run(["/bin/sh", "-c", command], cwd=directory, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout.replace("\r\n", "\n")


def send(call: str) -> str:
    """What a call of curl gives, without curl: -s URL, a header with -H and the form field of --data-urlencode."""
    curl, silent, url, header, accept, data, field = shlex.split(call)
    assert (curl, silent, header, data) == ("curl", "-s", "-H", "--data-urlencode")
    name, _, value = accept.partition(": ")
    with urlopen(Request(f"http://{url}", urlencode(dict([field.split("=", 1)])).encode(), {name: value})) as response:
        return str(response.read().decode()).replace("\r\n", "\n")


def test_there_is_one_command_to_serve_and_one_to_test() -> None:
    serve, curl, test = COMMANDS

    assert serve.endswith("policing-goals serve")
    assert curl.startswith("curl ")
    assert test.endswith("pytest")


def test_the_commands_do_what_the_readme_says_in_a_fresh_checkout(checkout: Path) -> None:
    serve, curl, _ = COMMANDS
    port = free_port()
    with running(["/bin/sh", "-c", serve], checkout, port):
        call = curl.replace("localhost:8000", f"localhost:{port}")
        assert send(call) == block_after(curl)
        if shutil.which("curl"):
            assert shell(call, checkout) == block_after(curl)


def test_continuous_integration_calls_exactly_the_test_command() -> None:
    script = (ROOT / ".ci/run").read_text("utf-8").splitlines()

    assert script[-1] == COMMANDS[-1]
    assert "export POLICING_GOALS_TEST=everything" in script
    assert script[:1] == ["#!/bin/sh"]
    assert os.access(ROOT / ".ci/run", os.X_OK)


def test_the_tree_is_the_one_that_is_there(checkout: Path) -> None:
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    tree = text[text.index("ontology/ ") : text.index("\n```\n\n1.")]
    named = {line.split("/")[0] for line in tree.splitlines() if not line.startswith(" ")}

    assert named == {path.name for path in checkout.iterdir() if path.is_dir() and not path.name.startswith(".")}


def test_every_file_that_contributing_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    table = text[text.index("| to change |") : text.index("| a saved query |")]
    paths = set(re.findall(r"`([\w.]+/[\w./-]*|\w+\.(?:py|md))`", text))

    assert table.count("\n| ") == 36
    assert len(paths) > 40
    assert [each for each in sorted(paths) if not any((root / each).exists() for root in ROOTS)] == []


def test_the_numbers_of_links_and_saved_queries_are_true(dataset: Dataset) -> None:
    text = (ROOT / "tests/answers/links-by-basis.csv").read_text("utf-8")
    published, analysed = (int(line.split(",")[1]) for line in text.splitlines()[1:])

    assert f"{published + analysed} links to the SDGs" in README
    assert f"INTERPOL published {published} of them" in README
    assert f"infers the other {analysed}" in README
    assert len(dataset.queries) == 55
    assert "fifty-five saved queries" in README
    assert "Fifty-five saved queries" in (ROOT / "docs/using.md").read_text("utf-8")
