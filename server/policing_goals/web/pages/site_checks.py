"""The checks of the checklist that call the site's own routes. They need no network."""

from collections.abc import Mapping

from flask import Flask
from flask.testing import FlaskClient
from pyoxigraph import DefaultGraph, NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.evaluator import Evaluator, QueryLimits
from policing_goals.model.validation_report import CheckResult
from policing_goals.vocabulary import GPG, RDF_TYPE
from policing_goals.web.context import install_context
from policing_goals.web.http.error_handlers import install_error_handlers
from policing_goals.web.linked_data import routes as linked_data

VERSION_IRI = NamedNode("http://www.w3.org/2002/07/owl#versionIRI")
# Documents with terms inside answer with 200, and the endpoint answers for itself.
NOT_REDIRECTED = (linked_data.ONTOLOGY, linked_data.SHAPES, "sparql")
SAMPLE = "Asked one entity of each class; the tests ask every entity."


def site_checks(dataset: Dataset, every_entity: bool = False) -> Mapping[str, CheckResult]:
    """The results of the checks, by name.

    every_entity: ask for every entity in every format, which takes some thousands of requests; else one of each class.
    """
    app = Flask("policing_goals")
    install_context(app, dataset, Evaluator(dataset, QueryLimits(2**28, 2**28)))
    install_error_handlers(app)
    app.register_blueprint(linked_data.blueprint)
    client = app.test_client()
    names = dataset.names if every_entity else _one_of_each_class(dataset)
    return {
        "version": _version(dataset, client),
        "negotiation": _negotiation(names, client, "" if every_entity else SAMPLE),
    }


def _one_of_each_class(dataset: Dataset) -> tuple[str, ...]:
    first: dict[str, str] = {}
    known = set(dataset.names)
    for quad in dataset.store.quads_for_pattern(None, NamedNode(RDF_TYPE), None, None):
        if quad.graph_name == DefaultGraph() or not isinstance(quad.subject, NamedNode):
            continue
        name, class_ = quad.subject.value.removeprefix(GPG), str(quad.object)
        if name in known and name not in NOT_REDIRECTED:
            first[class_] = min(name, first.get(class_, name))
    return tuple(sorted(set(first.values())))


def _version(dataset: Dataset, client: FlaskClient) -> CheckResult:
    quads = dataset.store.quads_for_pattern(None, VERSION_IRI, None, None)
    iris = sorted({quad.object.value for quad in quads if isinstance(quad.object, NamedNode)})
    faults = (iri for iri in iris if client.get(f"/{iri.removeprefix(GPG)}").status_code != 200)
    return CheckResult(len(iris), tuple(faults))


def _negotiation(names: tuple[str, ...], client: FlaskClient, note: str) -> CheckResult:
    asked = [
        (name, suffix, media_type)
        for name in names
        if name not in NOT_REDIRECTED
        for suffix, media_type in linked_data.SUFFIXES.items()
    ]
    faults = (f"/{name} as {media_type}" for name, suffix, media_type in asked if not _redirects(client, name, suffix))
    return CheckResult(len(asked), tuple(faults), note)


def _redirects(client: FlaskClient, name: str, suffix: str) -> bool:
    reply = client.get(f"/{name}", headers={"Accept": linked_data.SUFFIXES[suffix]})
    redirected = reply.status_code == 303 and reply.headers["Location"] == f"{name}.{suffix}"
    return redirected and "Accept" in reply.headers["Vary"]
