"""The validation report at /validation, as HTML, RDF, JSON and text, with checks that call the site's own routes."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, render_template, request
from flask.testing import FlaskClient
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.evaluator import Evaluator, QueryLimits
from policing_goals.errors import BadRequest
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.validation_report import CheckResult, Report
from policing_goals.rdf.formats import BY_NAME, FORMATS, Kind
from policing_goals.rdf.serialization import write_graph
from policing_goals.vocabulary import GPG
from policing_goals.web.context import current_site, install_context
from policing_goals.web.http.caching import cacheable_response
from policing_goals.web.http.i18n import render_standalone
from policing_goals.web.http.negotiation import best_type, unacceptable
from policing_goals.web.http.problems import install_error_handlers
from policing_goals.web.linked_data import routes as linked_data

PLAIN = {"html": "text/html", "json": "application/json", "text": "text/plain"}
GRAPHS = {form.name: form for form in FORMATS if form.kind is Kind.GRAPH}
TYPES = {**PLAIN, **{name: form.media_type for name, form in GRAPHS.items()}}
VERSION_IRI = NamedNode("http://www.w3.org/2002/07/owl#versionIRI")

blueprint = Blueprint("validation", __name__)


@blueprint.get("/validation")
def validation() -> Response:
    """The report on the live data; ?format= names the format instead of Accept."""
    name = _format(request.args.get("format"), request.headers.get("Accept", ""))
    site = current_site()
    report = site.once(_full_report)
    body = _page(report) if name == "html" else write_report(report, name, site.dataset.prefixes)
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


def http_checks(dataset: Dataset) -> dict[str, Callable[[], CheckResult]]:
    """The checks of the checklist that call the site's own routes, by name. They need no network."""
    app = Flask("policing_goals")
    install_context(app, dataset, Evaluator(dataset, QueryLimits(2**28, 2**28)))
    install_error_handlers(app)
    app.register_blueprint(linked_data.blueprint)
    client = app.test_client()
    return {"version": lambda: _version(dataset, client), "negotiation": lambda: _negotiation(dataset, client)}


def _full_report(dataset: Dataset) -> Report:
    return dataset.report.run_checks("http", http_checks(dataset))


def _format(name: str | None, accept: str) -> str:
    if name is not None:
        if name not in TYPES:
            raise BadRequest(f"format={name} is unknown. Choose from {', '.join(TYPES)}.")
        return name
    best = best_type(accept, list(TYPES.values()))
    if best is None:
        raise unacceptable(TYPES.values(), accept)
    return next(name for name, media_type in TYPES.items() if media_type == best)


def _page(report: Report) -> str:
    return render_template("validation.html", report=report)


def _version(dataset: Dataset, client: FlaskClient) -> CheckResult:
    quads = dataset.store.quads_for_pattern(None, VERSION_IRI, None, None)
    iris = sorted({quad.object.value for quad in quads if isinstance(quad.object, NamedNode)})
    faults = (iri for iri in iris if client.get(f"/{iri.removeprefix(GPG)}").status_code != 200)
    return CheckResult(len(iris), tuple(faults))


def _negotiation(dataset: Dataset, client: FlaskClient) -> CheckResult:
    # Documents with terms inside answer with 200, and the endpoint answers for itself.
    suffixes = linked_data.SUFFIXES
    names = [name for name in dataset.names if name not in (linked_data.ONTOLOGY, linked_data.SHAPES, "sparql")]
    faults = (
        f"/{name} as {media_type}"
        for name in names
        for suffix, media_type in suffixes.items()
        if not _redirects(client, name, suffix, media_type)
    )
    return CheckResult(len(names) * len(suffixes), tuple(faults))


def _redirects(client: FlaskClient, name: str, suffix: str, media_type: str) -> bool:
    reply = client.get(f"/{name}", headers={"Accept": media_type})
    redirected = reply.status_code == 303 and reply.headers["Location"] == f"{name}.{suffix}"
    return redirected and "Accept" in reply.headers["Vary"]
