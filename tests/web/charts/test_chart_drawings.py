"""Charts in a browser: nothing is cut off, every eye can tell the shades apart, and a picture leaves the page whole."""

import io
import itertools
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import Image
from playwright.sync_api import Browser, Page

from policing_goals.web.charts.catalogue import CHARTS
from policing_goals.web.charts.colours import SCALE
from tests.conftest import PACKAGE
from tests.support.browser import DESK, PHONE, Watched
from tests.support.server import Served
from tests.web.pages.test_pages import LANGUAGES

pytestmark = pytest.mark.needs("chromium")

DRAWINGS = [*CHARTS, *(f"{name}?of=goal-{number}" for name in ("matrix", "objectives") for number in (4, 7))]
# Each text of a drawing that leaves the drawing, or lies on another text.
CUT = """(() => {
  const frame = document.querySelector("svg").getBoundingClientRect();
  const texts = [...document.querySelectorAll("svg text")].map(
    each => [each.textContent, each.getBoundingClientRect()]);
  const out = texts.filter(([, box]) => box.left < frame.left || box.right > frame.right
    || box.top < frame.top || box.bottom > frame.bottom).map(([words]) => words);
  const on = (a, b) => Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
    && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 5;
  texts.forEach(([words, box], number) => texts.slice(number + 1).forEach(([other, place]) => {
    if (on(box, place)) out.push(`${words} / ${other}`);
  }));
  document.querySelectorAll("svg a.cell rect + text").forEach(each => {
    const [box, cell] = [each.getBoundingClientRect(), each.previousElementSibling.getBoundingClientRect()];
    if (box.left < cell.left || box.right > cell.right) out.push(`${each.textContent} leaves its cell`);
  });
  return [texts.length, out];
})()"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_word_of_a_chart_is_cut_off_or_covered(language: str, client: FlaskClient, browser: Browser) -> None:
    # A drawing grows and shrinks as a whole, so one width stands for all.
    page = browser.new_page(viewport=DESK)
    for name in DRAWINGS:
        chart, _, part = name.partition("?")
        page.set_content(client.get(f"/{language}/charts/{chart}.svg?{part}").text)
        number, cut = page.evaluate(CUT)
        assert number > 8
        assert cut == [], name
    page.close()


def luminance(colour: tuple[int, ...]) -> float:
    """The relative luminance of a colour (WCAG 2.2)."""
    parts = [value / 255 for value in colour[:3]]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: tuple[int, ...], other: tuple[int, ...]) -> float:
    """The contrast ratio of two colours (WCAG 2.2)."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def colours(page: Page) -> list[tuple[int, ...]]:
    """What an eye sees of the swatches of a page, from left to right."""
    image = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    pixels = [image.getpixel((20 + 40 * number, 20)) for number in range(2 * len(SCALE) + 2)]
    return [tuple(pixel) for pixel in pixels if isinstance(pixel, tuple)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("deficiency", ["none", "protanopia", "deuteranopia", "tritanopia", "achromatopsia"])
def test_every_eye_can_tell_the_shades_apart(deficiency: str, scheme: str, browser: Browser) -> None:
    style = (PACKAGE / "static/site.css").read_text("utf-8")
    fills = [(each.name, each.fill) for each in SCALE] + [(f"{each.name}-ink", each.ink) for each in SCALE]
    swatches = "".join(
        f'<rect class="{name}" x="{40 * number}" width="40" height="40" fill="{fill}"/>'
        for number, (name, fill) in enumerate([*fills, ("", "#5b6b73")])
    )
    with browser.new_context(viewport={"width": 600, "height": 60}, color_scheme=scheme) as context:  # type: ignore[arg-type]
        page = context.new_page()
        page.set_content(
            f"<style>{style} body {{ margin: 0 }}</style>"
            f'<svg class="chart" viewBox="0 0 600 60" style="min-width: 0">{swatches}</svg>'
        )
        context.new_cdp_session(page).send("Emulation.setEmulatedVisionDeficiency", {"type": deficiency})
        *seen, edge, paper = colours(page)
    shades, inks = seen[: len(SCALE)], seen[len(SCALE) :]
    lights = [luminance(each) for each in shades]

    assert lights == sorted(lights, reverse=scheme == "light")
    assert all(contrast(*pair) > 1.35 for pair in itertools.pairwise(shades))
    assert all(contrast(*pair) > 4.5 for pair in zip(shades, inks, strict=True))
    # The edge of a cell.
    assert contrast(edge, paper) >= 3


def test_a_chart_can_be_taken_away_as_png_with_its_source(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK, accept_downloads=True) as context:
        watched = Watched(context.new_page(), server)
        watched.goto("/en/")
        # Three clicks from the home page.
        watched.page.click("nav >> text=Charts")
        watched.page.click("main >> text=Goals by SDGs")
        with watched.page.expect_download() as download:
            watched.page.click("a[data-png]")
        picture = Image.open(Path(download.value.path()))
        drawing = server.ask("/en/charts/matrix.svg").body.decode()
        size = [int(found[1]) for name in ("width", "height") if (found := re.search(rf' {name}="(\d+)"', drawing))]

        assert download.value.suggested_filename == "matrix.png"
        assert picture.size == (2 * size[0], 2 * size[1])
        # Title and source are drawn, at the top and at the bottom.
        grey = picture.convert("L")
        for top, bottom in ((0, 120), (picture.height - 80, picture.height)):
            assert int(grey.crop((0, top, picture.width, bottom)).getextrema()[0]) < 80  # type: ignore[arg-type]
        assert watched.faults == []


def test_the_links_behind_a_cell_are_shown_and_followed(server: Served, browser: Browser) -> None:
    with browser.new_context(viewport=DESK) as context:
        watched = Watched(context.new_page(), server)
        page = watched.page
        watched.goto("/charts/matrix")
        page.hover("a.cell >> nth=1")
        assert "→ 16." in page.inner_text(".tip")
        page.keyboard.press("Escape")
        assert not page.is_visible(".tip")
        page.focus("a.cell >> nth=0")
        assert "G1 → 5" in page.inner_text(".tip")
        assert "G1 → 5" in (page.get_attribute("a.cell >> nth=0", "aria-label") or "")
        page.keyboard.press("Enter")
        page.wait_for_url("**/sdg/5#G1")
        assert watched.faults == []
    with browser.new_context(viewport=PHONE, has_touch=True) as context:
        watched = Watched(context.new_page(), server)
        watched.goto("/charts/matrix")
        watched.page.tap("a.cell >> nth=0")
        assert "G1 → 5" in watched.page.inner_text(".tip")
        watched.page.tap("a.cell >> nth=0")
        watched.page.wait_for_url("**/sdg/5#G1")
        assert watched.faults == []


def test_another_site_may_frame_a_chart_and_nothing_else(server: Served, browser: Browser) -> None:
    chart = server.ask("/en/charts/matrix.svg").headers["content-security-policy"]
    page = server.ask("/en/charts/matrix").headers["content-security-policy"]

    assert "frame-ancestors *" in chart
    assert "frame-ancestors 'none'" in page
    with browser.new_context(viewport=DESK) as context:
        # Another origin; what it says is given here.
        other = f"http://localhost:{server.port}/other"
        opened = context.new_page()
        for name, shown in (("matrix.svg", 1), ("matrix", 0)):
            inside = f'<iframe src="http://127.0.0.1:{server.port}/en/charts/{name}" width="900" height="600"></iframe>'
            opened.route(other, lambda route, _, body=inside: route.fulfill(body=body))
            opened.goto(other, wait_until="networkidle")
            assert opened.frame_locator("iframe").locator("svg.chart").count() == shown
