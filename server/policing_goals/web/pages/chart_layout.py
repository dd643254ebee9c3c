"""Chart layout: the positions and sizes of bars, bands, points and cells, computed from saved queries.

templates/charts/ draw them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.saved_queries import Row
from policing_goals.model.labels import LocalizedText
from policing_goals.vocabulary import GPG, SDG
from policing_goals.web.linked_data.links import Link, natural_sort_key

SDGS = range(1, 18)
# The colours of the SDGs, as in site.css; a downloaded chart has no style sheet.
COLOURS = (
    "#e5243b", "#dda63a", "#4c9f38", "#c5192d", "#ff3a21", "#26bde2", "#fcc30b", "#a21942", "#fd6925", "#dd1367",
    "#fd9d24", "#bf8b2e", "#3f7e44", "#0a97d9", "#56c02b", "#00689d", "#19486a",
)  # fmt: skip
# The SDGs whose colour needs white text, and the colour of bars that belong to none.
DARK = {4, 8, 10, 13, 16, 17}
NEUTRAL = "#5b6b73"
# Heights in pixels: of a row, of the space between bars, of a bar for each link, and the least for a bar's label.
ROW_HEIGHT, GAP = 26, 6
LINK_HEIGHT, LABEL_HEIGHT = ROW_HEIGHT / 4, ROW_HEIGHT * 0.7


@dataclass(frozen=True)
class Bar:
    """A bar of a flow chart or a point of a network: label, address, place, height and colour."""

    label: str
    href: str
    y: float
    height: float
    colour: str


@dataclass(frozen=True)
class Band:
    """A line between two bars: where it begins and ends, its width, colour and tooltip."""

    y1: float
    y2: float
    width: float
    colour: str
    tooltip: str


@dataclass(frozen=True)
class Cell:
    """A cell of a matrix: its text, the SDG that gives its colour, and the highest confidence, 0 to 1."""

    text: str
    sdg: int
    confidence: float


@dataclass(frozen=True)
class Matrix:
    """A matrix: columns (a code and its SDG), and rows with a cell or nothing in each column."""

    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Link, tuple[Cell | None, ...]], ...]


def colour(sdg: int) -> str:
    """The colour of an SDG."""
    return COLOURS[sdg - 1]


def text_colour(sdg: int) -> str:
    """The colour of text on that of an SDG."""
    return "#ffffff" if sdg in DARK else "#000000"


def link_counts(dataset: Dataset, goals: Iterable[Link]) -> list[tuple[Link, list[int]]]:
    """Each goal with the number of its links to each of the 17 SDGs."""
    rows = saved_queries.rows(dataset, "goal-sdg-matrix")
    counts = {(row["goal"], row["sdg"]): int(row["n"]) for row in rows}
    return [(goal, [counts[_goal_iri(goal), f"{SDG}{sdg}"] for sdg in SDGS]) for goal in goals]


def goals_by_sdgs(dataset: Dataset, goals: Iterable[Link]) -> Matrix:
    """The number of links of each goal and its objectives to each SDG, with the highest confidence."""
    found = {(row["goal"], row["sdg"]): row for row in saved_queries.rows(dataset, "goal-sdg-matrix")}

    def cell(goal: Link, sdg: int) -> Cell | None:
        row = found[_goal_iri(goal), f"{SDG}{sdg}"]
        return Cell(str(row["n"]), sdg, float(row["confidence"])) if row["n"] else None

    columns = tuple((str(sdg), sdg) for sdg in SDGS)
    return Matrix(columns, tuple((goal, tuple(cell(goal, sdg) for sdg in SDGS)) for goal in goals))


def objectives_by_targets(dataset: Dataset, lang: str, goal: str) -> Matrix:
    """The links of a goal's objectives to SDG targets, with the confidence of each."""
    rows = saved_queries.rows(dataset, "objective-targets", lang=lang, goal=f"gpg:{goal}")
    codes = sorted({str(row["targetCode"]) for row in rows}, key=natural_sort_key)
    columns = tuple((code, int(code.partition(".")[0])) for code in codes)
    confidences = {(row["code"], row["targetCode"]): float(row["confidence"]) for row in rows}
    objectives = {str(row["code"]): str(row["label"]) for row in rows}

    def cell(code: str, target: str, sdg: int) -> Cell | None:
        confidence = confidences.get((code, target))
        return None if confidence is None else Cell(f"{confidence:g}", sdg, confidence)

    lines = (
        (Link("", LocalizedText(label, lang), code), tuple(cell(code, target, sdg) for target, sdg in columns))
        for code, label in objectives.items()
    )
    return Matrix(columns, tuple(lines))


def flow(dataset: Dataset, lang: str) -> dict[str, object]:
    """Crime areas and SDGs as bars on two sides, and the links between them as bands (a Sankey diagram)."""
    rows = saved_queries.rows(dataset, "crime-area-sdgs", lang=lang)
    left = _bars(rows, "area", lambda row: (str(row["label"]), _page(row["area"]), NEUTRAL))
    by_sdg = sorted(rows, key=lambda row: int(row["number"]))
    right = _bars(by_sdg, "sdg", _sdg_bar)
    used = {**dict.fromkeys(left, 0.0), **dict.fromkeys(right, 0.0)}
    bands = []
    for row in rows:
        area, sdg, width = str(row["area"]), str(row["sdg"]), int(row["links"]) * LINK_HEIGHT
        begin, end = left[area].y + used[area] + width / 2, right[sdg].y + used[sdg] + width / 2
        used[area] += width
        used[sdg] += width
        tooltip = f"{row['label']} – {row['sdgLabel']}: {row['links']}"
        bands.append(Band(begin, end, width, colour(int(row["number"])), tooltip))
    height = max(bar.y + bar.height for bar in (*left.values(), *right.values())) + GAP
    return {"left": left.values(), "right": right.values(), "bands": bands, "height": height}


def network(dataset: Dataset, lang: str, part: str = "") -> dict[str, object]:
    """Elements on one side, SDG targets on the other, and the links between them; of one goal or theme, or all."""
    rows = [row for row in saved_queries.rows(dataset, "sdg-links", lang=lang) if _is_in_part(row, part)]
    by_target = sorted(rows, key=lambda row: natural_sort_key(_code(row)))
    left = _points(
        rows, "element", lambda row: (f"{row['code']} {row['elementLabel']}", _page(row["element"]), NEUTRAL)
    )
    right = _points(by_target, "target", _target_point)
    bands = []
    for row in rows:
        begin, end = left[str(row["element"])], right[str(row["target"])]
        tooltip = f"{row['code']} – {_code(row)}: {row['confidence']}"
        bands.append(Band(begin.y, end.y, 1 + 2 * float(row["confidence"]), end.colour, tooltip))
    height = max((point.y for point in (*left.values(), *right.values())), default=0) + ROW_HEIGHT
    return {"left": left.values(), "right": right.values(), "bands": bands, "height": height}


def _bars(rows: Iterable[Row], key: str, describe: Callable[[Row], tuple[str, str, str]]) -> dict[str, Bar]:
    sums: dict[str, tuple[int, Row]] = {}
    for row in rows:
        number, first = sums.get(str(row[key]), (0, row))
        sums[str(row[key])] = (number + int(row["links"]), first)
    bars: dict[str, Bar] = {}
    y = float(GAP)
    for name, (number, row) in sums.items():
        label, href, fill = describe(row)
        height = number * LINK_HEIGHT
        bars[name] = Bar(label, href, y, height, fill)
        y += max(height, LABEL_HEIGHT) + GAP
    return bars


def _points(rows: Iterable[Row], key: str, describe: Callable[[Row], tuple[str, str, str]]) -> dict[str, Bar]:
    points: dict[str, Bar] = {}
    for row in rows:
        if str(row[key]) not in points:
            label, href, fill = describe(row)
            points[str(row[key])] = Bar(label, href, len(points) * ROW_HEIGHT + LABEL_HEIGHT, ROW_HEIGHT, fill)
    return points


def _sdg_bar(row: Row) -> tuple[str, str, str]:
    return f"{row['number']} {row['sdgLabel']}", f"sdg/{row['number']}", colour(int(row["number"]))


def _target_point(row: Row) -> tuple[str, str, str]:
    sdg = int(str(row["sdg"]).removeprefix(SDG))
    return f"{_code(row)} {row['targetLabel']}", f"sdg/{_code(row)}", colour(sdg)


def _is_in_part(row: Row, part: str) -> bool:
    # G4.1 and G4 belong to goal-4, T-II.3 to theme-2.
    name = str(row["element"]).removeprefix(GPG)
    kind, _, number = part.partition("-")
    below = {"goal": "objective", "theme": "commitment"}.get(kind, "")
    return not part or name == part or name.startswith(f"{below}-{number}.")


def _goal_iri(goal: Link) -> str:
    return GPG + goal.href.removesuffix(".html")


def _page(iri: object) -> str:
    return str(iri).removeprefix(GPG) + ".html"


def _code(row: Row) -> str:
    return str(row["target"]).removeprefix(SDG)
