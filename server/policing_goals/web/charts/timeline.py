"""Timelines: events from left to right, with their dates above the line and their labels below it."""

from collections.abc import Sequence
from dataclasses import dataclass

from policing_goals.web.charts.text_fit import fit_lines

LEAST_WIDTH, EVENT_WIDTH = 720, 270
LABEL_TOP, LINE_HEIGHT = 96, 18
FONT_SIZE = 14


@dataclass(frozen=True)
class Event:
    """An event: its date, label and address."""

    date: str
    label: str
    href: str


@dataclass(frozen=True)
class Mark:
    """An event in its place: x of its middle, and the lines of its label."""

    x: float
    lines: tuple[str, ...]
    event: Event


@dataclass(frozen=True)
class Timeline:
    """Events in the order of their dates, and the size of the whole."""

    marks: tuple[Mark, ...]
    width: float
    height: float


def timeline(events: Sequence[Event]) -> Timeline:
    """The layout of events, at equal distances."""
    marks = tuple(
        Mark((number + 0.5) * EVENT_WIDTH, fit_lines(each.label, EVENT_WIDTH - 20, FONT_SIZE), each)
        for number, each in enumerate(events)
    )
    lines = max((len(mark.lines) for mark in marks), default=0)
    return Timeline(marks, max(LEAST_WIDTH, len(events) * EVENT_WIDTH), LABEL_TOP + lines * LINE_HEIGHT)
