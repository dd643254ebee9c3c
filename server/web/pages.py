"""Pages for people: changes when a page is added."""

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from server.engine.store import Dataset
from server.web.discovery import dataset_json_ld

DESCRIPTION = "https://w3id.org/global-policing-goals/graph-dataset"
QUERIES = "https://w3id.org/global-policing-goals/graph-queries"


def blueprint(dataset: Dataset) -> Blueprint:
    """The pages over a dataset."""
    routes = Blueprint("pages", __name__)

    @routes.get("/.well-known/void")
    def void() -> Response:
        """To the description of the dataset (VoID, section 6.2; RFC 8615)."""
        return redirect(url_for("graph", graph=DESCRIPTION), 303)

    @routes.get("/.well-known/sparql-examples")
    def examples() -> Response:
        """To the saved queries as RDF, as the SIB's SPARQL editor looks for them."""
        return redirect(url_for("graph", graph=QUERIES), 303)

    @routes.get("/")
    def home() -> str:
        """What this is, how to ask, and the saved queries."""
        return render_template(
            "home.html",
            manifest=dataset.manifest,
            queries=dataset.queries,
            json_ld=dataset_json_ld(dataset, request.url_root),
        )

    return routes
