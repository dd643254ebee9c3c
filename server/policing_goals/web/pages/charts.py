"""The pictures, at /pictures/: changes when another is drawn.

Each is drawn from a saved query, which is named beside it; NAME.svg is the picture alone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset, Row, rows_of
from policing_goals.engine.graph_view import GraphView, LocalizedText
from policing_goals.errors import BadRequest, NotFound
from policing_goals.vocabulary import GPG, SDG
from policing_goals.web.http.i18n import language
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.linked_data.links import Link, natural_sort_key, read_tree

SVG = "image/svg+xml"
SDGS = range(1, 18)
# The colours of the SDGs, as in site.css; a picture that is taken away has no style sheet.
COLOURS = (
    "#e5243b", "#dda63a", "#4c9f38", "#c5192d", "#ff3a21", "#26bde2", "#fcc30b", "#a21942", "#fd6925", "#dd1367",
    "#fd9d24", "#bf8b2e", "#3f7e44", "#0a97d9", "#56c02b", "#00689d", "#19486a",
)  # fmt: skip
DARK = {4, 8, 10, 13, 16, 17}
ROW_HEIGHT, GAP = 26, 6


@dataclass(frozen=True)
class Bar:
    """A bar of a flow or a point of a network: what it is, its address, place and height, and its colour."""

    label: str
    href: str
    y: float
    height: float
    colour: str


@dataclass(frozen=True)
class Band:
    """A tie between two nodes: where it begins and ends, its width, its colour, and what it says."""

    y1: float
    y2: float
    width: float
    colour: str
    says: str


def colour(sdg: int) -> str:
    """The colour of an SDG."""
    return COLOURS[sdg - 1]


def ink(sdg: int) -> str:
    """A colour to write in on that of an SDG."""
    return "#ffffff" if sdg in DARK else "#000000"


@dataclass(frozen=True)
class Cell:
    """A cell of a matrix: what stands in it, the SDG that gives it its colour, and how sure it is, from 0 to 1."""

    text: str
    sdg: int
    confidence: float


@dataclass(frozen=True)
class Matrix:
    """A matrix: its columns (a code and the SDG that it belongs to) and its rows, a cell or nothing in each column."""

    columns: tuple[tuple[str, int], ...]
    rows: tuple[tuple[Link, tuple[Cell | None, ...]], ...]


def matrix_rows(dataset: Dataset, goals: Iterable[Link]) -> list[tuple[Link, list[int]]]:
    """Each goal with the number of its links to each of the 17 SDGs."""
    numbers = {(row["goal"], row["sdg"]): int(row["n"]) for row in rows_of(dataset, "goal-sdg-matrix")}
    return [(goal, [numbers[GPG + goal.href.removesuffix(".html"), f"{SDG}{sdg}"] for sdg in SDGS]) for goal in goals]


def goals_by_sdgs(dataset: Dataset, goals: Iterable[Link]) -> Matrix:
    """How many links tie each goal and its objectives to each SDG, and how sure the surest is."""
    found = {(row["goal"], row["sdg"]): row for row in rows_of(dataset, "goal-sdg-matrix")}

    def cell(goal: Link, sdg: int) -> Cell | None:
        row = found[GPG + goal.href.removesuffix(".html"), f"{SDG}{sdg}"]
        return Cell(str(row["n"]), sdg, float(row["confidence"])) if row["n"] else None

    columns = tuple((str(sdg), sdg) for sdg in SDGS)
    return Matrix(columns, tuple((goal, tuple(cell(goal, sdg) for sdg in SDGS)) for goal in goals))


def objectives_by_targets(dataset: Dataset, language: str, goal: str) -> Matrix:
    """The links of a goal's objectives to SDG targets, each with its confidence."""
    rows = rows_of(dataset, "objective-targets", lang=language, goal=f"gpg:{goal}")
    codes = sorted({str(row["targetCode"]) for row in rows}, key=natural_sort_key)
    columns = tuple((code, int(code.partition(".")[0])) for code in codes)
    sure = {(row["code"], row["targetCode"]): float(row["confidence"]) for row in rows}
    objectives = {str(row["code"]): str(row["label"]) for row in rows}

    def cell(code: str, target: str, sdg: int) -> Cell | None:
        confidence = sure.get((code, target))
        return None if confidence is None else Cell(f"{confidence:g}", sdg, confidence)

    lines = (
        (Link("", LocalizedText(label, language), code), tuple(cell(code, target, sdg) for target, sdg in columns))
        for code, label in objectives.items()
    )
    return Matrix(columns, tuple(lines))


def flow(dataset: Dataset, language: str) -> dict[str, object]:
    """Crime areas and SDGs as bars on two sides, and the links between them as bands (a Sankey diagram)."""
    rows = rows_of(dataset, "crime-area-sdgs", lang=language)
    left = _bars(rows, "area", lambda row: (str(row["label"]), str(row["area"]).removeprefix(GPG) + ".html", "#5b6b73"))
    right = _bars(
        sorted(rows, key=lambda row: int(row["number"])),
        "sdg",
        lambda row: (f"{row['number']} {row['sdgLabel']}", f"sdg/{row['number']}", colour(int(row["number"]))),
    )
    used = {**dict.fromkeys(left, 0.0), **dict.fromkeys(right, 0.0)}
    unit = ROW_HEIGHT / 4
    ties = []
    for row in rows:
        area, sdg, width = str(row["area"]), str(row["sdg"]), int(row["links"]) * unit
        begins, ends = left[area].y + used[area] + width / 2, right[sdg].y + used[sdg] + width / 2
        used[area] += width
        used[sdg] += width
        ties.append(
            Band(begins, ends, width, colour(int(row["number"])), f"{row['label']} – {row['sdgLabel']}: {row['links']}")
        )
    height = max(node.y + node.height for node in (*left.values(), *right.values())) + GAP
    return {"left": left.values(), "right": right.values(), "ties": ties, "height": height}


def _bars(rows: Iterable[Row], key: str, told: Callable[[Row], tuple[str, str, str]]) -> dict[str, Bar]:
    sums: dict[str, tuple[int, Row]] = {}
    for row in rows:
        number, first = sums.get(str(row[key]), (0, row))
        sums[str(row[key])] = (number + int(row["links"]), first)
    nodes: dict[str, Bar] = {}
    y = float(GAP)
    for name, (number, row) in sums.items():
        label, href, fill = told(row)
        height = number * ROW_HEIGHT / 4
        nodes[name] = Bar(label, href, y, height, fill)
        # A thin bar still needs room for its name.
        y += max(height, ROW_HEIGHT * 0.7) + GAP
    return nodes


def network(dataset: Dataset, language: str, goal: str = "") -> dict[str, object]:
    """Objectives and commitments on one side, SDG targets on the other, and the links; of one goal or theme, or all."""
    rows = [row for row in rows_of(dataset, "sdg-links", lang=language) if _belongs(row, goal)]
    left = _points(rows, "element", lambda row: (f"{row['code']} {row['elementLabel']}", _page(row), "#5b6b73"))
    right = _points(
        sorted(rows, key=lambda row: natural_sort_key(_code(row))),
        "target",
        lambda row: (
            f"{_code(row)} {row['targetLabel']}",
            f"sdg/{_code(row)}",
            colour(int(str(row["sdg"]).removeprefix(SDG))),
        ),
    )
    ties = [
        Band(
            left[str(row["element"])].y,
            right[str(row["target"])].y,
            1 + 2 * float(row["confidence"]),
            right[str(row["target"])].colour,
            f"{row['code']} – {_code(row)}: {row['confidence']}",
        )
        for row in rows
    ]
    height = max((node.y for node in (*left.values(), *right.values())), default=0) + ROW_HEIGHT
    return {"left": left.values(), "right": right.values(), "ties": ties, "height": height}


def _points(rows: Iterable[Row], key: str, told: Callable[[Row], tuple[str, str, str]]) -> dict[str, Bar]:
    nodes: dict[str, Bar] = {}
    for row in rows:
        if str(row[key]) not in nodes:
            label, href, fill = told(row)
            nodes[str(row[key])] = Bar(label, href, (len(nodes) + 0.7) * ROW_HEIGHT, ROW_HEIGHT, fill)
    return nodes


def _belongs(row: Row, goal: str) -> bool:
    # G4.1 and G4 belong to goal-4, T-II.3 to theme-2; what belongs to no goal is tied to all of them.
    name = str(row["element"]).removeprefix(GPG)
    kind, _, number = goal.partition("-")
    below = {"goal": "objective", "theme": "commitment"}.get(kind, "")
    return not goal or name == goal or name.startswith(f"{below}-{number}.")


def _page(row: Row) -> str:
    return str(row["element"]).removeprefix(GPG) + ".html"


def _code(row: Row) -> str:
    return str(row["target"]).removeprefix(SDG)


@dataclass(frozen=True)
class Chart:
    """A picture: its name, the saved query that it is drawn from, and what its template needs."""

    name: str
    query: str
    draw: Callable[[Dataset, str, str], dict[str, object]]


def blueprint(dataset: Dataset) -> Blueprint:
    """The pictures of a dataset."""
    routes = Blueprint("pictures", __name__)

    @routes.get("/pictures/")
    def listing() -> Response:
        return cacheable_response(render_template("pictures.html", pictures=CHARTS.values()).encode(), "text/html")

    @routes.get("/pictures/<name>")
    def picture(name: str) -> Response:
        stem = name.removesuffix(".svg")
        if stem not in CHARTS:
            raise NotFound(f"There is no picture {stem[:80]}. There are: {', '.join(CHARTS)}.")
        found, part = CHARTS[stem], _part(dataset)
        values = found.draw(dataset, language(), part)
        if name.endswith(".svg"):
            return cacheable_response(_render(found, values, "").encode(), SVG)
        page = render_template(
            "picture.html", picture=found, drawn=_render(found, values, "../"), part=part, parts=_parts(dataset)
        )
        return cacheable_response(page.encode(), "text/html")

    return routes


def _render(picture: Chart, values: dict[str, object], root: str) -> str:
    return render_template(f"pictures/{picture.name}.svg", root=root, colour=colour, ink=ink, **values)


def _part(dataset: Dataset) -> str:
    asked = request.args.get("of", "")
    if asked and asked not in {each.href.removesuffix(".html") for each in _parts(dataset)}:
        raise BadRequest(f"of={asked[:40]} is no goal or theme. Examples: goal-4, theme-2.")
    return asked


def _parts(dataset: Dataset) -> list[Link]:
    reader = GraphView(dataset, language())
    schemes = ("scheme-goals", "scheme-themes")
    return [each.it for name in schemes for each in read_tree(reader, NamedNode(GPG + name))[0]]


def _matrix(dataset: Dataset, asked: str, part: str) -> dict[str, object]:
    if part.startswith("goal-"):
        return {"grid": objectives_by_targets(dataset, asked, part)}
    return {"grid": goals_by_sdgs(dataset, [each for each in _parts(dataset) if each.href.startswith("goal-")])}


def _coverage(dataset: Dataset, asked: str, _: str) -> dict[str, object]:
    return {"rows": rows_of(dataset, "sdg-gaps", lang=asked)}


def _timeline(dataset: Dataset, asked: str, _: str) -> dict[str, object]:
    return {"rows": rows_of(dataset, "timeline", lang=asked)}


CHARTS = {
    each.name: each
    for each in (
        Chart("matrix", "goal-sdg-matrix", _matrix),
        Chart("coverage", "sdg-gaps", _coverage),
        Chart("network", "sdg-links", network),
        Chart("flow", "crime-area-sdgs", lambda dataset, asked, _: flow(dataset, asked)),
        Chart("timeline", "timeline", _timeline),
    )
}
