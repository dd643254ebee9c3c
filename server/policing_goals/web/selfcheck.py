"""The checks of the checklist that ask the site itself: changes when there is another."""

from collections.abc import Callable

from flask import Flask
from flask.testing import FlaskClient
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.model.validation_report import Told
from policing_goals.vocabulary import GPG
from policing_goals.web import things

VERSION_IRI = NamedNode("http://www.w3.org/2002/07/owl#versionIRI")


def http_checks(dataset: Dataset) -> dict[str, Callable[[], Told]]:
    """The checks by name. They ask an application with the documents of the dataset, without a network."""
    app = Flask("policing_goals")
    app.register_blueprint(things.blueprint(dataset))
    client = app.test_client()
    return {"version": lambda: _version(dataset, client), "negotiation": lambda: _negotiation(dataset, client)}


def _version(dataset: Dataset, client: FlaskClient) -> Told:
    quads = dataset.store.quads_for_pattern(None, VERSION_IRI, None, None)
    iris = sorted({quad.object.value for quad in quads if isinstance(quad.object, NamedNode)})
    unanswered = (iri for iri in iris if client.get(f"/{iri.removeprefix(GPG)}").status_code != 200)
    return Told(len(iris), tuple(unanswered))


def _negotiation(dataset: Dataset, client: FlaskClient) -> Told:
    # Documents with terms inside answer at once; the endpoint answers for itself.
    names = [name for name in dataset.names if name not in (things.ONTOLOGY, things.SHAPES, "sparql")]
    faults = (
        f"/{name} as {media_type}"
        for name in names
        for suffix, media_type in things.SUFFIXES.items()
        if not _leads(client, name, suffix, media_type)
    )
    return Told(len(names) * len(things.SUFFIXES), tuple(faults))


def _leads(client: FlaskClient, name: str, suffix: str, media_type: str) -> bool:
    reply = client.get(f"/{name}", headers={"Accept": media_type})
    leads = reply.status_code == 303 and reply.headers["Location"] == f"{name}.{suffix}"
    return leads and "Accept" in reply.headers["Vary"]
