"""The validation report as a page, as RDF, as JSON and as text: changes when it is shown otherwise."""

from collections.abc import Callable

from flask import Blueprint, Flask, Response, render_template, request
from flask.testing import FlaskClient
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import BadRequest, NotAcceptable, QueryError
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.validation_report import CheckResult, Report
from policing_goals.rdf.formats import BY_NAME, FORMATS, Kind
from policing_goals.rdf.serialization import write_graph
from policing_goals.vocabulary import GPG
from policing_goals.web.http.i18n import render_standalone
from policing_goals.web.http.negotiation import best_type
from policing_goals.web.http.once import Once
from policing_goals.web.http.problems import problem
from policing_goals.web.http.responses import cacheable_response, to_response
from policing_goals.web.linked_data import routes as things

PLAIN = {"html": "text/html", "json": "application/json", "text": "text/plain"}
GRAPHS = {form.name: form for form in FORMATS if form.kind is Kind.GRAPH}


def blueprint(dataset: Dataset) -> Blueprint:
    """The report of the data in service, at /validation; ?format= names the format instead of Accept."""
    routes = Blueprint("validation", __name__)
    told = Once(lambda: dataset.report.run_checks("http", http_checks(dataset)))

    @routes.get("/validation")
    def validation() -> Response:
        accept = request.headers.get("Accept", "")
        try:
            name = _chosen(request.args.get("format"), accept)
        except QueryError as error:
            return to_response(problem(error, accept))
        media_type = PLAIN.get(name) or GRAPHS[name].media_type
        body = _page(told()) if name == "html" else write_report(told(), name, dataset.prefixes)
        return cacheable_response(body.encode(), media_type)

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
        return render_standalone("validation.html", report=report)
    if name == "json":
        return report.dumps()
    if name == "text":
        return "\n".join(report.lines(hints=True)) + "\n"
    return write_graph(report.triples(prefixes), BY_NAME[name], prefixes).decode()


def _page(report: Report) -> str:
    return render_template("validation.html", report=report)


VERSION_IRI = NamedNode("http://www.w3.org/2002/07/owl#versionIRI")


def http_checks(dataset: Dataset) -> dict[str, Callable[[], CheckResult]]:
    """The checks by name. They ask an application with the documents of the dataset, without a network."""
    app = Flask("policing_goals")
    app.register_blueprint(things.blueprint(dataset))
    client = app.test_client()
    return {"version": lambda: _version(dataset, client), "negotiation": lambda: _negotiation(dataset, client)}


def _version(dataset: Dataset, client: FlaskClient) -> CheckResult:
    quads = dataset.store.quads_for_pattern(None, VERSION_IRI, None, None)
    iris = sorted({quad.object.value for quad in quads if isinstance(quad.object, NamedNode)})
    unanswered = (iri for iri in iris if client.get(f"/{iri.removeprefix(GPG)}").status_code != 200)
    return CheckResult(len(iris), tuple(unanswered))


def _negotiation(dataset: Dataset, client: FlaskClient) -> CheckResult:
    # Documents with terms inside answer at once; the endpoint answers for itself.
    names = [name for name in dataset.names if name not in (things.ONTOLOGY, things.SHAPES, "sparql")]
    faults = (
        f"/{name} as {media_type}"
        for name in names
        for suffix, media_type in things.SUFFIXES.items()
        if not _leads(client, name, suffix, media_type)
    )
    return CheckResult(len(names) * len(things.SUFFIXES), tuple(faults))


def _leads(client: FlaskClient, name: str, suffix: str, media_type: str) -> bool:
    reply = client.get(f"/{name}", headers={"Accept": media_type})
    leads = reply.status_code == 303 and reply.headers["Location"] == f"{name}.{suffix}"
    return leads and "Accept" in reply.headers["Vary"]
