"""Flow charts (Sankey diagrams): points on two sides, and bands between them that are the wider the surer a link is."""

from collections.abc import Iterable
from dataclasses import dataclass

from policing_goals.web.charts.text_fit import fit_lines

WIDTH, LABEL_WIDTH = 1000, 350
CODE_WIDTH = 62
LINE_HEIGHT, SPACE = 16, 12
FONT_SIZE = 13
# The width of a band in pixels is this times the confidence, from 0 to 1.
BAND_WIDTH = 10


@dataclass(frozen=True)
class End:
    """What a link begins or ends at: its code, label and address."""

    code: str
    label: str
    href: str


@dataclass(frozen=True)
class FlowLink:
    """A link: the codes of its ends, its confidence, its address, and its text."""

    source: str
    target: str
    confidence: float
    href: str
    text: str


@dataclass(frozen=True)
class Point:
    """An end in its place: y of its middle, its height, and the lines of its label."""

    y: float
    height: float
    lines: tuple[str, ...]
    end: End


@dataclass(frozen=True)
class Band:
    """A link in its place: y of both ends, and its width."""

    y1: float
    y2: float
    width: float
    link: FlowLink


@dataclass(frozen=True)
class Flow:
    """The points on both sides, the bands between them, and the size of the whole."""

    left: tuple[Point, ...]
    right: tuple[Point, ...]
    bands: tuple[Band, ...]
    width: float
    height: float


def flow(sources: Iterable[End], targets: Iterable[End], links: Iterable[FlowLink]) -> Flow:
    """The layout of links between sources and targets, both in the order in which they are given."""
    found = tuple(links)
    left = _points(sources, [each.source for each in found])
    right = _points(targets, [each.target for each in found])
    bands = _bands(found, {point.end.code: point for point in left}, {point.end.code: point for point in right})
    height = max((point.y + point.height / 2 for point in (*left, *right)), default=0)
    return Flow(left, right, tuple(bands), WIDTH, height)


def _points(ends: Iterable[End], used: list[str]) -> tuple[Point, ...]:
    points: list[Point] = []
    y = 0.0
    for end in ends:
        lines = fit_lines(end.label, LABEL_WIDTH - CODE_WIDTH - 24, FONT_SIZE)
        height = max(len(lines) * LINE_HEIGHT, used.count(end.code) * BAND_WIDTH) + SPACE
        points.append(Point(y + height / 2, height, lines, end))
        y += height
    return tuple(points)


def _bands(links: Iterable[FlowLink], left: dict[str, Point], right: dict[str, Point]) -> Iterable[Band]:
    links = tuple(links)
    free = {
        (side, code): point.y - [getattr(each, side) for each in links].count(code) * BAND_WIDTH / 2
        for side, points in (("source", left), ("target", right))
        for code, point in points.items()
    }
    for each in links:
        middles = []
        for end in (("source", each.source), ("target", each.target)):
            middles.append(free[end] + BAND_WIDTH / 2)
            free[end] += BAND_WIDTH
        yield Band(middles[0], middles[1], each.confidence * BAND_WIDTH, each)
