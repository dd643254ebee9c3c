"""The query editor in a browser: one request at a time, what is shown is what is downloaded, and nothing freezes."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Route

from tests.support.back_ends import OxigraphServer
from tests.support.browser import DESK, Watched
from tests.support.server import Served, eventually, need_bundle, serving

RUNAWAY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER (?a != ?i) }"
CONSTRUCT = "CONSTRUCT { ?s skos:broader ?o } { ?s skos:broader ?o ; a gpgo:CrimeArea }"
NUMBERS = "SELECT ?t (COUNT(*) AS ?n) { ?s a ?t } GROUP BY ?t"


class Editor:
    """The editor on a page."""

    def __init__(self, watched: Watched, path: str = "/en/sparql") -> None:
        self.watched, self.page = watched, watched.page
        watched.goto(path)
        self.page.wait_for_selector(".CodeMirror")

    @property
    def text(self) -> str:
        return str(self.page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()"))

    @text.setter
    def text(self, text: str) -> None:
        self.page.evaluate("text => document.querySelector('.CodeMirror').CodeMirror.setValue(text)", text)

    @property
    def status(self) -> str:
        return self.page.inner_text("#status")

    @property
    def rows(self) -> int:
        return self.page.locator("#results tbody tr").count()

    def run(self, text: str = "") -> str:
        """Run a query to its end; the status line."""
        if text:
            self.text = text
        self.page.click("form#run button")
        assert eventually(lambda: not self.status.startswith("…"))
        return self.status

    def view(self, name: str) -> None:
        self.page.click(f"#views [name={name}]")

    def type_at_end(self, text: str, *keys: str) -> None:
        self.page.evaluate(
            "(() => { const it = document.querySelector('.CodeMirror').CodeMirror; it.focus();"
            " it.execCommand('goDocEnd'); })()"
        )
        self.page.keyboard.type(text)
        for key in keys:
            self.page.keyboard.press(key)


@pytest.fixture
def watched(server: Served, browser: Browser) -> Iterator[Watched]:
    with browser.new_context(viewport=DESK, accept_downloads=True) as context:
        yield Watched(context.new_page(), server)


pytestmark = pytest.mark.needs("chromium")


def test_an_analyst_changes_runs_stops_downloads_and_shares_a_query(watched: Watched) -> None:
    editor = Editor(watched, "/fr/sparql")
    page = editor.page
    assert editor.run().startswith("7 lignes · ")
    assert "Sécurité des frontières" in page.inner_text("#results")

    page.fill("#find-example", "objectifs généraux par odd")
    page.click("#examples a[data-name=goal-sdg-matrix]")
    assert eventually(lambda: "?sdg" in editor.text)
    assert editor.run().startswith("119 lignes · ")
    assert editor.rows == 50
    assert page.get_attribute("#from", "href") == f"{watched.address}/fr/queries/goal-sdg-matrix.html"

    editor.text = RUNAWAY
    page.click("form#run button")
    page.click("#stop")
    assert eventually(lambda: editor.status == "Arrêtée.")

    # What was written since the run is not what is shown, and not what is downloaded.
    editor.run("SELECT ?goal { ?goal a gpgo:Goal } ORDER BY ?goal LIMIT 2")
    editor.text = "SELECT * { ?s a gpgo:Objective }"
    for name, beginning in (("CSV", "goal\r\nhttps://"), ("JSON", "{")):
        page.select_option("#format", name)
        with page.expect_download() as download:
            page.click("#download")
        text = Path(download.value.path()).read_bytes().decode()
        assert text.startswith(beginning)
        assert text.count("/goal-") == 2

    shared = page.get_attribute("#share", "href") or ""
    assert shared == f"#query={quote('SELECT * { ?s a gpgo:Objective }', safe='*')}"
    assert watched.faults == []


def test_a_shared_query_and_the_tabs_come_back(watched: Watched, server: Served, browser: Browser) -> None:
    editor = Editor(watched, "/en/sparql#query=ASK%20%7B%7D&saved=goals")
    assert editor.text == "ASK {}"
    assert editor.page.inner_text("#from") == "Saved query: goals"
    editor.page.click("#tabs >> text=+")
    editor.text = "SELECT * {}"
    editor.page.reload()
    editor.page.wait_for_selector(".CodeMirror")

    # The fragment is in a tab already, and the last one was in front.
    assert editor.page.locator("#tabs button[aria-pressed]").count() >= 3
    editor.page.click("#tabs >> text=Query 2")
    assert editor.text == "ASK {}"
    assert editor.run() != ""
    editor.page.click("summary:has-text('History')")
    assert editor.page.locator("#history button").first.inner_text() == "ASK {}"


def test_a_late_result_never_replaces_a_newer_one(watched: Watched) -> None:
    editor = Editor(watched)
    held: list[Route] = []
    editor.page.route("**/sparql", lambda route: held.append(route) if len(held) < 1 else route.continue_())
    editor.text = "SELECT (1 AS ?old) {}"
    editor.page.click("form#run button")
    assert eventually(lambda: editor.page.evaluate("1") == 1 and len(held) == 1)
    assert "1 row" in editor.run("SELECT (2 AS ?new) {}")
    held[0].abort()
    editor.page.wait_for_timeout(200)

    assert "new" in editor.page.inner_text("#results th")
    assert "1 row" in editor.status


def test_twenty_thousand_rows_do_not_freeze_the_page(watched: Watched) -> None:
    editor = Editor(watched)
    status = editor.run("SELECT * { ?a ?b ?c . ?a a ?e } LIMIT 20000")
    page = editor.page

    assert status.startswith("20,000 rows · ")
    assert "Only the first 10,000 rows are here" in page.inner_text("#results")
    assert editor.rows == 50
    page.click("#results >> text=Next")
    assert "2 / 200" in page.inner_text("#results")
    page.fill("#results input", "goal-7")
    assert eventually(lambda: editor.rows < 50 or "goal-7" in page.inner_text("#results tbody tr >> nth=0"))
    page.fill("#results input", "")
    page.click("#results th button >> nth=0")
    assert page.get_attribute("#results th >> nth=0", "aria-sort") == "ascending"


def test_each_form_of_result_has_its_views(watched: Watched) -> None:
    editor = Editor(watched)
    page = editor.page
    editor.run("ASK { ?s a gpgo:Goal }")
    assert page.inner_text("#results") == "Yes"

    editor.run(NUMBERS)
    editor.view("bar")
    page.wait_for_selector("#results svg.chart rect.shade-3")
    editor.view("line")
    page.wait_for_selector("#results polyline")
    with page.expect_download() as download:
        page.click("#results >> text=SVG")
    assert "CC BY 4.0" in Path(download.value.path()).read_text("utf-8")

    editor.run(CONSTRUCT)
    assert page.locator("#results th").all_inner_texts() == ["subject", "predicate", "object"]
    editor.view("turtle")
    page.wait_for_selector("#results pre")
    assert "@prefix skos:" in page.inner_text("#results pre")
    editor.view("graph")
    page.wait_for_selector("#results svg circle")
    # Prefixes that were used have been declared.
    assert editor.text.count("PREFIX ") == 2

    editor.run('SELECT ?g ?l { VALUES ?g { gpg:goal-3 } ?g skos:prefLabel ?l FILTER (LANG(?l) = "fr") }')
    assert eventually(lambda: "Protecting vulnerable groups" in page.inner_text("#results td"))
    assert page.get_attribute("#results td a", "href") == "goal-3.html"
    assert page.inner_text("#results td >> nth=1").endswith("fr")
    assert watched.faults == []


def test_completion_knows_what_the_place_wants(watched: Watched) -> None:
    editor = Editor(watched)
    page = editor.page
    offered = {}
    wanted = {"?s a ": "goal", "?s ": "support", "?s gpgo:crimeArea ": "cyber", "?s a gpgo:Goal ; ": "has"}
    for place, word in wanted.items():
        editor.text = f"SELECT * {{ {place}"
        editor.type_at_end(word, "Control+Space")
        page.wait_for_selector(".CodeMirror-hint")
        offered[place] = page.inner_text(".CodeMirror-hint >> nth=0").split()[0]
        page.keyboard.press("Enter")
        assert offered[place] in editor.text
        assert editor.text.startswith("PREFIX ")

    assert offered["?s a "].partition(":")[2][0].isupper()
    assert offered["?s "] == "gpgo:supports"
    assert offered["?s gpgo:crimeArea "] == "gpg:area-cybercrime"
    assert offered["?s a gpgo:Goal ; "].partition(":")[2].startswith("has")
    assert watched.faults == []


def test_the_lists_beside_the_box_insert_a_term(watched: Watched) -> None:
    editor = Editor(watched)
    editor.text = ""
    editor.page.click("#classes summary")
    editor.page.click("#classes >> text=gpgo:Objective")

    assert editor.text == "PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>\ngpgo:Objective "


def test_escape_and_tab_leave_the_box_and_the_shortcuts_stay(watched: Watched) -> None:
    editor = Editor(watched)
    page = editor.page
    editor.type_at_end("", "Escape", "Tab")
    assert page.evaluate("document.activeElement.tagName") == "BUTTON"
    editor.type_at_end("", "Escape", "Control+Enter")
    page.wait_for_selector("#results table")


def test_an_error_is_marked_and_told_and_the_next_query_runs(watched: Watched) -> None:
    editor = Editor(watched)
    status = editor.run("SELECT * {\n ?s ?p }")
    assert "line 2" in status
    assert editor.page.locator(".wrong-line").count() == 1
    assert "1 row" in editor.run("SELECT (1 AS ?one) {}")


def test_a_query_is_indented_by_its_braces(watched: Watched) -> None:
    editor = Editor(watched)
    editor.text = 'SELECT * {\n?s a ?t .\n      OPTIONAL {\n?s ?p "{" # {\n}\n}'
    editor.page.click("#tidy")

    assert editor.text == 'SELECT * {\n  ?s a ?t .\n  OPTIONAL {\n    ?s ?p "{" # {\n  }\n}'


def test_without_scripts_the_editor_is_a_form(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK, java_script_enabled=False) as context:
        watched = Watched(context.new_page(), server)
        watched.goto("/sparql")
        watched.page.fill("#query", "ASK { }")
        with watched.page.expect_response(lambda response: "query=ASK" in response.url) as answered:
            watched.page.click("form#run button", no_wait_after=True)

        assert answered.value.status == 200


def test_the_same_editor_asks_the_dump_without_the_endpoint(watched: Watched) -> None:
    editor = Editor(watched, "/en/sparql.html")
    asked: list[str] = []
    editor.page.on("request", lambda request: asked.append(request.url))
    assert "7 rows" in editor.run()
    editor.run(CONSTRUCT)
    assert editor.page.locator("#results th").all_inner_texts() == ["subject", "predicate", "object"]
    editor.text = RUNAWAY
    editor.page.click("form#run button")
    editor.page.click("#stop")
    assert eventually(lambda: editor.status == "Stopped.")
    assert "1 row" in editor.run("SELECT (1 AS ?one) {}")

    assert [url for url in asked if url.rpartition("/")[2] == "sparql"] == []


@pytest.mark.parametrize("path", ["/en/queries/goals.html?lang=es", "/en/charts/matrix?of=goal-4"])
def test_a_saved_query_and_a_chart_open_in_the_editor(path: str, watched: Watched) -> None:
    watched.goto(path)
    watched.page.click("text=Open in the editor")
    watched.page.wait_for_selector(".CodeMirror")
    text = str(watched.page.evaluate("document.querySelector('.CodeMirror').CodeMirror.getValue()"))

    assert text.startswith("PREFIX ")
    assert "SELECT " in text
    # With the parameters of the page filled in.
    assert ('"es"' in text) if "lang=es" in path else ("gpg:goal-4" in text or "/goal-4>" in text)
    assert watched.page.is_visible("#from")


def test_terms_have_a_kind(client: FlaskClient) -> None:
    kinds = {term["curie"]: term["kind"] for term in json.loads(client.get("/terms.json").data)}

    assert kinds["gpgo:Goal"] == kinds["sdgo:Target"] == "class"
    assert kinds["gpgo:supports"] == kinds["skos:broader"] == "property"
    assert kinds["gpg:area-cybercrime"] == "concept"


def test_the_editor_runs_queries_on_a_back_end(browser: Browser, snapshot: Path, tmp_path: Path) -> None:
    need_bundle("yasqe")
    with ExitStack() as stack:
        store = OxigraphServer()
        stack.callback(store.stop)
        store.load(snapshot)
        server = serving(stack, snapshot, tmp_path, "--backend", f"{store.url}/query")
        context = stack.enter_context(browser.new_context(viewport=DESK))
        watched = Watched(context.new_page(), server)
        editor = Editor(watched)

        assert editor.run().startswith("7 rows · ")
        assert "Combating terrorism through international cooperation" in watched.page.inner_text("#results")
        assert editor.run(CONSTRUCT).startswith("23 rows · ")
        watched.goto("/en/goal-6.html")
        watched.goto("/en/queries/goal-objectives.html")
        assert watched.faults == []
