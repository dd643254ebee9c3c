"""The site for people: every page in four languages, complete without scripts, and safe."""

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from werkzeug.exceptions import BadRequest, InternalServerError, MethodNotAllowed, NotFound
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge

from server.engine.store import Dataset
from server.errors import QueryError
from server.web.language import BY_PATH
from tests.conftest import ROOT

TEMPLATES = ROOT / "server/templates"
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
    "/pictures/",
    "/pictures/matrix",
    "/pictures/coverage",
    "/pictures/network?of=goal-4",
    "/pictures/flow",
    "/pictures/timeline",
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


def titles() -> set[str]:
    """What refusals are called, ours and those of Flask."""
    errors: list[type[QueryError]] = [QueryError, *QueryError.__subclasses__()]
    ours = {error.title for error in errors}
    return ours | {error().name for error in (NotFound, MethodNotAllowed, TooLarge, BadRequest, InternalServerError)}


def messages(dataset: Dataset) -> set[str | tuple[str, ...]]:
    methods = [("**.html", "jinja2.ext:babel_extract"), ("**.svg", "jinja2.ext:babel_extract")]
    told = {parameter.meaning for query in dataset.queries for parameter in query.parameters}
    told |= {column.meaning for query in dataset.queries for column in query.columns}
    return {message for _, _, message, *_ in extract_from_dir(TEMPLATES, methods)} | told | titles()


def translated(language: str) -> dict[str | tuple[str, ...], Message]:
    with (ROOT / f"server/translations/{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    return {_key(message.id): message for message in catalogue if message.id}


def _key(text: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_word_of_a_page_lacks_a_translation_and_none_is_left_over(language: str, dataset: Dataset) -> None:
    found = translated(language)

    assert set(found) == messages(dataset)
    for key, message in found.items():
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert texts
        assert all(texts), key
        assert not message.fuzzy
        # A plural form may say its number in a word.
        if isinstance(key, str):
            assert all(set(re.findall(r"%\(\w+\)\w", key)) == set(re.findall(r"%\(\w+\)\w", text)) for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_there_in_each_language(path: str, language: str, client: FlaskClient) -> None:
    response = client.get(f"/{language}{path}", headers=HTML)
    page = response.get_data(as_text=True)

    assert response.status_code == 200
    assert response.headers["Content-Language"] == language
    assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in page
    assert page.rstrip().endswith("</html>")
    assert len(re.findall("<h1>", page)) == 1
    assert 'aria-current="true">' in page
    # Nothing that the policy refuses, and nothing from elsewhere.
    assert not re.search(r' style="| on[a-z]+="|<script>|src="http|href="http[^"]*\.css', page)


def links(page: str) -> Iterator[str]:
    for match in re.finditer(r'href="(/[^"#?]*)', page):
        yield match[1]


@pytest.mark.parametrize("path", ["/", "/goal-4.html", "/sdg/16.4", "/queries/"])
def test_the_links_of_a_page_stay_in_its_language(path: str, client: FlaskClient) -> None:
    page = client.get(f"/fr{path}", headers=HTML).get_data(as_text=True)
    inside = {link for link in links(page) if not link.startswith(("/static/", "/en/", "/es/", "/ar/"))}

    assert inside
    assert all(link.startswith("/fr/") for link in inside)
    assert f'href="/es{path}" lang="es"' in page


@pytest.mark.parametrize(
    ("asked", "answered"),
    [("fr-CA,fr;q=0.9,en;q=0.5", "fr"), ("ar", "ar"), ("de,es;q=0.3", "es"), ("de", "en"), ("", "en"), ("*", "en")],
)
def test_without_a_path_the_browsers_languages_decide(asked: str, answered: str, client: FlaskClient) -> None:
    response = client.get("/about", headers={**HTML, "Accept-Language": asked})

    assert response.headers["Content-Language"] == answered
    assert "Accept-Language" in response.headers["Vary"]
    by_path = client.get("/es/about", headers={**HTML, "Accept-Language": asked})
    assert by_path.headers["Content-Language"] == "es"
    assert "Accept-Language" not in by_path.headers["Vary"]


def test_a_language_alone_leads_to_its_home_and_an_unknown_one_nowhere(client: FlaskClient) -> None:
    assert client.get("/fr").headers["Location"] == "/fr/"
    assert client.get("/xx/about", headers=HTML).status_code == 404
    assert client.get("/fr/goal-3", headers=HTML).headers["Location"] == "goal-3.html"


def test_a_goals_page_shows_what_a_reader_needs(client: FlaskClient) -> None:
    page = client.get("/fr/goal-6.html").get_data(as_text=True)

    assert "objectif général G6" in page
    assert 'href="goal-5.html"' in page
    assert 'href="goal-7.html"' in page
    links = (ROOT / "tests/answers/sdg-links.csv").read_text("utf-8")
    assert page.count('<article class="claim') == links.count("/goal-6,") > 0
    assert "Analyse du projet" in page
    assert "Publié par INTERPOL" in page
    assert 'href="goal-6.ttl"' in page
    assert "data/goals.ttl" in page
    assert page.count('href="objective-6.') >= 6


def test_a_target_that_nothing_supports_is_shown_as_a_gap(client: FlaskClient) -> None:
    goal = client.get("/sdg/1").get_data(as_text=True)
    target = client.get("/sdg/1.1").get_data(as_text=True)

    assert goal.count("Nothing supports it: a gap.") == 7
    assert "Nothing in the text supports it." in target


def test_the_matrix_of_the_home_page_is_the_answer_of_its_query(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    shown = sum(map(int, re.findall(r'href="sdg/\d+#G\d">(\d+)<', page)))
    answer = (ROOT / "tests/answers/goal-sdg-matrix.csv").read_text("utf-8").splitlines()[1:]

    assert shown == sum(int(line.split(",")[2]) for line in answer)
    assert "6 objectives" in page


@pytest.mark.parametrize("name", ["matrix", "coverage", "network", "flow", "timeline"])
def test_a_picture_can_be_taken_away_and_has_its_query_beside_it(name: str, client: FlaskClient) -> None:
    page = client.get(f"/pictures/{name}").get_data(as_text=True)
    drawing = client.get(f"/pictures/{name}.svg")
    query = re.search(r'href="/queries/([a-z-]+)\.csv', page)

    assert drawing.content_type == "image/svg+xml"
    assert drawing.data.startswith(b"<svg xmlns=")
    assert b"NaN" not in drawing.data
    assert query
    assert client.get(f"/queries/{query[1]}.csv").status_code == 200


def test_the_network_can_be_narrowed_to_one_goal(client: FlaskClient) -> None:
    all_of_it = client.get("/pictures/network.svg").get_data(as_text=True)
    one = client.get("/pictures/network.svg?of=goal-4").get_data(as_text=True)

    assert all_of_it.count("<path") == 163
    assert 0 < one.count("<path") < 10
    assert client.get("/pictures/network.svg?of=goal-9").status_code == 400


def test_the_matrix_can_be_had_for_one_goal_by_objective_and_target(client: FlaskClient) -> None:
    page = client.get("/pictures/matrix?of=goal-4").get_data(as_text=True)
    drawing = client.get("/pictures/matrix.svg?of=goal-4").get_data(as_text=True)

    assert "G4.1" in drawing
    assert ">16.a</text>" in drawing
    assert "objective-targets.csv?lang=en&amp;goal=gpg:goal-4" in page


@pytest.mark.parametrize(
    "path",
    ["/sdg/99", "/sdg/<script>", "/sdg/16.4%20", "/pictures/nothing", "/pictures/<script>.svg", "/goal-9.html"],
)
def test_what_is_not_there_is_refused_in_words(path: str, client: FlaskClient) -> None:
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
    size = len(client.get("/ar/").data) + sum((ROOT / "server/static" / name).stat().st_size for name in files)

    assert size < 100_000


def test_every_class_of_a_thing_has_a_name_in_the_pages(dataset: Dataset) -> None:
    parts = Path(TEMPLATES / "parts.html").read_text("utf-8")
    for name in ("skos:ConceptScheme", "schema:Event", "org:OrganizationalUnit", "schema:Place", "schema:Quotation"):
        assert dataset.prefixes.expand(name)
        assert f'"{name}": _(' in parts


@pytest.mark.parametrize(
    ("number", "text"), [(1, "هدف محدد واحد"), (2, "هدفان محددان"), (6, "6 أهداف محددة"), (12, "12 هدفا محددا")]
)
def test_arabic_counts_as_arabic_does(number: int, text: str, app: Flask) -> None:
    template = '{{ ngettext("%(num)d objective", "%(num)d objectives", number) }}'
    with app.test_request_context("/", environ_overrides={BY_PATH: "ar"}):
        assert render_template_string(template, number=number) == text


def test_a_language_that_was_chosen_before_comes_before_the_browsers(client: FlaskClient) -> None:
    client.set_cookie("language", "ar")
    response = client.get("/about", headers={**HTML, "Accept-Language": "fr"})

    assert response.headers["Content-Language"] == "ar"
    assert "Cookie" in response.headers["Vary"]
    assert client.get("/es/about", headers=HTML).headers["Content-Language"] == "es"
    client.set_cookie("language", "xx")
    assert client.get("/about", headers={**HTML, "Accept-Language": "fr"}).headers["Content-Language"] == "fr"


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
            listed = page.partition(f'<h3 id="{goal}">')[2].partition("</ul>")[0]
            assert listed.count("<li>") == int(row["n"])


def test_what_guards_a_term_leads_to_a_shape_in_words(client: FlaskClient) -> None:
    shapes = client.get("/en/shapes.html").get_data(as_text=True)
    guards = re.findall(r'href="shapes.html#([^"]+)"', client.get("/en/ontology.html").get_data(as_text=True))

    assert len(set(guards)) > 40
    assert [name for name in guards if f'id="{name}"' not in shapes] == []


def test_a_refusal_is_named_in_the_readers_language(client: FlaskClient) -> None:
    page = client.get("/es/goal-99", headers=HTML).get_data(as_text=True)

    assert "<h1>No se ha encontrado</h1>" in page
    assert "Qué falló y qué hacer, en inglés:" in page
    assert '<p lang="en" dir="ltr">There is no /goal-99.' in page
    asked = client.get("/es/queries/goals.html?lang=1", headers=HTML).get_data(as_text=True)
    assert "<h1>Solicitud incorrecta</h1>" in asked
