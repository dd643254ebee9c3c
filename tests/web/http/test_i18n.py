"""The languages of the site: every text is translated; path, cookie or browser selects the language."""

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages.catalog import Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask, render_template_string
from flask.testing import FlaskClient
from werkzeug.exceptions import BadRequest, InternalServerError, MethodNotAllowed, NotFound
from werkzeug.exceptions import RequestEntityTooLarge as TooLarge

from policing_goals import errors
from policing_goals.engine.dataset import Dataset
from policing_goals.errors import QueryError
from policing_goals.web.http.i18n import PATH_LANGUAGE
from tests.conftest import PACKAGE
from tests.web.pages.test_pages import HTML, LANGUAGES, PAGES

TEMPLATES = PACKAGE / "templates"
# The place of a value in a message.
HOLE = re.compile(r"%\(\w+\)\w|\{\w*\}")


def titles() -> set[str]:
    """What refusals are called, ours and those of Flask."""
    errors: list[type[QueryError]] = [QueryError, *QueryError.__subclasses__()]
    ours = {error.title for error in errors}
    return ours | {error().name for error in (NotFound, MethodNotAllowed, TooLarge, BadRequest, InternalServerError)}


# What only programs meet has no page: requests that are no HTTP, the protocols for tools, and the command line.
WITHOUT_PAGES = (
    "builder", "cli", "mcp_server.py", "web/gateway", "web/charts/result_chart.py", "web/search/reconciliation.py",
    "web/sparql/graph_store.py",
)  # fmt: skip


def refusals() -> Iterator[str]:
    """The sentences of refusals that a page may have to say."""
    kinds = {name for name, each in vars(errors).items() if isinstance(each, type) and issubclass(each, QueryError)}
    for path in PACKAGE.rglob("*.py"):
        if not path.relative_to(PACKAGE).as_posix().startswith(WITHOUT_PAGES):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                    place = {"message": 0, "did_you_mean": 2}.get(node.func.id, 0 if node.func.id in kinds else None)
                    said = node.args[place] if place is not None and len(node.args) > place else None
                    if isinstance(said, ast.Constant) and isinstance(said.value, str):
                        yield said.value


def messages(dataset: Dataset, language: str) -> set[str | tuple[str, ...]]:
    methods = [("**.html", "jinja2.ext:babel_extract"), ("**.svg", "jinja2.ext:babel_extract")]
    told = {parameter.meaning for query in dataset.queries for parameter in query.parameters}
    told |= {column.meaning for query in dataset.queries for column in query.columns}
    told |= (
        {check.says for check in dataset.report.checks} | set(dataset.report.tally()) | {"Violation", "Warning", "Info"}
    )
    # The shapes have their texts in English and French.
    texts = [each for shape in dataset.report.shapes for each in (shape.title, shape.says)]
    told |= {each["en"] for each in texts if language not in each}
    # The others have the name of a graph or of a mapping set in them.
    titles_of_files = {
        fields["title"].removesuffix(", in its named graphs") for fields in dataset.manifest.data.values()
    }
    told |= {title for title in titles_of_files if not title.startswith(("the named graph ", "the mapping set "))}
    return {message for _, _, message, *_ in extract_from_dir(TEMPLATES, methods)} | told | titles() | set(refusals())


def translated(language: str) -> dict[str | tuple[str, ...], Message]:
    with (PACKAGE / f"translations/{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language, abort_invalid=True)
    return {_key(message.id): message for message in catalogue if message.id}


def _key(text: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return text if isinstance(text, str) else tuple(text)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_word_of_a_page_lacks_a_translation_and_none_is_left_over(language: str, dataset: Dataset) -> None:
    found = translated(language)

    assert set(found) == messages(dataset, language)
    for key, message in found.items():
        texts = [message.string] if isinstance(message.string, str) else list(message.string or ())
        assert texts
        assert all(texts), key
        assert not message.fuzzy
        # A plural form may say its number in a word.
        if isinstance(key, str):
            assert all(set(HOLE.findall(key)) == set(HOLE.findall(text)) for text in texts), key


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


@pytest.mark.parametrize(
    ("number", "text"), [(1, "هدف محدد واحد"), (2, "هدفان محددان"), (6, "6 أهداف محددة"), (12, "12 هدفا محددا")]
)
def test_arabic_counts_as_arabic_does(number: int, text: str, app: Flask) -> None:
    template = '{{ ngettext("%(num)d objective", "%(num)d objectives", number) }}'
    with app.test_request_context("/", environ_overrides={PATH_LANGUAGE: "ar"}):
        assert render_template_string(template, number=number) == text


def test_a_language_that_was_chosen_before_comes_before_the_browsers(client: FlaskClient) -> None:
    client.set_cookie("language", "ar")
    response = client.get("/about", headers={**HTML, "Accept-Language": "fr"})

    assert response.headers["Content-Language"] == "ar"
    assert "Cookie" in response.headers["Vary"]
    assert client.get("/es/about", headers=HTML).headers["Content-Language"] == "es"
    client.set_cookie("language", "xx")
    assert client.get("/about", headers={**HTML, "Accept-Language": "fr"}).headers["Content-Language"] == "fr"


def test_a_refusal_is_named_in_the_readers_language(client: FlaskClient) -> None:
    page = client.get("/es/goal-99", headers=HTML).get_data(as_text=True)

    assert "<h1>No se ha encontrado</h1>" in page
    assert "<p>No existe /goal-99. ¿Quiso decir /goal-" in page
    asked = client.get("/es/queries/goals.html?lang=1", headers=HTML).get_data(as_text=True)
    assert "<h1>Solicitud incorrecta</h1>" in asked
    assert "ejemplo: lang=fr" in asked
    refused = client.get("/ar/sparql?query=SELECT", headers=HTML).get_data(as_text=True)
    assert "The query does not parse" in refused.partition('lang="en" dir="ltr"')[2]
    updated = client.get("/fr/sparql?query=DELETE%20DATA%20{}", headers=HTML).get_data(as_text=True)
    assert "DELETE est refusé : ce point d&#39;accès est en lecture seule." in updated


def test_a_refusal_for_programs_is_in_english(client: FlaskClient) -> None:
    assert client.get("/es/goal-99").get_json()["detail"].startswith("There is no /goal-99. Did you mean /goal-")
