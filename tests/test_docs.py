"""The documentation is true: its commands, addresses, paths, links and figures."""

import re
import shlex
from dataclasses import fields
from pathlib import Path

import click
import pytest
import yaml
from click.testing import CliRunner
from flask.testing import FlaskClient

from policing_goals.__main__ import main
from policing_goals.engine.dataset import Dataset
from policing_goals.settings import Settings
from policing_goals.web.pages.documentation import ORDER
from tests.conftest import ROOT
from tests.screenshot import recorded, shown
from tests.web.sparql.test_w3c_protocol import CASES

PAGES = {path.stem: path.read_text("utf-8") for path in sorted((ROOT / "docs").glob("*.md"))}
FILES = {"README": (ROOT / "README.md").read_text("utf-8"), **PAGES}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Addresses that need a server: the endpoint's, and those of its operation.
LIVE = ("/sparql", "/graph", "/health", "/ready", "/metrics", "/docs/")
OWN = "policing-goals"


def commands() -> list[tuple[str, str]]:
    """Every call of our command in a block or in a line of the text, with its page."""
    found = []
    for page, text in FILES.items():
        lines = [line for kind, block in BLOCK.findall(text) if kind == "sh" for line in block.splitlines()]
        lines += re.findall(r"`(policing-goals [^`]+)`", BLOCK.sub("", text))
        found += [(page, line) for line in lines if line.startswith(f"{OWN} ")]
    return found


@pytest.mark.parametrize(("page", "line"), commands())
def test_every_command_exists_with_its_options(page: str, line: str) -> None:
    _, name, *arguments = shlex.split(line)
    command = main.commands[name]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    used = {argument.partition("=")[0] for argument in arguments if argument.startswith("-")}

    assert used <= options | {"--help"}, page
    # What is in capitals stands for a value.
    if not any(argument.isupper() or argument == "--help" for argument in arguments):
        command.make_context(name, list(arguments), resilient_parsing=True)


def test_the_output_that_is_shown_is_the_output(snapshot: Path) -> None:
    [(_, text)] = [found for found in BLOCK.findall(PAGES["using"]) if found[0] == "text"]
    arguments = ["query", "goals", "--param", "lang=fr", "--snapshot", str(snapshot)]

    assert f"{OWN} query goals --param lang=fr\n" in PAGES["using"]
    assert CliRunner().invoke(main, arguments, catch_exceptions=False).stdout == text


@pytest.mark.parametrize("page", FILES)
def test_every_link_leads_to_a_file(page: str) -> None:
    place = ROOT if page == "README" else ROOT / "docs"
    targets = [target for target in re.findall(r"\]\(([^)]+)\)", FILES[page]) if "://" not in target]

    assert [target for target in targets if not (place / target).resolve().exists()] == []


@pytest.mark.parametrize("page", FILES)
def test_every_path_exists(page: str) -> None:
    paths = re.findall(r"`((?:data|docs|ontology|queries|server|shapes|tests)/[\w./-]*)`", FILES[page])

    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", FILES)
def test_every_address_is_there(page: str, client: FlaskClient) -> None:
    text = BLOCK.sub("", FILES[page])
    addresses = [
        each for each in re.findall(r"`(/[a-z.][^` ]*)`", text) if not each.startswith((*LIVE, "/etc/", "/opt"))
    ]

    assert [each for each in addresses if client.get(each, follow_redirects=True).status_code not in (200, 400)] == []


def test_the_pages_are_on_the_site_in_their_order(client: FlaskClient) -> None:
    listing = client.get("/en/docs/").text

    assert sorted(ORDER) == sorted(PAGES)
    assert [listing.index(f'docs/{name}"') for name in ORDER] == sorted(
        listing.index(f'docs/{name}"') for name in ORDER
    )
    for name, text in PAGES.items():
        page = client.get(f"/fr/docs/{name}")
        assert page.status_code == 200
        assert f'<span lang="en" dir="ltr">{text.partition(chr(10))[0].removeprefix("# ")}</span></h1>' in page.text
        for target in re.findall(r'<a href="([a-z]+)">', page.text):
            assert target in PAGES, name
        assert not re.findall(r'href="[^"]*\.md', page.text)
    wrong = client.get("/en/docs/deploy", headers={"Accept": "text/html"})
    assert wrong.status_code == 404
    assert "Did you mean deploying?" in wrong.text


def test_the_diagram_has_every_class_and_graph_and_is_the_one_in_the_repository(
    client: FlaskClient, dataset: Dataset
) -> None:
    drawn = client.get("/docs/model.svg")

    assert drawn.mimetype == "image/svg+xml"
    assert drawn.text == (ROOT / "docs/model.svg").read_text("utf-8"), "run python -m tests.record_answers"
    for graph in dataset.manifest.graphs:
        assert dataset.prefixes.shorten(graph) in drawn.text
        assert dataset.prefixes.shorten(graph) in PAGES["model"] or "graph-labels" in graph
    assert "gpgo:SDGLink" in drawn.text
    assert "gpgo:isObjectiveOf → gpgo:Goal" in drawn.text


def test_the_table_of_limits_is_that_of_the_options() -> None:
    known = {
        f"--{field.name.replace('_', '-')}": field.default for field in fields(Settings) if "help" in field.metadata
    }
    rows = re.findall(r"^\| [^|]+ \| (\d+) \| [^|]+ \| `(--[\w-]+)` \|$", PAGES["endpoint"], re.MULTILINE)

    assert len(rows) == 11
    assert {option: float(str(known[option])) for _, option in rows} == {option: float(value) for value, option in rows}


def test_the_number_of_w3c_tests_is_true() -> None:
    assert re.findall(r"The (\d+) tests of the W3C's protocol suite", PAGES["endpoint"]) == [str(len(CASES))]


def test_the_citation_is_that_of_the_catalogue(dataset: Dataset) -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    catalogue = (ROOT / "data/catalogue.ttl").read_text("utf-8")

    assert cited["version"] == dataset.manifest.version
    assert f'dcterms:title "{cited["title"]}"@en' in catalogue
    assert f'dcterms:issued "{cited["date-released"]}"^^xsd:date' in catalogue
    assert cited["url"] in catalogue


def test_the_readme_is_one_page_of_short_sentences() -> None:
    text = BLOCK.sub("", FILES["README"])
    words = re.findall(r"[\w’'.-]+", re.sub(r"\]\([^)]*\)", "]", text))
    sentences = [each for each in re.split(r"(?<=[.:?])\s+|\n+", re.sub(r"\]\([^)]*\)", "]", text)) if each.strip()]

    assert len(FILES["README"].split()) < 800
    assert len(words) / len(sentences) < 18
    assert FILES["README"].split("\n\n")[2].startswith("![")


def test_the_picture_in_the_readme_shows_the_home_page_as_it_is(client: FlaskClient) -> None:
    assert recorded() == shown(client), "run python -m tests.screenshot"


def test_every_command_has_a_help_text() -> None:
    for name, command in main.commands.items():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (name, parameter.name)
