"""The site as plain files: every link of every page leads to a file, and a query runs in its page."""

import html
import json
import posixpath
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Browser
from rdflib import Graph

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import ExportError
from policing_goals.web.static_site import SITE, _Crawler, write_static
from tests.support.server import need_bundle

LINK = re.compile(r' (?:href|src|action|data-(?:dump|query|terms|texts))="([^"]*)"')
OTHER = re.compile("^(fr|es)/")


@pytest.fixture(scope="module")
def site(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    need_bundle("oxigraph")
    directory = tmp_path_factory.mktemp("site") / "site"
    # The other two are made like Arabic.
    told: list[tuple[int, int]] = []
    number = write_static(snapshot, directory, ["en", "ar"], progress=lambda *counts: told.append(counts))
    assert number == sum(path.is_file() for path in directory.rglob("*"))
    # How far it is, and an estimate of all.
    assert told[0][0] == 0
    assert [written for written, _ in told] == sorted(written for written, _ in told)
    assert all(number / 2 < length < number * 2 for _, length in told)
    return directory


def links(page: str, text: str) -> Iterator[tuple[str, str]]:
    """The files that a page leads to, by their names below the site, with the place in each, empty for its top."""
    for match in LINK.finditer(text):
        parts = urlsplit(html.unescape(match[1]))
        if not parts.scheme:
            file = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
            # The other two languages are made like Arabic, so what they lack is lacking here.
            # A query to open in the editor is no place in its page.
            place = "" if parts.fragment.startswith("query=") else unquote(parts.fragment)
            yield OTHER.sub("ar/", file if parts.path else page), place


def test_every_link_of_every_page_leads_to_a_place_in_a_file(site: Path) -> None:
    pages = {path.relative_to(site).as_posix(): path.read_text("utf-8") for path in site.rglob("*.html")}
    files = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    places = {(page, place) for page, text in pages.items() for place in ("", *re.findall(r' id="([^"]*)"', text))}
    dead = {
        (page, file, place)
        for page, text in pages.items()
        for file, place in links(page, text)
        if file not in files or (file in pages and (file, place) not in places)
    }

    assert len(pages) > 1900
    # A page in another language has another address already; one with a language in its name would have no twin there.
    assert [page for page in pages if "lang-" in page] == []
    assert sorted(dead)[:10] == []


def test_the_files_are_what_the_server_would_give(site: Path) -> None:
    assert len(Graph().parse(site / "goal-3.ttl")) > 30
    assert (site / "data/global-policing-goals.ttl").stat().st_size > 1_000_000
    assert (site / "queries/goals--lang-en.csv").read_text("utf-8").startswith("goal,")
    assert (site / "en/charts/matrix.svg").exists()
    assert (site / "static/site.css").exists()
    first = (site / "index.html").read_text("utf-8")
    assert 'href="en/about.html"' in first
    assert 'href="static/site.css"' in first
    # What needs a server is not there.
    assert "data-suggest" not in first
    assert 'action="en/search.html"' in first


def test_a_page_allows_only_what_its_site_has(site: Path) -> None:
    policy = '<meta http-equiv="Content-Security-Policy" content="default-src &#39;self&#39;; object-src'

    assert policy in (site / "en/goal-3.html").read_text("utf-8")
    assert "wasm-unsafe-eval" in (site / "en/sparql.html").read_text("utf-8")
    pages = [path for path in site.rglob("*.html") if "Content-Security-Policy" not in path.read_text("utf-8")]
    assert [path.relative_to(site).as_posix() for path in pages] == []


def test_what_is_the_same_in_every_language_is_there_once(site: Path) -> None:
    english, arabic = ((site / language / "goal-3.html").read_text("utf-8") for language in ("en", "ar"))

    assert '<details id="statements">' in english
    assert '<script type="application/ld+json">' in english
    assert '<a href="../en/goal-3.html#statements" hreflang="en">' in arabic
    assert 'application/ld+json">' not in arabic
    assert "../goal-3.jsonld" in arabic
    # A record has no text to translate.
    assert (site / "en/distribution-goals.csv.html").exists()
    assert not (site / "ar/distribution-goals.csv.html").exists()
    assert (site / "ar/link-objective-6.3-sdg-16.4.html").exists()
    assert not list((site / "ar/queries").glob("*.csv"))


def test_formats_that_say_the_same_are_left_out(site: Path) -> None:
    assert {path.suffix for path in site.glob("goal-3.*")} == {".ttl", ".jsonld"}
    assert {path.suffix for path in (site / "queries").glob("goals--lang-ar.*")} == {".csv", ".json", ".xlsx", ".rq"}
    assert {path.suffix for path in (site / "data").glob("global-policing-goals.*")} >= {".nq", ".rdf", ".trig"}


def test_a_directory_with_files_is_left_alone(snapshot: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")

    with pytest.raises(ExportError, match="not empty"):
        write_static(snapshot, tmp_path, ["en"])
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@contextmanager
def hosted(site: Path, turn: Callable[[SimpleHTTPRequestHandler], bool]) -> Iterator[str]:
    """The address of a host of plain files, where turn may hold a request up, or refuse it by giving true."""

    class Host(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            if turn(self):
                self.send_error(HTTPStatus.SERVICE_UNAVAILABLE)
            else:
                super().do_GET()

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(site))) as host:
        threading.Thread(target=host.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{host.server_port}"
        finally:
            host.shutdown()


@pytest.mark.needs("chromium")
def test_a_query_runs_in_the_page_on_a_host_of_plain_files(site: Path, browser: Browser) -> None:
    dumps: list[str] = []

    def turn(asked: SimpleHTTPRequestHandler) -> bool:
        # A click before the script is there must not be lost, and a dump that did not come is asked for again.
        time.sleep(2 if asked.path.endswith("/local_worker.js") else 0)
        if asked.path.endswith(".nq"):
            dumps.append(asked.path)
        return len(dumps) == 1 and asked.path.endswith(".nq")

    faults: list[str] = []
    with hosted(site, turn) as address, browser.new_context() as context:
        page = context.new_page()
        page.on("request", lambda asked: faults.append(asked.url) if not asked.url.startswith(address) else None)
        page.goto(f"{address}/")
        page.click("text=Query offline in your browser")
        page.click("form#run button")
        page.wait_for_selector("#status:has-text('503')", timeout=60_000)
        page.click("form#run button")
        page.wait_for_selector("#results table", timeout=60_000)
        rows = page.locator("#results tbody tr").count()
        text = page.inner_text("#results")

    assert rows == 7
    assert "Promoting border security worldwide" in text
    assert len(dumps) == 2
    assert faults == []


@pytest.mark.needs("chromium")
def test_plain_files_are_searched_in_the_browser(site: Path, browser: Browser) -> None:
    with hosted(site, lambda _: False) as address, browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/en/goal-3.html")
        page.fill("#find", "drugs traffick")
        page.press("#find", "Enter")
        page.wait_for_selector(".result")
        first = page.get_attribute(".result a >> nth=0", "href")
        page.goto(f"{address}/ar/search.html?q=16.4")
        page.wait_for_selector(".result")
        target = page.get_attribute(".result a >> nth=0", "href")
        page.click(".result a >> nth=0")

        assert first == "area-drug-trafficking.html"
        assert target == "sdg/16.4.html"
        assert page.url == f"{address}/ar/sdg/16.4.html"


def test_no_file_has_the_address_that_stands_in_for_the_sites(site: Path) -> None:
    assert [path.name for path in site.rglob("*") if path.is_file() and SITE.encode() in path.read_bytes()] == []


def test_files_have_their_address_if_it_is_known(dataset: Dataset) -> None:
    pages = {}
    for base_url in ("", "https://example.org/goals/"):
        crawler = _Crawler(dataset, base_url)
        files = crawler.files(["/en/queries/goals.html", "/openapi.json", "/feed.xml"], follow=False)
        pages[base_url] = {file.name: file.content.decode() for file in files}

    known, unknown = pages["https://example.org/goals/"], pages[""]
    assert "curl 'https://example.org/goals/en/queries/goals.csv" in html.unescape(known["en/queries/goals.html"])
    assert "curl" not in unknown["en/queries/goals.html"]
    assert json.loads(known["openapi.json"])["servers"] == [{"url": "https://example.org/goals"}]
    assert json.loads(unknown["openapi.json"])["servers"] == [{"url": "."}]
    assert "https://example.org/goals/" in known["feed.xml"]
