"""The picture that other sites show beside a link to a page, at /cards/NAME.png: changes when it looks otherwise.

Drawn as the Open Graph protocol wants it: a PNG of 1200 by 630. The typeface comes with the bundle; without it, pages
name no picture.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urljoin

from flask import Blueprint, Flask, Response, render_template_string, request
from PIL import Image, ImageDraw, ImageFont, features
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView, LocalizedText
from policing_goals.errors import NotFound, UnknownSavedQuery
from policing_goals.vocabulary import GPG, SDG
from policing_goals.web.http.i18n import RIGHT_TO_LEFT, language, localized_url
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.linked_data.links import entity_title, link, sdg_links
from policing_goals.web.npm_assets import BUNDLE, is_bundled
from policing_goals.web.pages.charts import colour, ink

SIZE, MARGIN, CHIP, GAP = (1200, 630), 80, 52, 10
# As in site.css, by day.
PAPER, INK, SOFT, ACCENT = "#fcfbf8", "#1c2327", "#51606a", "#0b4f5e"
BAND = 22
# The largest in which a title has few enough lines; the last takes any, cut off.
TITLES, LINES, LEADING = (68, 58, 48, 40), 4, 1.35
FEET = (24, 22, 20, 18)
PALETTE = 64
HOME = "home"


@dataclass(frozen=True)
class Card:
    """What stands on a card: a title, what it is of (a code, perhaps), and the SDGs that it supports."""

    title: LocalizedText
    code: str = ""
    sdgs: tuple[int, ...] = ()


def available() -> bool:
    """Whether cards can be drawn: with the typeface, and a library that joins Arabic letters."""
    return is_bundled("plex") and bool(features.check("raqm"))


def blueprint(dataset: Dataset) -> Blueprint:
    """The cards of a dataset's pages."""
    routes = Blueprint("cards", __name__)

    @routes.get("/cards/<name>.png")
    def card(name: str) -> Response:
        if not available():
            raise NotFound("Cards are not drawn here: `policing-goals bundle` has not got their typeface.")
        site = render_template_string('{{ _("Global Policing Goals") }}')
        foot = render_template_string(
            '{{ _("Not affiliated with INTERPOL or the United Nations; not a site of either.") }}'
        )
        return cacheable_response(_render(_card(GraphView(dataset, language()), name, site), site, foot), "image/png")

    return routes


def install(app: Flask) -> None:
    """Let the templates of an application name the cards."""
    app.jinja_env.globals.update(has_cards=available(), card_address=address)


def address(name: str) -> str:
    """The address of a card, whole as the Open Graph protocol wants it, in the language of the page."""
    return urljoin(request.url_root, localized_url(language(), "cards.card", name=name))


def _card(reader: GraphView, name: str, site: str) -> Card:
    kind, _, rest = name.partition("-")
    if name == HOME:
        return Card(LocalizedText(site, reader.language), "", tuple(range(1, 18)))
    if kind == "query":
        return Card(LocalizedText(_query(reader.dataset, rest), reader.language))
    node = _node(name)
    if node is None or not reader.nodes(node, "rdf:type"):
        raise NotFound(f"There is no card {name[:80]}. Examples: home, goal-4, sdg-16.4, query-goals.")
    found = link(reader, node)
    ties = sdg_links(reader, node, "owl:annotatedSource", "owl:annotatedTarget")
    own = {int(rest.partition(".")[0])} if kind == "sdg" else {int(tie.sdg) for tie in ties}
    return Card(entity_title(reader, node), found.code, tuple(sorted(own)))


def _node(name: str) -> NamedNode | None:
    kind, _, code = name.partition("-")
    try:
        return NamedNode(SDG + code if kind == "sdg" else GPG + name)
    except ValueError:
        # What is no IRI is the name of nothing.
        return None


def _query(dataset: Dataset, name: str) -> str:
    try:
        return dataset.saved_query(name).summary[language()]
    except UnknownSavedQuery as error:
        raise NotFound(str(error)) from error


def _render(card: Card, site: str, foot: str) -> bytes:
    image = Image.new("RGB", SIZE, PAPER)
    pen = _Canvas(ImageDraw.Draw(image), language() in RIGHT_TO_LEFT)
    pen.band()
    pen.write(LocalizedText(site if card.title.text != site else "", language()), 36, 70, ACCENT)
    pen.title(LocalizedText(f"{card.code} {card.title.text}".strip(), card.title.language))
    pen.chips(card.sdgs)
    pen.write(LocalizedText(foot, language()), _foot(foot), SIZE[1] - 75, SOFT)
    with io.BytesIO() as written:
        image.quantize(PALETTE).save(written, "PNG", optimize=True)
        return written.getvalue()


@dataclass(frozen=True)
class _Canvas:
    """Draws on a card from its beginning side."""

    draw: ImageDraw.ImageDraw
    from_right: bool

    def write(self, text: LocalizedText, size: int, y: float, fill: str, weight: str = "Regular") -> None:
        x, anchor = (SIZE[0] - MARGIN, "ra") if self.from_right else (MARGIN, "la")
        direction = "rtl" if text.language in RIGHT_TO_LEFT else "ltr"
        font = _font(weight, size)
        self.draw.text((x, y), text.text, fill, font, anchor, direction=direction, language=text.language or None)

    def band(self) -> None:
        self.draw.rectangle((0, 0, SIZE[0], BAND), ACCENT)

    def title(self, text: LocalizedText) -> None:
        size, lines = _fit_title(text.text)
        for number, line in enumerate(lines):
            self.write(LocalizedText(line, text.language), size, 140 + number * size * LEADING, INK, "Bold")

    def chips(self, sdgs: tuple[int, ...]) -> None:
        for number, sdg in enumerate(sdgs):
            begin = MARGIN + number * (CHIP + GAP)
            left = SIZE[0] - begin - CHIP if self.from_right else begin
            top = SIZE[1] - 155
            self.draw.rounded_rectangle((left, top, left + CHIP, top + CHIP), 6, colour(sdg))
            centre = (left + CHIP / 2, top + CHIP / 2)
            self.draw.text(centre, str(sdg), ink(sdg), _font("Bold", 28), "mm")


def _fit_title(text: str) -> tuple[int, list[str]]:
    for size in TITLES:
        lines = _wrapped(text, _font("Bold", size).getlength)
        if len(lines) <= LINES:
            return size, lines
    return size, [*lines[: LINES - 1], f"{lines[LINES - 1]} …"]


def _foot(text: str) -> int:
    fitting = (size for size in FEET if _font("Regular", size).getlength(text) <= SIZE[0] - 2 * MARGIN)
    return next(fitting, FEET[-1])


def _wrapped(text: str, length: Callable[[str], float]) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and length(longer) > SIZE[0] - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


@cache
def _font(weight: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(BUNDLE / f"plex-{weight.lower()}.woff2", size, layout_engine=ImageFont.Layout.RAQM)
