"""The pictures, at /pictures/: changes when another is drawn.

Each is drawn from a saved query, which is named beside it; NAME.svg is the picture alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset, rows_of
from policing_goals.engine.graph_view import Reader
from policing_goals.errors import BadRequest, NotFound
from policing_goals.vocabulary import GPG
from policing_goals.web.drawings import colour, flow, goals_by_sdgs, ink, network, objectives_by_targets
from policing_goals.web.kept import kept
from policing_goals.web.language import language
from policing_goals.web.links import Link
from policing_goals.web.trees import read_tree

SVG = "image/svg+xml"


@dataclass(frozen=True)
class Picture:
    """A picture: its name, the saved query that it is drawn from, and what its template needs."""

    name: str
    query: str
    draw: Callable[[Dataset, str, str], dict[str, object]]


def blueprint(dataset: Dataset) -> Blueprint:
    """The pictures of a dataset."""
    routes = Blueprint("pictures", __name__)

    @routes.get("/pictures/")
    def listing() -> Response:
        return kept(render_template("pictures.html", pictures=PICTURES.values()).encode(), "text/html")

    @routes.get("/pictures/<name>")
    def picture(name: str) -> Response:
        stem = name.removesuffix(".svg")
        if stem not in PICTURES:
            raise NotFound(f"There is no picture {stem[:80]}. There are: {', '.join(PICTURES)}.")
        found, part = PICTURES[stem], _part(dataset)
        values = found.draw(dataset, language(), part)
        if name.endswith(".svg"):
            return kept(_drawn(found, values, "").encode(), SVG)
        page = render_template(
            "picture.html", picture=found, drawn=_drawn(found, values, "../"), part=part, parts=_parts(dataset)
        )
        return kept(page.encode(), "text/html")

    return routes


def _drawn(picture: Picture, values: dict[str, object], root: str) -> str:
    return render_template(f"pictures/{picture.name}.svg", root=root, colour=colour, ink=ink, **values)


def _part(dataset: Dataset) -> str:
    asked = request.args.get("of", "")
    if asked and asked not in {each.href.removesuffix(".html") for each in _parts(dataset)}:
        raise BadRequest(f"of={asked[:40]} is no goal or theme. Examples: goal-4, theme-2.")
    return asked


def _parts(dataset: Dataset) -> list[Link]:
    reader = Reader(dataset, language())
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


PICTURES = {
    each.name: each
    for each in (
        Picture("matrix", "goal-sdg-matrix", _matrix),
        Picture("coverage", "sdg-gaps", _coverage),
        Picture("network", "sdg-links", network),
        Picture("flow", "crime-area-sdgs", lambda dataset, asked, _: flow(dataset, asked)),
        Picture("timeline", "timeline", _timeline),
    )
}
