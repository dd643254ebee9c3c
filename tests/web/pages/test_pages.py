"""The site for people: every page in four languages, complete without scripts, and safe."""

import csv
import io
import re

import pytest
from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset
from tests.conftest import PACKAGE, ROOT

LANGUAGES = ("en", "fr", "es", "ar")
HTML = {"Accept": "text/html"}
# One page of each kind.
PAGES = (
    "/",
    "/about",
    "/goal-4.html",
    "/objective-6.2.html",
    "/theme-2.html",
    "/commitment-1.2.html",
    "/area-cybercrime.html",
    "/scheme-crime-areas.html",
    "/event-2017-adoption.html",
    "/link-objective-6.2-sdg-16.4.html",
    "/sdg/",
    "/sdg/16",
    "/sdg/16.4",
    "/sdg/1.1",
    "/statistics",
    "/charts/",
    "/charts/matrix",
    "/charts/coverage",
    "/charts/objectives?of=goal-4",
    "/charts/crime-areas",
    "/charts/timeline",
    "/topics",
    "/changes",
    "/briefing?sdg=16&topic=drug-trafficking&element=goal-6",
    "/queries/",
    "/queries/goal-objectives.html",
    "/search?q=cyber",
    "/sparql",
    "/sparql.html",
    "/data/",
    "/validation",
    "/ontology.html",
    "/shapes.html",
    "/api",
)


def test_a_goals_page_shows_what_a_reader_needs(client: FlaskClient) -> None:
    page = client.get("/fr/goal-6.html").get_data(as_text=True)

    assert "objectif général G6" in page
    assert 'href="goal-5.html"' in page
    assert 'href="goal-7.html"' in page
    links = (ROOT / "tests/answers/sdg-links.csv").read_text("utf-8")
    own = links.count("/goal-6,") + links.count("/objective-6.")
    assert page.count("<tr data-strength") == own > 0
    assert "Analyse du projet" in page
    assert "Publié par INTERPOL" in page
    assert 'href="goal-6.ttl"' in page
    assert "data/goals.ttl" in page
    assert page.count('href="objective-6.') >= 6


def test_a_target_that_nothing_supports_is_shown_as_a_gap(client: FlaskClient) -> None:
    goal = client.get("/sdg/1").get_data(as_text=True)
    target = client.get("/sdg/1.1").get_data(as_text=True)

    assert goal.count('class="gap"') == 7
    assert "No policing goal supports it." in target


def test_the_matrix_of_the_home_page_is_the_result_of_its_query(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    shown = sum(map(int, re.findall(r'href="sdg/\d+#G\d">(\d+)<', page)))
    answer = (ROOT / "tests/answers/goal-sdg-matrix.csv").read_text("utf-8").splitlines()[1:]

    assert shown == sum(int(line.split(",")[2]) for line in answer)
    assert "6 objectives" in page


@pytest.mark.parametrize(
    "path",
    ["/sdg/99", "/sdg/<script>", "/sdg/16.4%20", "/charts/nothing", "/charts/<script>.svg", "/goal-9.html"],
)
def test_what_is_not_there_is_refused_with_a_message(path: str, client: FlaskClient) -> None:
    response = client.get(path, headers=HTML)

    assert response.status_code == 404
    assert "<script>" not in response.get_data(as_text=True)


def test_the_box_holds_what_was_searched_and_nothing_else(client: FlaskClient) -> None:
    box = re.compile(r'<input id="find"[^>]* value="([^"]*)"')
    pages = [
        client.get(path, headers=HTML).get_data(as_text=True) for path in ("/search?q=cyber", "/queries/goals.html")
    ]

    assert [found[1] for page in pages if (found := box.search(page))] == ["cyber", ""]


def test_hostile_text_is_only_text(client: FlaskClient) -> None:
    hostile = '"><script>alert(1)</script>'
    page = client.get("/ar/search", query_string={"q": hostile}, headers=HTML).get_data(as_text=True)

    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_the_home_page_is_light(client: FlaskClient) -> None:
    files = ("site.css", "site.js", "icon.svg")
    size = len(client.get("/ar/").data) + sum((PACKAGE / "static" / name).stat().st_size for name in files)

    assert size < 100_000


def test_every_class_of_an_entity_has_a_name_in_the_pages(dataset: Dataset) -> None:
    parts = (PACKAGE / "templates/parts.html").read_text("utf-8")
    for name in ("skos:ConceptScheme", "schema:Event", "org:OrganizationalUnit", "schema:Place", "schema:Quotation"):
        assert dataset.prefixes.expand(name)
        assert f'"{name}": _(' in parts


def test_the_statistics_are_those_of_the_queries_behind_them(client: FlaskClient) -> None:
    page = client.get("/es/statistics").get_data(as_text=True)
    reach = page.partition('id="reach"')[2].partition("</table>")[0]
    rows = list(csv.DictReader(io.StringIO((ROOT / "tests/answers/sdg-gaps.csv").read_text("utf-8"))))
    sums = [sum(int(row[column]) for row in rows) for column in ("targets", "direct", "indirect", "unsupported")]

    assert reach.count("<tr>") == len(rows) + 2
    assert "".join(f"<td>{value}</td>" for value in sums) in reach
    assert page.count("/es/queries/") >= 8
    for name in ("goal-4", "scheme-actors", "graph-links", "basis-interpol-published"):
        assert f'href="{name}.html"' in page


def test_a_saved_query_says_what_its_columns_mean(client: FlaskClient) -> None:
    page = client.get("/fr/queries/sdg-gaps.html").get_data(as_text=True)

    assert "Ce que signifient les colonnes" in page
    assert "<dd>cibles qui ont un lien direct</dd>" in page


def test_a_cell_of_the_matrix_leads_to_the_links_that_it_counts(client: FlaskClient) -> None:
    rows = csv.DictReader(io.StringIO((ROOT / "tests/answers/goal-sdg-matrix.csv").read_text("utf-8")))
    home = client.get("/en/").get_data(as_text=True)
    for row in rows:
        goal, sdg = "G" + row["goal"].rpartition("-")[2], row["sdg"].rpartition("/")[2]
        if row["n"] != "0":
            assert f'<a href="sdg/{sdg}#{goal}">{row["n"]}</a>' in home
            page = client.get(f"/en/sdg/{sdg}").get_data(as_text=True)
            assert f'id="{goal}"' in page
            assert len(re.findall(rf'<span class="code">{goal}(?:\.\d+)?</span></td>', page)) == int(row["n"])


def test_what_guards_a_term_leads_to_a_shape_in_words(client: FlaskClient) -> None:
    shapes = client.get("/en/shapes.html").get_data(as_text=True)
    guards = re.findall(r'href="shapes.html#([^"]+)"', client.get("/en/ontology.html").get_data(as_text=True))

    assert len(set(guards)) > 40
    assert [name for name in guards if f'id="{name}"' not in shapes] == []
