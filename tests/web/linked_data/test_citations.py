"""Citations: of a page and of INTERPOL's document apart, as text, BibTeX and RIS, and where to send a correction."""

import re
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient

from policing_goals.engine.snapshot import open_snapshot
from policing_goals.vocabulary import GPG
from policing_goals.web.app import SiteOptions, make_app
from policing_goals.web.static_site import NoEndpoint
from tests.web.pages.test_pages import HTML, PAGES

DOCUMENT = "Objectifs de l'action policière mondiale : la sécurité, un pilier du développement durable"


def taken(page: str) -> dict[str, str]:
    """The files that a page carries, by their names."""
    found = re.findall(r'download="([\w.-]+)" href="data:[\w/-]+;charset=utf-8,([^"]*)"', page)
    return {name: unquote(text) for name, text in found}


@pytest.mark.parametrize("path", [path for path in PAGES if path != "/api"])
def test_every_page_can_be_cited_with_its_version_and_date(path: str, client: FlaskClient) -> None:
    page = client.get(f"/en{path}", headers=HTML).text
    cited = unescape(re.sub("<[^>]+>", "", page.partition('id="cite-page"')[2].partition("</span>")[0]))
    files = taken(page)

    assert "Policing Goals project" in cited
    assert "version 1.0.0, November 23, 2026, " in cited
    assert unescape(DOCUMENT) in unescape(page)
    assert files["policing-goals.bib"].startswith("@misc{policing-goals-")
    assert "  date = {2026-11-23},\n" in files["policing-goals.bib"]
    assert f"  title = {{{{{DOCUMENT}}}}},\n" in files["interpol.bib"]
    assert files["policing-goals.ris"].startswith("TY  - DATA\r\n")
    assert files["interpol.ris"].endswith("ER  - \r\n")


def test_an_entity_is_cited_by_its_iri_and_a_page_by_its_address(client: FlaskClient) -> None:
    goal = taken(client.get("/fr/goal-3.html").text)["policing-goals.ris"]
    chart = taken(client.get("/fr/charts/matrix?of=goal-4").text)["policing-goals.ris"]

    assert f"UR  - {GPG}goal-3\r\n" in goal
    assert "TI  - Protection des groupes vulnérables\r\n" in goal
    assert "UR  - http://localhost/fr/charts/matrix?of=goal-4\r\n" in chart


def test_characters_of_bibtex_are_escaped(client: FlaskClient) -> None:
    page = client.get("/en/briefing?topic=drug-trafficking&sdg=16").text
    files = taken(page)

    assert re.search(r"(?<!\\)[#%&]", files["policing-goals.bib"].partition("title")[2].partition("\n")[0]) is None


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        ("data@example.org", 'href="mailto:data@example.org?subject='),
        ("https://example.org/issues", 'href="https://example.org/issues"'),
        ("", "with --contact."),
    ],
)
def test_a_correction_goes_where_the_operator_says(contact: str, expected: str, snapshot: Path) -> None:
    app = make_app(open_snapshot(snapshot), NoEndpoint(), SiteOptions(contact=contact))
    page = app.test_client().get("/en/goal-3.html").text

    assert expected in page.partition('id="cite"')[2]


def test_the_trail_leads_from_the_home_page_to_the_entity(client: FlaskClient) -> None:
    page = client.get("/en/objective-4.2.html").text
    trail = page.partition('class="trail"')[2].partition("</nav>")[0]

    assert re.findall(r'href="([^"]+)"', trail) == ["/en/", "scheme-goals.html", "goal-4.html"]
