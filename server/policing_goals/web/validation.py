"""The validation report as a page, as RDF, as JSON and as text: changes when it is shown otherwise."""

from flask import Blueprint, Response, render_template, request

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import BadRequest, NotAcceptable, QueryError
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.validation_report import Report
from policing_goals.rdf.formats import BY_NAME, FORMATS, Kind
from policing_goals.rdf.serialization import write_graph
from policing_goals.web.alone import render_alone
from policing_goals.web.kept import kept
from policing_goals.web.negotiation import best_type
from policing_goals.web.once import Once
from policing_goals.web.problems import problem
from policing_goals.web.selfcheck import http_checks
from policing_goals.web.wsgi import to_response

PLAIN = {"html": "text/html", "json": "application/json", "text": "text/plain"}
GRAPHS = {form.name: form for form in FORMATS if form.kind is Kind.GRAPH}


def blueprint(dataset: Dataset) -> Blueprint:
    """The report of the data in service, at /validation; ?format= names the format instead of Accept."""
    routes = Blueprint("validation", __name__)
    told = Once(lambda: dataset.report.tell("http", http_checks(dataset)))

    @routes.get("/validation")
    def validation() -> Response:
        accept = request.headers.get("Accept", "")
        try:
            name = _chosen(request.args.get("format"), accept)
        except QueryError as error:
            return to_response(problem(error, accept))
        media_type = PLAIN.get(name) or GRAPHS[name].media_type
        body = _page(told()) if name == "html" else write_report(told(), name, dataset.prefixes)
        return kept(body.encode(), media_type)

    return routes


def _chosen(name: str | None, accept: str) -> str:
    types = {**PLAIN, **{name: form.media_type for name, form in GRAPHS.items()}}
    if name is not None:
        if name not in types:
            raise BadRequest(f"format={name} is unknown. Choose from {', '.join(types)}.")
        return name
    best = best_type(accept, list(types.values()))
    if best is None:
        raise NotAcceptable(
            f"The report can be had as {', '.join(types.values())}; none of them is in Accept: {accept}."
        )
    return next(name for name, media_type in types.items() if media_type == best)


def write_report(report: Report, name: str, prefixes: Prefixes) -> str:
    """The report as text, in a format by its short name: html (a page that stands alone), json, text or one of RDF."""
    if name == "html":
        return render_alone("validation.html", report=report)
    if name == "json":
        return report.dumps()
    if name == "text":
        return "\n".join(report.lines(hints=True)) + "\n"
    return write_graph(report.triples(prefixes), BY_NAME[name], prefixes).decode()


def _page(report: Report) -> str:
    return render_template("validation.html", report=report)
