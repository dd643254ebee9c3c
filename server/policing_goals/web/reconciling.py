"""The Reconciliation Service API 0.2 at /reconcile: changes when that protocol does.

OpenRefine and other clients send terms and get back our concepts, then the properties of those that they took.
https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.extension import PROPERTIES
from policing_goals.errors import BadRequest
from policing_goals.search.corpus import KINDS, Corpus
from policing_goals.search.index import Index
from policing_goals.search.matcher import Matcher
from policing_goals.vocabulary import GPG, LANGUAGES
from policing_goals.web.kept import kept
from policing_goals.web.once import Once
from policing_goals.web.reconciliation_service import Service

JSON = "application/json"
PREVIEW_SIZE = {"width": 420, "height": 220}
LANGUAGE_SETTING = {
    "type": "select",
    "name": "lang",
    "label": "Language of labels",
    "default": "en",
    "choices": [{"value": language, "name": language} for language in LANGUAGES],
}


def blueprint(dataset: Dataset, corpus: Once[Corpus], index: Once[Index], matcher: Once[Matcher]) -> Blueprint:
    """The service over a dataset. What it needs is made when it is first asked."""
    routes = Blueprint("reconcile", __name__)
    types = {dataset.prefixes.expand(curie).value: kind for kind, curie in KINDS.items()}
    service = Service(dataset, corpus, matcher, types)

    @routes.route("/reconcile", methods=["GET", "POST"])
    def reconcile() -> Response:
        if "queries" in request.values:
            return _json(service.match_all(_object(request.values["queries"], "queries")))
        if "extend" in request.values:
            return _json(service.extend(_object(request.values["extend"], "extend")))
        if request.method == "POST":
            raise BadRequest("The form has neither queries nor extend. Send one of them, percent-encoded JSON.")
        return _json(_manifest(dataset, service.types()))

    _add_suggestions(routes, service, index)

    @routes.get("/reconcile/preview")
    def preview() -> Response:
        iri = service.known(request.args.get("id", ""))
        thing = corpus().things[iri]
        page = render_template("preview.html", thing=thing, entity=service.entity(iri))
        return kept(page.encode(), "text/html")

    @routes.get("/reconcile/view")
    def view() -> BaseResponse:
        iri = service.known(request.args.get("id", ""))
        own = iri.startswith(GPG)
        return redirect(url_for("things.thing", name=iri.removeprefix(GPG)) if own else iri, 303)

    return routes


def _add_suggestions(routes: Blueprint, service: Service, index: Once[Index]) -> None:
    @routes.get("/reconcile/suggest/entity")
    def suggest_entity() -> Response:
        found = index().suggest(request.args.get("prefix", ""))
        return _json({"result": [service.entity(each.iri) for each in found]})

    @routes.get("/reconcile/suggest/type")
    def suggest_type() -> Response:
        return _json({"result": _beginning(service.types())})

    @routes.get("/reconcile/suggest/property")
    def suggest_property() -> Response:
        return _json({"result": _beginning([{"id": each.id, "name": each.name} for each in PROPERTIES.values()])})

    @routes.get("/reconcile/properties")
    def propose() -> Response:
        offered = [{"id": each.id, "name": each.name} for each in PROPERTIES.values()]
        return _json({"type": request.args.get("type", ""), "properties": offered})


def _manifest(dataset: Dataset, types: list[dict[str, str]]) -> dict[str, Any]:
    root = url_for("reconcile.reconcile", _external=True)
    return {
        "versions": ["0.2"],
        "name": "Global Policing Goals",
        "identifierSpace": GPG,
        "schemaSpace": f"{GPG}ontology#",
        "serviceVersion": dataset.manifest.version,
        "documentation": url_for("openapi.page", _external=True),
        "defaultTypes": types,
        "view": {"url": f"{root}/view?id={{{{id}}}}"},
        "preview": {"url": f"{root}/preview?id={{{{id}}}}", **PREVIEW_SIZE},
        "suggest": {
            each: {"service_url": root, "service_path": f"/suggest/{each}"} for each in ("entity", "type", "property")
        },
        "extend": {
            "propose_properties": {"service_url": root, "service_path": "/properties"},
            "property_settings": [LANGUAGE_SETTING],
        },
    }


def _beginning(offered: list[dict[str, str]]) -> list[dict[str, str]]:
    prefix = request.args.get("prefix", "").casefold()
    return [each for each in offered if prefix in each["name"].casefold() or prefix in each["id"].casefold()]


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        read = json.loads(text)
    except ValueError as error:
        raise BadRequest(f"{name} is not JSON: {error}. Percent-encode a JSON object.") from error
    except RecursionError as error:
        raise BadRequest(f"{name} is nested too deeply.") from error
    if not isinstance(read, dict):
        raise BadRequest(f"{name} is no JSON object.")
    return read


def _json(value: object) -> Response:
    # An escape in what a client sent may stand for half a character, which cannot be sent back.
    return kept(json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "replace"), JSON)
