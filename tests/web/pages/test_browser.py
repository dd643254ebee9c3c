"""The pages in a browser: no errors, no requests to other hosts, accessible (axe, WCAG 2.2 AA), usable by keyboard."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser

from tests.support.browser import DESK, PHONE, Watched
from tests.support.server import Served
from tests.web.pages.test_pages import LANGUAGES, PAGES

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}

pytestmark = pytest.mark.needs("chromium")


@pytest.mark.parametrize(
    ("language", "scheme"),
    # Spanish differs from French in words alone.
    [(language, "light") for language in ("en", "fr", "ar")]
    + [pytest.param("es", "light", marks=pytest.mark.full)]
    # In the dark, colours alone differ.
    + [pytest.param(language, "dark", marks=pytest.mark.full) for language in LANGUAGES],
)
def test_every_page_is_whole_on_a_phone_and_on_a_desk(
    language: str, scheme: str, server: Served, browser: Browser
) -> None:
    for size in (PHONE, DESK):
        with browser.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
            watched = Watched(context.new_page(), server)
            for path in PAGES:
                watched.goto(f"/{language}{path}")
                # Nothing sticks out: what is wide scrolls in its own box.
                wide = watched.page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert wide <= 0, (path, size["width"], wide)
            assert watched.faults == []
            keep = os.environ.get("POLICING_GOALS_PICTURES")
            for path in PAGES if keep else ():
                watched.goto(f"/{language}{path}")
                name = f"{language}-{scheme}-{size['width']}-{path.strip('/').replace('/', '_') or 'home'}.png"
                watched.page.screenshot(path=Path(str(keep)) / name.replace("?", "_"), full_page=False)


@pytest.mark.parametrize(
    ("path", "language"),
    # Left to right and right to left by turns; the other two languages differ in words alone.
    [(path, ("en", "ar")[number % 2]) for number, path in enumerate(PAGES)]
    + [pytest.param(path, ("ar", "en")[number % 2], marks=pytest.mark.full) for number, path in enumerate(PAGES)]
    + [(path, each) for path in ("/", "/goal-4.html") for each in ("fr", "es")],
)
def test_no_page_has_a_barrier(path: str, language: str, server: Served, browser: Browser) -> None:
    # Each language is looked at on both devices and in both lights, over all the pages.
    turn = PAGES.index(path) // 2 + LANGUAGES.index(language)
    size, scheme = (PHONE, DESK)[turn % 2], ("light", "dark")[turn // 2 % 2]
    with browser.new_context(viewport=size, color_scheme=scheme) as context:  # type: ignore[arg-type]
        watched = Watched(context.new_page(), server)
        watched.goto(f"/{language}{path}")
        found = Axe().run(watched.page, options=RULES)

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.parametrize("path", ["/", "/ar/goal-4.html", "/charts/objectives?of=goal-4", "/sdg/16.4"])
def test_a_page_can_be_walked_by_keyboard(path: str, server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK) as context:
        watched = Watched(context.new_page(), server)
        watched.goto(path)
        wanted = watched.page.evaluate(
            """[...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
               .filter(each => each.checkVisibility() && each.tabIndex >= 0).length"""
        )
        reached = []
        for _ in range(wanted):
            watched.page.keyboard.press("Tab")
            told = watched.page.evaluate(
                """(() => { const it = document.activeElement, style = getComputedStyle(it);
                   it.dataset.walked = 1;
                   return [it.tagName, it.className.baseVal ?? it.className, style.outlineStyle]; })()"""
            )
            reached.append(told)
        walked = watched.page.evaluate("document.querySelectorAll('[data-walked]').length")

    assert reached[0][1] == "skip"
    assert walked >= wanted - 1
    assert all(outline != "none" for _, _, outline in reached)


def test_a_policy_officer_has_a_briefing_in_three_clicks(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK, accept_downloads=True) as context:
        watched = Watched(context.new_page(), server)
        page = watched.page
        watched.goto("/en/")
        page.click("nav >> text=Topics")
        page.click("main >> text=Drug trafficking >> nth=0")
        page.click('a[aria-label="Briefing: SDG 16"]')

        assert page.url.endswith("/en/briefing?topic=area-drug-trafficking&sdg=16")
        links = server.ask("/en/briefing.csv?topic=area-drug-trafficking&sdg=16").body.decode().count("/link-")
        assert page.locator("article.sdg-link").count() == links > 0
        assert page.locator("figure svg.chart .cell").count() > 0
        assert "INTERPOL, Objectifs" in page.inner_text("#cite-document")
        page.evaluate("window.print = () => { document.title = 'printed' }")
        page.click("[data-print]")
        assert page.title() == "printed"
        # On paper there are the sentences and the citation, and no forms.
        page.emulate_media(media="print")
        assert page.is_visible("#sentences")
        assert page.is_visible("#cite-page")
        assert not page.is_visible("form.briefing button")
        assert watched.faults == []


def test_a_citation_is_copied(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK, permissions=["clipboard-read", "clipboard-write"]) as context:
        watched = Watched(context.new_page(), server)
        watched.goto("/fr/goal-3.html")
        watched.page.click("[data-copy=cite-iri]")
        watched.page.wait_for_selector("[data-copy=cite-iri]:has-text('✓')")

        assert (
            watched.page.evaluate("navigator.clipboard.readText()") == "https://w3id.org/global-policing-goals/goal-3"
        )
        assert watched.faults == []


def test_suggestions_come_while_somebody_types(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK) as context:
        watched = Watched(context.new_page(), server)
        watched.goto("/fr/")
        with watched.page.expect_response(lambda response: "/search/suggest" in response.url):
            watched.page.locator("#find").press_sequentially("terror", delay=10)
        watched.page.wait_for_selector("#found option", state="attached")
        offered = [option.get_attribute("value") for option in watched.page.query_selector_all("#found option")]
        watched.page.keyboard.press("Enter")
        watched.page.wait_for_url("**/fr/search?q=terror")

        assert "Terrorisme" in offered
        assert watched.faults == []


def test_pages_stand_without_scripts(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=PHONE, java_script_enabled=False) as context:
        watched = Watched(context.new_page(), server)
        watched.goto("/es/")
        watched.page.click(".narrow a")
        watched.page.fill("main input[name=q]", "corrupcion")
        watched.page.click("main form button")

        assert "/es/search?q=corrupcion" in watched.page.url
        assert watched.page.locator(".result a").first.inner_text() == "Corrupción"


def test_the_language_chosen_is_remembered(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK, locale="fr") as context:
        watched = Watched(context.new_page(), server)
        watched.goto("/about")
        assert watched.page.get_attribute("html", "lang") == "fr"
        watched.page.click(".languages summary")
        watched.page.click(".languages a[hreflang=es]")
        watched.page.wait_for_url("**/es/about")
        watched.goto("/goal-3.html")
        assert watched.page.get_attribute("html", "lang") == "es"
        assert [cookie["name"] for cookie in context.cookies()] == ["language"]
        assert watched.faults == []
