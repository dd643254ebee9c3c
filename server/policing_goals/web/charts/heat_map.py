"""Heat maps: panels of rows and columns, whose cells are the darker the greater their number.

A column belongs to an SDG or one of its targets; the colour of the SDG is only a key above its code.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from policing_goals.web.charts.colours import Shade, shade_of
from policing_goals.web.charts.text_fit import fit_lines

MARGIN = 12
LABEL_WIDTH, CODE_WIDTH = 330, 62
CELL_WIDTH, LEAST_WIDTH = 38, 720
LINE_HEIGHT, ROW_SPACE, LEAST_ROW_HEIGHT, GAP = 16, 12, 34, 3
HEADING_HEIGHT, COLUMNS_HEIGHT, PANEL_GAP = 28, 36, 18
FONT_SIZE, KEY_SIZE = 13, 12


@dataclass(frozen=True)
class Value:
    """What a cell shows: a number, its text, the address that it leads to, and the links behind it, a line each."""

    number: float
    text: str
    href: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Entry:
    """A row: its code, label and address, and its values by column code."""

    code: str
    label: str
    href: str
    values: dict[str, Value]


@dataclass(frozen=True)
class Cell:
    """A value in its place."""

    x: float
    value: Value
    shade: Shade


@dataclass(frozen=True)
class Row:
    """A row in its place: y of its top, its height, and the lines of its label."""

    y: float
    height: float
    lines: tuple[str, ...]
    entry: Entry
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Heading:
    """A column in its place: x of its left edge, its code, and the number of its SDG."""

    x: float
    code: str
    sdg: int


@dataclass(frozen=True)
class Panel:
    """Rows under headings of their own: y of its top, its title (empty if the map has one panel alone)."""

    y: float
    title: str
    headings: tuple[Heading, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class HeatMap:
    """Panels one above the other, the lines of a key to the codes of their columns, and the size of the whole."""

    panels: tuple[Panel, ...]
    key: tuple[str, ...]
    key_y: float
    width: float
    height: float


def heat_map(
    panels: Iterable[tuple[str, Sequence[str], Sequence[Entry]]], limits: Sequence[float], labels: Mapping[str, str]
) -> HeatMap:
    """The layout of panels, each of a title, the codes of its columns and its rows.

    limits: where the second, third and fourth shade begin; labels: what the key says of the codes of columns, in order.
    """
    placed: list[Panel] = []
    y, width = 0.0, float(LEAST_WIDTH)
    for title, codes, entries in panels:
        top = y + (HEADING_HEIGHT if title else 0) + COLUMNS_HEIGHT
        headings = tuple(_headings(codes))
        rows = tuple(_rows(entries, headings, limits, top))
        placed.append(Panel(y, title, headings, rows))
        y = (rows[-1].y + rows[-1].height if rows else top) + PANEL_GAP
        width = max(width, _column_x(len(codes)) + MARGIN)
    key = fit_lines(" · ".join(f"{code} {label}" for code, label in labels.items()), width - 2 * MARGIN, KEY_SIZE)
    return HeatMap(tuple(placed), key, y, width, y + len(key) * LINE_HEIGHT)


def _headings(codes: Iterable[str]) -> Iterable[Heading]:
    return (Heading(_column_x(number), code, int(code.partition(".")[0])) for number, code in enumerate(codes))


def _rows(entries: Iterable[Entry], headings: Iterable[Heading], limits: Sequence[float], top: float) -> Iterable[Row]:
    for entry in entries:
        lines = fit_lines(entry.label, LABEL_WIDTH - (CODE_WIDTH if entry.code else 0) - 2 * MARGIN, FONT_SIZE)
        height = max(LEAST_ROW_HEIGHT, len(lines) * LINE_HEIGHT + ROW_SPACE)
        cells = tuple(
            Cell(each.x, value, shade_of(value.number, limits))
            for each in headings
            if (value := entry.values.get(each.code))
        )
        yield Row(top, height, lines, entry, cells)
        top += height + GAP


def _column_x(number: int) -> float:
    return LABEL_WIDTH + number * CELL_WIDTH
