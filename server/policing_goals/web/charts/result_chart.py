"""What a reader asks to be drawn: the labels and numbers of a query's result."""

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass

from policing_goals.errors import BadRequest

# The most points that a chart of each kind takes.
MOST = {"bar": 100, "line": 2000}
MAX_TEXT = 200


@dataclass(frozen=True)
class ResultChart:
    """A chart to draw: its kind (bar or line), its title, and as many labels as values."""

    kind: str
    title: str
    labels: tuple[str, ...]
    values: tuple[float, ...]

    def rows(self) -> Iterable[tuple[str, float]]:
        """Each label with its value."""
        return zip(self.labels, self.values, strict=True)


def read_result_chart(body: bytes) -> ResultChart:
    """The chart that a body in JSON asks for; raises BadRequest with what is wrong."""
    try:
        given = json.loads(body)
        kind, title = str(given["kind"]), str(given.get("title", ""))
        labels, values = tuple(map(str, given["labels"])), tuple(map(float, given["values"]))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadRequest(
            'The body does not describe a chart. Send JSON such as {"kind": "bar", "labels": ["a"], "values": [1]}.'
        ) from error
    if kind not in MOST:
        raise BadRequest(f"kind is {kind[:40]}. Choose from {', '.join(MOST)}.")
    if not 0 < len(labels) == len(values) <= MOST[kind]:
        raise BadRequest(
            f"There are {len(labels)} labels and {len(values)} values. Send 1 to {MOST[kind]}, as many of each."
        )
    if not all(map(math.isfinite, values)):
        raise BadRequest("A value is not a number. Leave out its row.")
    return ResultChart(kind, title[:MAX_TEXT], tuple(label[:MAX_TEXT] for label in labels), values)
