"""The Reconciliation Service API 0.2 at /reconcile: changes when that protocol does.

OpenRefine and other clients send terms and get back our concepts, then the properties of those that they took.
https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

import json
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, NotFound
from policing_goals.search.corpus import KINDS, Corpus
from policing_goals.search.index import Index
from policing_goals.search.matcher import Candidate, Matcher
from policing_goals.vocabulary import GPG, LANGUAGES
from policing_goals.web.http.once import Once
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.search.data_extension import PROPERTIES, Property, Value

JSON = "application/json"
PREVIEW_SIZE = {"width": 420, "height": 220}
LANGUAGE_SETTING = {
    "type": "select",
    "name": "lang",
    "label": "Language of labels",
    "default": "en",
    "choices": [{"value": language, "name": language} for language in LANGUAGES],
}
MAX_QUERIES, MAX_CANDIDATES, DEFAULT_CANDIDATES, MAX_PROPERTIES = 500, 50, 5, 40
# How much of a score other columns of the client decide, if it sends any.
COLUMN_WEIGHT = 0.15
# Of the UN's classes we say nothing, not even what they are called.
NAMES = {"office-type": "INTERPOL office type", "sdg": "SDG", "sdg-target": "SDG target"}


class ReconciliationService:
    """Answers over a dataset; may be asked from any thread. types: kinds by the IRIs of their classes or schemes."""

    def __init__(self, dataset: Dataset, corpus: Once[Corpus], matcher: Once[Matcher], types: dict[str, str]) -> None:
        self._dataset, self._corpus, self._matcher, self._types = dataset, corpus, matcher, types
        self._names = {
            kind: {"id": iri, "name": NAMES.get(kind) or GraphView(dataset).label(NamedNode(iri)).text}
            for iri, kind in types.items()
        }

    def types(self) -> list[dict[str, str]]:
        """The types that a term can be matched to."""
        return list(self._names.values())

    def known(self, iri: str) -> str:
        """The IRI, if it is of something that can be matched; raises NotFound."""
        if iri not in self._corpus().entities:
            raise NotFound(f"{iri[:200]} is nothing that can be matched here. Take the id of a candidate.")
        return iri

    def entity(self, iri: str) -> dict[str, Any]:
        """A thing as suggestions have it."""
        thing = self._corpus().entities[iri]
        name = GraphView(self._dataset).label(NamedNode(iri)).text
        described = thing.definitions.get("en", "")
        return {"id": iri, "name": name, "description": described, "notable": [self._names[thing.kind]]}

    def match_all(self, queries: dict[str, Any]) -> dict[str, Any]:
        """The candidates for a batch of queries."""
        if len(queries) > MAX_QUERIES:
            raise BadRequest(f"There are {len(queries)} queries. Send at most {MAX_QUERIES} at once.")
        return {name: {"result": self._matched(name, query)} for name, query in queries.items()}

    def _matched(self, name: str, query: object) -> list[dict[str, Any]]:
        if not isinstance(query, dict) or not isinstance(query.get("query", ""), str):
            raise BadRequest(f'{name[:80]} is no query. Write {{"query": "a term", "type": "an IRI", "limit": 5}}.')
        limit = query.get("limit", DEFAULT_CANDIDATES)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise BadRequest(f"{name[:80]}: limit is {str(limit)[:80]}. Write a whole number from 1 up.")
        language = str(query.get("lang", ""))
        if language and language not in LANGUAGES:
            raise BadRequest(f"{name[:80]}: lang is none of {', '.join(LANGUAGES)}.")
        kinds = self._kinds(name, query.get("type") or [])
        found = self._matcher().match(query.get("query", ""), language, kinds, MAX_CANDIDATES)
        described = [self._candidate(each, _columns(query)) for each in found]
        return sorted(described, key=lambda each: -each["score"])[: min(limit, MAX_CANDIDATES)]

    def _kinds(self, name: str, asked: object) -> list[str]:
        given = [asked] if isinstance(asked, str) else asked
        if not isinstance(given, list):
            raise BadRequest(f"{name[:80]}: type is an IRI, or a list of them.")
        kinds = []
        for each in map(str, given):
            # Clients type what they see: the IRI, the CURIE or our own word for the kind.
            kind = each if each in KINDS else self._types.get(self._expanded(each))
            if kind is None:
                raise BadRequest(f"{name[:80]}: there is no type {each[:200]}. There are: {', '.join(self._types)}.")
            kinds.append(kind)
        return kinds

    def _expanded(self, text: str) -> str:
        try:
            return self._dataset.prefixes.expand(text).value
        except (KeyError, ValueError):
            return text

    def _candidate(self, found: Candidate, columns: list[tuple[str, list[str]]]) -> dict[str, Any]:
        name = GraphView(self._dataset, found.language or "en").label(NamedNode(found.iri)).text
        by = f"matched “{found.text}”" if found.text else "matched by what is said of it, not by a label"
        language = f" ({found.language})" if found.language else " (a code)"
        agreed = [self._agrees(found.iri, *column) for column in columns]
        share = sum(agreed) / len(agreed) if agreed else 1.0
        return {
            "id": found.iri,
            "name": name,
            "description": f"{by}{language}",
            "type": [self._names[self._corpus().entities[found.iri].kind]],
            "score": round(found.score * (1 - COLUMN_WEIGHT + COLUMN_WEIGHT * share), 1),
            "match": found.certain and share == 1.0,
            "features": [{"id": "words", "value": found.score}, {"id": "columns", "value": round(share, 2)}],
        }

    def _agrees(self, iri: str, name: str, wanted: list[str]) -> bool:
        values = [
            text.casefold()
            for language in LANGUAGES
            for value in PROPERTIES[name].values(GraphView(self._dataset, language), NamedNode(iri))
            for text in (value.text, value.iri, self._dataset.prefixes.shorten(value.iri) if value.iri else "")
        ]
        return any(each.casefold() in values for each in wanted)

    def extend(self, asked: dict[str, Any]) -> dict[str, Any]:
        """The values of properties for things."""
        ids, properties = asked.get("ids"), asked.get("properties")
        if not isinstance(ids, list) or not isinstance(properties, list):
            raise BadRequest(
                'extend lacks ids or properties. Write {"ids": ["an IRI"], "properties": [{"id": "unbis"}]}.'
            )
        # Each is looked up once, however often it is asked for.
        chosen = list(dict.fromkeys(_chosen(each) for each in properties))
        things = list(dict.fromkeys(map(_checked_id, ids)))
        if len(chosen) > MAX_PROPERTIES or len(things) > MAX_QUERIES:
            raise BadRequest(f"Send at most {MAX_QUERIES} ids and {MAX_PROPERTIES} properties at once.")
        return {
            "meta": [{"id": each.id, "name": each.name} for each, _ in chosen],
            "rows": {iri: self._row(iri, chosen) for iri in things},
        }

    def _row(self, iri: str, chosen: list[tuple[Property, str]]) -> dict[str, list[dict[str, str]]]:
        if iri not in self._corpus().entities:
            return {each.id: [] for each, _ in chosen}
        return {
            each.id: [_cell(value) for value in each.values(GraphView(self._dataset, language), NamedNode(iri))]
            for each, language in chosen
        }


def _chosen(given: object) -> tuple[Property, str]:
    name = given.get("id") if isinstance(given, dict) else given
    if not isinstance(given, dict) or not isinstance(name, str) or name not in PROPERTIES:
        raise BadRequest(f"There is no property {str(name)[:80]}. There are: {', '.join(PROPERTIES)}.")
    settings = given.get("settings")
    language = str(settings.get("lang", "en")) if isinstance(settings, dict) else "en"
    return PROPERTIES[name], language if language in LANGUAGES else "en"


def _checked_id(iri: object) -> str:
    if not isinstance(iri, str):
        raise BadRequest(f"{str(iri)[:80]} is no id. Write each as a string.")
    return iri


def _cell(value: Value) -> dict[str, str]:
    if not value.iri:
        return {"str": value.text}
    return {"id": value.iri, "name": value.text, **({"description": value.remark} if value.remark else {})}


def _columns(query: dict[str, Any]) -> list[tuple[str, list[str]]]:
    given = query.get("properties")
    columns = []
    for each in given if isinstance(given, list) else ():
        name = each.get("pid") if isinstance(each, dict) else None
        if isinstance(name, str) and name in PROPERTIES:
            values = each.get("v")
            wanted = values if isinstance(values, list) else [values]
            columns.append((name, [str(v.get("id", "")) if isinstance(v, dict) else str(v) for v in wanted]))
    return columns


def blueprint(dataset: Dataset, corpus: Once[Corpus], index: Once[Index], matcher: Once[Matcher]) -> Blueprint:
    """The service over a dataset. What it needs is made when it is first asked."""
    routes = Blueprint("reconcile", __name__)
    types = {dataset.prefixes.expand(curie).value: kind for kind, curie in KINDS.items()}
    service = ReconciliationService(dataset, corpus, matcher, types)

    @routes.route("/reconcile", methods=["GET", "POST"])
    def reconcile() -> Response:
        if "queries" in request.values:
            return _json(service.match_all(_json_object(request.values["queries"], "queries")))
        if "extend" in request.values:
            return _json(service.extend(_json_object(request.values["extend"], "extend")))
        if request.method == "POST":
            raise BadRequest("The form has neither queries nor extend. Send one of them, percent-encoded JSON.")
        return _json(_manifest(dataset, service.types()))

    _add_suggestions(routes, service, index)

    @routes.get("/reconcile/preview")
    def preview() -> Response:
        iri = service.known(request.args.get("id", ""))
        thing = corpus().entities[iri]
        page = render_template("preview.html", thing=thing, entity=service.entity(iri))
        return cacheable_response(page.encode(), "text/html")

    @routes.get("/reconcile/view")
    def view() -> BaseResponse:
        iri = service.known(request.args.get("id", ""))
        own = iri.startswith(GPG)
        return redirect(url_for("things.thing", name=iri.removeprefix(GPG)) if own else iri, 303)

    return routes


def _add_suggestions(routes: Blueprint, service: ReconciliationService, index: Once[Index]) -> None:
    @routes.get("/reconcile/suggest/entity")
    def suggest_entity() -> Response:
        found = index().suggest(request.args.get("prefix", ""))
        return _json({"result": [service.entity(each.iri) for each in found]})

    @routes.get("/reconcile/suggest/type")
    def suggest_type() -> Response:
        return _json({"result": _matching_prefix(service.types())})

    @routes.get("/reconcile/suggest/property")
    def suggest_property() -> Response:
        return _json({"result": _matching_prefix([{"id": each.id, "name": each.name} for each in PROPERTIES.values()])})

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


def _matching_prefix(offered: list[dict[str, str]]) -> list[dict[str, str]]:
    prefix = request.args.get("prefix", "").casefold()
    return [each for each in offered if prefix in each["name"].casefold() or prefix in each["id"].casefold()]


def _json_object(text: str, name: str) -> dict[str, Any]:
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
    return cacheable_response(json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "replace"), JSON)
