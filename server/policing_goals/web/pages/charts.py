"""Charts at /charts/, each from a saved query that its page names; NAME.svg is the chart alone."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, Response, redirect, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, NotFound
from policing_goals.vocabulary import GPG
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import language
from policing_goals.web.http.responses import cacheable_response, html_response
from policing_goals.web.linked_data.links import Link, read_tree
from policing_goals.web.pages.chart_layout import (
    colour,
    flow,
    goals_by_sdgs,
    network,
    objectives_by_targets,
    text_colour,
)

SVG = "image/svg+xml"

blueprint = Blueprint("charts", __name__)


@dataclass(frozen=True)
class Chart:
    """A chart: its name, the saved query that it shows, and a function of language and part (such as goal-4) that
    gives the values of its template."""

    name: str
    query: str
    layout: Callable[[Dataset, str, str], dict[str, object]]


@blueprint.get("/charts/")
def listing() -> Response:
    """The list of the charts."""
    return html_response("charts.html", charts=CHARTS.values())


@blueprint.get("/charts/<name>")
def chart(name: str) -> Response:
    """A chart in its page, or alone as SVG; ?of= limits it to one goal or theme."""
    stem = name.removesuffix(".svg")
    if stem not in CHARTS:
        raise NotFound(f"There is no chart {stem[:80]}. Choose from {', '.join(CHARTS)}.")
    found, part = CHARTS[stem], _part()
    values = found.layout(current_dataset(), language(), part)
    if name.endswith(".svg"):
        return cacheable_response(_render(found, values, "").encode(), SVG)
    drawing = _render(found, values, "../")
    return html_response("chart.html", chart=found, drawing=drawing, part=part, parts=_parts(current_dataset()))


@blueprint.get("/pictures/")
@blueprint.get("/pictures/<name>")
def former_address(name: str = "") -> BaseResponse:
    """A redirect from the address that charts had in version 1.0.0."""
    target = url_for("charts.chart", name=name) if name else url_for("charts.listing")
    query = request.query_string.decode("latin-1")
    return redirect(f"{target}?{query}" if query else target, 308)


def _render(chart: Chart, values: dict[str, object], root: str) -> str:
    return render_template(f"charts/{chart.name}.svg", root=root, colour=colour, text_colour=text_colour, **values)


def _part() -> str:
    part = request.args.get("of", "")
    if part and part not in {each.href.removesuffix(".html") for each in _parts(current_dataset())}:
        raise BadRequest(f"of={part[:40]} is not a goal or theme. Examples: goal-4, theme-2.")
    return part


def _parts(dataset: Dataset) -> list[Link]:
    view = GraphView(dataset, language())
    schemes = ("scheme-goals", "scheme-themes")
    return [each.link for name in schemes for each in read_tree(view, NamedNode(GPG + name))[0]]


def _matrix(dataset: Dataset, lang: str, part: str) -> dict[str, object]:
    if part.startswith("goal-"):
        return {"matrix": objectives_by_targets(dataset, lang, part)}
    return {"matrix": goals_by_sdgs(dataset, [each for each in _parts(dataset) if each.href.startswith("goal-")])}


def _rows_of(query: str) -> Callable[[Dataset, str, str], dict[str, object]]:
    return lambda dataset, lang, _: {"rows": saved_queries.rows(dataset, query, lang=lang)}


CHARTS = {
    each.name: each
    for each in (
        Chart("matrix", "goal-sdg-matrix", _matrix),
        Chart("coverage", "sdg-gaps", _rows_of("sdg-gaps")),
        Chart("network", "sdg-links", network),
        Chart("flow", "crime-area-sdgs", lambda dataset, lang, _: flow(dataset, lang)),
        Chart("timeline", "timeline", _rows_of("timeline")),
    )
}
