"""Charts at /charts/NAME, alone as NAME.svg, and their rows as NAME.csv; /charts/result.svg draws any two columns."""

from collections.abc import Iterable, Mapping

from flask import Blueprint, Response, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.errors import BadRequest, Message, NotFound, message
from policing_goals.near_matches import did_you_mean
from policing_goals.rdf.spreadsheets import as_csv
from policing_goals.web.charts.bars import BarRow, bars, line_chart
from policing_goals.web.charts.catalogue import CHARTS, Chart, ChartRequest, Drawing, parts_of
from policing_goals.web.charts.drawing import draw
from policing_goals.web.charts.result_chart import read_result_chart
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import language, local_number, site_root
from policing_goals.web.http.responses import cacheable_response, csv_response, html_response
from policing_goals.web.http.static_export import is_static
from policing_goals.web.linked_data.links import Link

SVG = "image/svg+xml"
# The names of charts in version 1.0.0.
FORMER = {"network": "objectives", "flow": "crime-areas"}

blueprint = Blueprint("charts", __name__)


@blueprint.get("/charts/")
def listing() -> Response:
    """The list of the charts."""
    return html_response("charts.html", charts=CHARTS.values())


@blueprint.get("/charts/<name>")
def chart(name: str) -> Response | BaseResponse:
    """A chart in its page, alone as SVG, or its rows as CSV; ?of= limits it to one goal or theme."""
    stem, dot, suffix = name.partition(".")
    if stem in FORMER:
        return _redirect(url_for("charts.chart", name=f"{FORMER[stem]}{dot}{suffix}"))
    found = _find(stem)
    if dot and suffix not in ("svg", "csv"):
        raise NotFound(message("A chart has no format {suffix}. Choose from svg, csv.", suffix=suffix[:20]))
    dataset = current_dataset()
    parts = parts_of(found, dataset, language())
    part = _part([each.href.removesuffix(".html") for each in parts])
    query, drawing = _query(found, part), found.draw(ChartRequest(dataset, language(), part))
    if suffix == "csv":
        return csv_response(as_csv(drawing.table))
    of = {"name": found.name, "part": part, "part_label": _label(parts, part)}
    if suffix == "svg":
        return cacheable_response(_standalone(drawing, of).encode(), SVG)
    return html_response(
        "chart.html", chart=found, part=part, parts=parts,
        drawing=draw(drawing.template, drawing.layout, "../", alone=False, **of), table=drawing.table,
        query=query, query_text=_query_text(dataset, query, part),
        framed=current_app.config["FRAMES"], part_label=of["part_label"],
    )  # fmt: skip


@blueprint.get("/pictures/")
@blueprint.get("/pictures/<name>")
def former_address(name: str = "") -> BaseResponse:
    """A redirect from the address that charts had in version 1.0.0."""
    return _redirect(url_for("charts.chart", name=name) if name else url_for("charts.listing"))


@blueprint.post("/charts/result.svg")
def result() -> Response:
    """The SVG of the labels and numbers in the body, as read_result_chart takes them."""
    asked = read_result_chart(request.get_data())
    if asked.kind == "line":
        text = draw("line.svg", line_chart(asked.labels, asked.values), "", alone=True, heading=asked.title)
    else:
        rows = [BarRow(label, "", "", (value,), local_number(value)) for label, value in asked.rows()]
        text = draw("bars.svg", bars(rows), "", alone=True, heading=asked.title)
    return Response(text, mimetype=SVG)


def _find(name: str) -> Chart:
    if name not in CHARTS:
        advice = did_you_mean(name, CHARTS, _choose_from(CHARTS))
        raise NotFound(message("There is no chart {name}. {advice}", name=name[:80], advice=advice))
    return CHARTS[name]


def _choose_from(names: Iterable[str]) -> Message:
    return message("Choose from {choices}.", choices=", ".join(names))


def _redirect(target: str) -> BaseResponse:
    query = request.query_string.decode("latin-1")
    return redirect(f"{target}?{query}" if query else target, 308)


def _part(known: list[str]) -> str:
    part = request.args.get("of", "")
    if part and part not in known:
        choices = _choose_from(known) if known else message("This chart has no parts; leave out of=.")
        raise BadRequest(message("of={part} is not a part of this chart. {choices}", part=part[:40], choices=choices))
    return part


def _query(found: Chart, part: str) -> str:
    # That of the matrix counts links; one goal's cells are links.
    return "objective-targets" if found.name == "matrix" and part else found.query


def _query_text(dataset: Dataset, query: str, part: str) -> str:
    saved = dataset.saved_query(query)
    # Of the parameters that it has.
    known = {"lang": language(), "goal": f"gpg:{part}" if part else ""}
    given = {each.name: known[each.name] for each in saved.parameters if known.get(each.name)}
    return saved_queries.text_for_editor(dataset, saved, given)


def _label(parts: list[Link], part: str) -> str:
    return next((f"{each.code} {each.label.text}" for each in parts if each.href == f"{part}.html"), "")


def _standalone(drawing: Drawing, of: Mapping[str, str]) -> str:
    # Its links lead to the site from wherever it is; files without an address lead from where they are.
    root = "../" if is_static() else f"{site_root()}{url_for('home.home')}"
    return draw(drawing.template, drawing.layout, root, alone=True, **of)
