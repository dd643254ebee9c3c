"""The colours of charts.

A downloaded chart has no style sheet, so each shape carries its colours for light paper, and a class by which site.css
replaces them in the dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass

# The colours of the SDGs, as in site.css. They are a key beside a code, and never stand for a number.
SDG_COLOURS = (
    "#e5243b", "#dda63a", "#4c9f38", "#c5192d", "#ff3a21", "#26bde2", "#fcc30b", "#a21942", "#fd6925", "#dd1367",
    "#fd9d24", "#bf8b2e", "#3f7e44", "#0a97d9", "#56c02b", "#00689d", "#19486a",
)  # fmt: skip
DARK_SDGS = {4, 8, 10, 13, 16, 17}


@dataclass(frozen=True)
class Shade:
    """A step of the sequential scale: its class in site.css, its colour, and that of text on it."""

    name: str
    fill: str
    ink: str


# One hue whose lightness alone says how much, so that it reads the same with any kind of colour blindness.
SCALE = (
    Shade("shade-1", "#d9ebee", "#1c2327"),
    Shade("shade-2", "#98c9d2", "#1c2327"),
    Shade("shade-3", "#2f7482", "#ffffff"),
    Shade("shade-4", "#0b4452", "#ffffff"),
)


def sdg_colour(number: int) -> str:
    """The colour of an SDG."""
    return SDG_COLOURS[number - 1]


def sdg_ink(number: int) -> str:
    """The colour of text on that of an SDG."""
    return "#ffffff" if number in DARK_SDGS else "#000000"


def shade_of(value: float, limits: Sequence[float]) -> Shade:
    """The shade of a value: the first below limits[0], the second below limits[1], and so on."""
    return SCALE[sum(value >= limit for limit in limits)]
