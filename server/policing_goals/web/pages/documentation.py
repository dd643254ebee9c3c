"""The pages of docs/, in English, and the diagram of the model."""

import json
from typing import Any

from flask import Blueprint, Response

from policing_goals.errors import NotFound, message
from policing_goals.near_matches import did_you_mean
from policing_goals.web.context import current_dataset
from policing_goals.web.http.responses import cacheable_response, html_response

# The order of the list: from reading to operating.
ORDER = ("using", "model", "joining", "endpoint", "deploying", "editing", "architecture", "benchmarks")

blueprint = Blueprint("documentation", __name__)


@blueprint.get("/docs/")
def listing() -> Response:
    """The list of the pages."""
    pages = _documents()["docs"]
    return html_response("docs.html", pages=[(name, pages[name]["title"]) for name in ORDER])


@blueprint.get("/docs/<name>")
def page(name: str) -> Response:
    """A page; raises NotFound for a name without one."""
    pages = _documents()["docs"]
    if name not in pages:
        known = message("There are: {names}.", names=", ".join(ORDER))
        near = did_you_mean(name, ORDER, known)
        raise NotFound(message("There is no such page in the documentation. {near}", near=near))
    return html_response("doc.html", page=pages[name])


@blueprint.get("/docs/model.svg")
def model() -> Response:
    """The diagram of the model."""
    return cacheable_response(_documents()["model"].encode(), "image/svg+xml")


def _documents() -> dict[str, Any]:
    documents: dict[str, Any] = json.loads(current_dataset().documents)
    return documents
