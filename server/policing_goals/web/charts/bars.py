"""Bar and line charts: of the coverage of each SDG, and of the result of any query."""

from collections.abc import Sequence
from dataclasses import dataclass

from policing_goals.web.charts.text_fit import fit_lines, text_width

WIDTH, MARGIN = 1000, 12
LABEL_WIDTH = 330
LINE_HEIGHT, SPACE, LEAST_HEIGHT = 16, 10, 30
FONT_SIZE = 13
# Left of the longest bar's end, for the number beside it.
NUMBER_WIDTH = 110
LINE_CHART_HEIGHT, TICKS_HEIGHT, MOST_TICKS = 320, 60, 8


@dataclass(frozen=True)
class BarRow:
    """A bar to draw: label, code, address, its parts from left to right, and the text at its end."""

    label: str
    code: str
    href: str
    parts: tuple[float, ...]
    text: str


@dataclass(frozen=True)
class Part:
    """A part of a bar in its place: its left edge, its width, and its value."""

    x: float
    width: float
    value: float


@dataclass(frozen=True)
class Bar:
    """A bar in its place: y of its top, its height, the lines of its label, and its parts."""

    y: float
    height: float
    lines: tuple[str, ...]
    row: BarRow
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Bars:
    """Bars one below the other, and the size of the whole."""

    bars: tuple[Bar, ...]
    width: float
    height: float


@dataclass(frozen=True)
class Tick:
    """A mark of an axis: its place and its text."""

    place: float
    text: str


@dataclass(frozen=True)
class LineChart:
    """A line through points from left to right, with ticks on both axes, and the size of the whole."""

    points: tuple[tuple[float, float], ...]
    ticks: tuple[Tick, ...]
    levels: tuple[Tick, ...]
    width: float
    height: float


def bars(rows: Sequence[BarRow]) -> Bars:
    """The layout of bars on one scale that begins at 0; a number below 0 has no bar."""
    longest = max((sum(map(_shown, row.parts)) for row in rows), default=0) or 1
    unit = (WIDTH - LABEL_WIDTH - NUMBER_WIDTH) / longest
    placed: list[Bar] = []
    y = 0.0
    for row in rows:
        lines = fit_lines(row.label, LABEL_WIDTH - 50 - 2 * MARGIN, FONT_SIZE)
        height = max(LEAST_HEIGHT, len(lines) * LINE_HEIGHT + SPACE)
        placed.append(Bar(y, height, lines, row, _parts(row, unit)))
        y += height
    return Bars(tuple(placed), WIDTH, y)


def line_chart(labels: Sequence[str], values: Sequence[float]) -> LineChart:
    """The layout of a line through values at equal distances, each with a label."""
    least, most = min(0.0, *values), max(0.0, *values)
    scale = (LINE_CHART_HEIGHT - 2 * MARGIN) / ((most - least) or 1)
    left = text_width(f"{most:g}", FONT_SIZE) + text_width(f"{least:g}", FONT_SIZE) + 2 * MARGIN
    step = (WIDTH - left - 80) / max(1, len(values) - 1)

    def level(value: float) -> float:
        return LINE_CHART_HEIGHT - MARGIN - (value - least) * scale

    points = tuple((left + number * step, level(value)) for number, value in enumerate(values))
    every = -(-len(labels) // MOST_TICKS)
    ticks = tuple(Tick(points[number][0], label) for number, label in enumerate(labels) if number % every == 0)
    levels = tuple(Tick(level(value), f"{value:g}") for value in sorted({least, (least + most) / 2, most}))
    return LineChart(points, ticks, levels, WIDTH, LINE_CHART_HEIGHT + TICKS_HEIGHT)


def _parts(row: BarRow, unit: float) -> tuple[Part, ...]:
    x = float(LABEL_WIDTH)
    placed: list[Part] = []
    for value in row.parts:
        placed.append(Part(x, _shown(value) * unit, value))
        x += _shown(value) * unit
    return tuple(placed)


def _shown(value: float) -> float:
    return max(0.0, value)
