"""The validation report at /validation, as HTML, RDF, JSON and text."""

from flask import Blueprint, Response, render_template, request

from policing_goals.errors import BadRequest, message
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.validation_report import Report
from policing_goals.rdf.formats import BY_NAME, FORMATS, Kind
from policing_goals.rdf.serialization import write_graph
from policing_goals.web.context import current_site
from policing_goals.web.http.i18n import render_standalone
from policing_goals.web.http.negotiation import best_type, unacceptable
from policing_goals.web.http.responses import cacheable_response

PLAIN = {"html": "text/html", "json": "application/json", "text": "text/plain"}
GRAPHS = {form.name: form for form in FORMATS if form.kind is Kind.GRAPH}
TYPES = {**PLAIN, **{name: form.media_type for name, form in GRAPHS.items()}}

blueprint = Blueprint("validation", __name__)


@blueprint.get("/validation")
def validation() -> Response:
    """The report of the build; ?format= names the format instead of Accept."""
    name = _format(request.args.get("format"), request.headers.get("Accept", ""))
    dataset = current_site().dataset
    if name == "html":
        body = render_template("validation.html", report=dataset.report)
    else:
        body = write_report(dataset.report, name, dataset.prefixes)
    return cacheable_response(body.encode(), TYPES[name])


def write_report(report: Report, name: str, prefixes: Prefixes) -> str:
    """A report as text, in a format by its short name: html (a standalone page), json, text or one of RDF."""
    if name == "html":
        return render_standalone("validation.html", report=report)
    if name == "json":
        return report.dumps()
    if name == "text":
        return "\n".join(report.lines(hints=True)) + "\n"
    return write_graph(report.triples(prefixes), BY_NAME[name], prefixes).decode()


def _format(name: str | None, accept: str) -> str:
    if name is not None:
        if name not in TYPES:
            raise BadRequest(
                message("format={name} is unknown. Choose from {choices}.", name=name, choices=", ".join(TYPES))
            )
        return name
    best = best_type(accept, list(TYPES.values()))
    if best is None:
        raise unacceptable(TYPES.values(), accept)
    return next(name for name, media_type in TYPES.items() if media_type == best)
