"""Open Graph preview images (1200x630 PNG), one per language, rendered by `policing-goals bundle`.

Rendering needs Pillow and the bundled typeface; serving needs neither.
"""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from flask import Blueprint, Flask, redirect, request
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.errors import BundleError
from policing_goals.languages import LANGUAGES
from policing_goals.npm_assets import BUNDLE
from policing_goals.web.charts.colours import SDG_COLOURS, sdg_ink
from policing_goals.web.http.i18n import RIGHT_TO_LEFT, language, translations, unlocalized_url

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont

SIZE, MARGIN = (1200, 630), 80
# As in the light theme of site.css.
PAPER, INK, SOFT, ACCENT = "#fcfbf8", "#1c2327", "#51606a", "#0b4f5e"
TITLE, TEXT, FOOT, LEADING = 52, 34, 20, 1.4
# The 17 chips are as wide as the text.
CHIP, CHIP_GAP, BAND = 52, 9.75, 22
NAME = "Global Policing Goals"
SUMMARY = (
    "INTERPOL has seven Global Policing Goals. Here they are as open data, linked to the Sustainable Development Goals "
    "with evidence."
)
DISCLAIMER = "Not affiliated with INTERPOL or the United Nations; not a site of either."

blueprint = Blueprint("social_cards", __name__)


@blueprint.get("/cards/<name>.png")
def former_address(name: str) -> BaseResponse:
    """A redirect from the addresses of version 1.0.0, which had an image for each page."""
    return redirect(unlocalized_url("static", filename=_file(language())), 308)


def install_cards(app: Flask) -> None:
    """Let the templates of an application name the preview image of their language, if it was rendered."""
    app.jinja_env.globals.update(has_cards=available(), card_url=card_url)


def available() -> bool:
    """Whether the images were rendered."""
    return all((BUNDLE.parent / _file(each)).is_file() for each in LANGUAGES)


def card_url() -> str:
    """The absolute URL of the image in the language of the page, as the Open Graph protocol requires."""
    return urljoin(request.url_root, unlocalized_url("static", filename=_file(language())))


def render_cards() -> list[Path]:
    """Render the image of each language beside the bundled typeface; the files written.

    Raises BundleError if Pillow or a library that it needs for Arabic is missing.
    """
    try:
        from PIL import features
    except ModuleNotFoundError as error:
        raise BundleError("Pillow is missing. Run: pip install pillow") from error
    # Pillow loads it when it is there; without it, text runs from left to right alone.
    if not features.check("raqm"):
        raise BundleError("Pillow cannot set Arabic: FriBiDi is missing. On Debian, run: apt-get install libfribidi0")
    return [_render(each) for each in LANGUAGES]


def _file(lang: str) -> str:
    return f"bundle/card-{lang}.png"


def _render(lang: str) -> Path:
    from PIL import Image, ImageDraw

    words = translations(lang)
    image = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, SIZE[0], BAND), ACCENT)
    bottom = _write(draw, words.gettext(NAME), "Bold", TITLE, 110, INK, lang)
    _write(draw, words.gettext(SUMMARY), "Regular", TEXT, bottom + 30, SOFT, lang)
    for number, sdg in enumerate(range(1, len(SDG_COLOURS) + 1)):
        _chip(draw, sdg, MARGIN + number * (CHIP + CHIP_GAP), lang)
    _write(draw, words.gettext(DISCLAIMER), "Regular", FOOT, SIZE[1] - 75, SOFT, lang)
    path = BUNDLE.parent / _file(lang)
    image.quantize(64).save(path, "PNG", optimize=True)
    return path


def _write(draw: "ImageDraw", text: str, weight: str, size: int, top: float, fill: str, lang: str) -> float:
    """Draw a text on as many lines as it needs; the bottom of the last."""
    font = _font(weight, size)
    lines = _wrapped(text, font)
    rtl = lang in RIGHT_TO_LEFT
    x, anchor, direction = (SIZE[0] - MARGIN, "ra", "rtl") if rtl else (MARGIN, "la", "ltr")
    for number, line in enumerate(lines):
        place = (x, top + number * size * LEADING)
        draw.text(place, line, fill, font, anchor, direction=direction, language=lang)
    return top + len(lines) * size * LEADING


def _chip(draw: "ImageDraw", sdg: int, offset: float, lang: str) -> None:
    left, top = SIZE[0] - offset - CHIP if lang in RIGHT_TO_LEFT else offset, SIZE[1] - 165
    draw.rounded_rectangle((left, top, left + CHIP, top + CHIP), 6, SDG_COLOURS[sdg - 1])
    draw.text((left + CHIP / 2, top + CHIP / 2), str(sdg), sdg_ink(sdg), _font("Bold", 28), "mm")


def _wrapped(text: str, font: "FreeTypeFont") -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > SIZE[0] - 2 * MARGIN:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _font(weight: str, size: int) -> "FreeTypeFont":
    from PIL import ImageFont

    # Raqm joins Arabic letters.
    return ImageFont.truetype(BUNDLE / f"plex-{weight.lower()}.woff2", size, layout_engine=ImageFont.Layout.RAQM)
