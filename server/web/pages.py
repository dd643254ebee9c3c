"""Pages for people: changes when a page is added."""

from flask import Blueprint, render_template

from server.engine.store import Dataset


def blueprint(dataset: Dataset) -> Blueprint:
    """The front page over a dataset."""
    routes = Blueprint("pages", __name__)

    @routes.get("/")
    def home() -> str:
        """What this is, how to ask, and the saved queries."""
        return render_template("home.html", manifest=dataset.manifest, queries=dataset.queries)

    return routes
