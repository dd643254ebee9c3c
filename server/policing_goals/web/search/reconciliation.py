"""Reconciliation Service API 0.2, at /reconcile.

OpenRefine and other clients send terms and get our concepts back, then properties of those that they chose.
https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, BodyTooLarge, NotFound
from policing_goals.languages import LANGUAGES, lookup
from policing_goals.search.corpus import KINDS
from policing_goals.search.term_matcher import Candidate
from policing_goals.vocabulary import GPG
from policing_goals.web.context import current_dataset, current_site
from policing_goals.web.http.departure import end_if_client_left
from policing_goals.web.http.messages import READ_BYTES
from policing_goals.web.http.responses import html_response, json_response
from policing_goals.web.search.data_extension import PROPERTIES, Property, PropertyValue
from policing_goals.web.search.routes import corpus, index, matcher

PREVIEW_SIZE = {"width": 420, "height": 220}
LANGUAGE_SETTING = {
    "type": "select",
    "name": "lang",
    "label": "Language of labels",
    "default": "en",
    "choices": [{"value": language, "name": language} for language in LANGUAGES],
}
MAX_CANDIDATES, DEFAULT_CANDIDATES = 50, 5
# Queries that fit into the bytes of a request, with some columns.
BATCH_SIZE = 50
# Of one request.
MAX_QUERIES, MAX_COLUMNS, MAX_VALUES, MAX_CHARACTERS, MAX_PROPERTIES = 500, 20, 50, 1000, 40
# The share of a score that the client's other columns decide, if it sends any.
COLUMN_WEIGHT = 0.15
# We state nothing about the UN's classes, not even a label.
NAMES = {"office-type": "INTERPOL office type", "sdg": "SDG", "sdg-target": "SDG target"}

blueprint = Blueprint("reconciliation", __name__)


class ReconciliationService:
    """Answers requests over a dataset; may be called from any thread."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._types = {dataset.prefixes.expand(curie).value: kind for kind, curie in KINDS.items()}
        self._names = {
            kind: {"id": iri, "name": NAMES.get(kind) or GraphView(dataset).label(NamedNode(iri)).text}
            for iri, kind in self._types.items()
        }

    def types(self) -> list[dict[str, str]]:
        """The types that a term can be matched to."""
        return list(self._names.values())

    def known(self, iri: str) -> str:
        """The IRI, if it is of a searchable entity; raises NotFound."""
        if iri not in corpus().entities:
            raise NotFound(f"{iri[:200]} is not the id of an entity here. Use the id of a candidate.")
        return iri

    def entity(self, iri: str) -> dict[str, Any]:
        """An entity as suggestions have it."""
        found = corpus().entities[iri]
        name = GraphView(self._dataset).label(NamedNode(iri)).text
        description = found.definitions.get("en", "")
        return {"id": iri, "name": name, "description": description, "notable": [self._names[found.kind]]}

    def match_all(self, queries: dict[str, Any]) -> dict[str, Any]:
        """The candidates for a batch of queries."""
        if len(queries) > MAX_QUERIES:
            raise BodyTooLarge(f"There are {len(queries)} queries. Send at most {MAX_QUERIES} at once.")
        batch = _Batch(self._dataset)
        return {name: {"result": self._matched(name, query, batch)} for name, query in queries.items()}

    def _matched(self, name: str, query: object, batch: "_Batch") -> list[dict[str, Any]]:
        end_if_client_left()
        if not isinstance(query, dict) or not isinstance(query.get("query", ""), str):
            raise BadRequest(f'{name[:80]} is not a query. Write {{"query": "a term", "type": "an IRI", "limit": 5}}.')
        if len(query.get("query", "")) > MAX_CHARACTERS:
            raise BodyTooLarge(f"{name[:80]}: the term is longer than {MAX_CHARACTERS} characters. Send a shorter one.")
        limit = query.get("limit", DEFAULT_CANDIDATES)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise BadRequest(f"{name[:80]}: limit is {str(limit)[:80]}. Write a whole number from 1 up.")
        given = str(query.get("lang", ""))
        language = lookup(given) if given else ""
        if language is None:
            raise BadRequest(f"{name[:80]}: lang is not one of {', '.join(LANGUAGES)}.")
        kinds = self._kinds(name, query.get("type") or [])
        found = matcher().match(query.get("query", ""), language, kinds, MAX_CANDIDATES)
        columns = _columns(name, query)
        described = [self._candidate(each, columns, batch) for each in found]
        return sorted(described, key=lambda each: -each["score"])[: min(limit, MAX_CANDIDATES)]

    def _kinds(self, name: str, types: object) -> list[str]:
        given = [types] if isinstance(types, str) else types
        if not isinstance(given, list):
            raise BadRequest(f"{name[:80]}: type is an IRI, or a list of them.")
        kinds = []
        for each in map(str, given):
            # Clients send the IRI, the CURIE or our own name of the kind.
            kind = each if each in KINDS else self._types.get(self._expanded(each))
            if kind is None:
                raise BadRequest(f"{name[:80]}: there is no type {each[:200]}. Choose from {', '.join(self._types)}.")
            kinds.append(kind)
        return kinds

    def _expanded(self, text: str) -> str:
        try:
            return self._dataset.prefixes.expand(text).value
        except (KeyError, ValueError):
            return text

    def _candidate(self, found: Candidate, columns: list[tuple[str, list[str]]], batch: "_Batch") -> dict[str, Any]:
        name = GraphView(self._dataset, found.language or "en").label(NamedNode(found.iri)).text
        matched = f"matched “{found.text}”" if found.text else "matched by its description, not by a label"
        language = f" ({found.language})" if found.language else " (a code)"
        agreed = [
            any(each.casefold() in batch.values(found.iri, column) for each in wanted) for column, wanted in columns
        ]
        share = sum(agreed) / len(agreed) if agreed else 1.0
        return {
            "id": found.iri,
            "name": name,
            "description": f"{matched}{language}",
            "type": [self._names[corpus().entities[found.iri].kind]],
            "score": round(found.score * (1 - COLUMN_WEIGHT + COLUMN_WEIGHT * share), 1),
            "match": found.certain and share == 1.0,
            "features": [{"id": "words", "value": found.score}, {"id": "columns", "value": round(share, 2)}],
        }

    def extend(self, request: dict[str, Any]) -> dict[str, Any]:
        """The values of properties for entities."""
        ids, properties = request.get("ids"), request.get("properties")
        if not isinstance(ids, list) or not isinstance(properties, list):
            raise BadRequest(
                'extend lacks ids or properties. Write {"ids": ["an IRI"], "properties": [{"id": "unbis"}]}.'
            )
        # Each is looked up once, even if it is listed several times.
        chosen = list(dict.fromkeys(_chosen(each) for each in properties))
        iris = list(dict.fromkeys(map(_checked_id, ids)))
        if len(chosen) > MAX_PROPERTIES or len(iris) > MAX_QUERIES:
            raise BodyTooLarge(f"Send at most {MAX_QUERIES} ids and {MAX_PROPERTIES} properties at once.")
        return {
            "meta": [{"id": each.id, "name": each.name} for each, _ in chosen],
            "rows": {iri: self._row(iri, chosen) for iri in iris},
        }

    def _row(self, iri: str, chosen: list[tuple[Property, str]]) -> dict[str, list[dict[str, str]]]:
        end_if_client_left()
        if iri not in corpus().entities:
            return {each.id: [] for each, _ in chosen}
        return {
            each.id: [_cell(value) for value in each.values(GraphView(self._dataset, language), NamedNode(iri))]
            for each, language in chosen
        }


def _chosen(given: object) -> tuple[Property, str]:
    name = given.get("id") if isinstance(given, dict) else given
    if not isinstance(given, dict) or not isinstance(name, str) or name not in PROPERTIES:
        raise BadRequest(f"There is no property {str(name)[:80]}. Choose from {', '.join(PROPERTIES)}.")
    settings = given.get("settings")
    language = str(settings.get("lang", "en")) if isinstance(settings, dict) else "en"
    return PROPERTIES[name], lookup(language) or "en"


def _checked_id(iri: object) -> str:
    if not isinstance(iri, str):
        raise BadRequest(f"{str(iri)[:80]} is not an id. Write each as a string.")
    return iri


def _cell(value: PropertyValue) -> dict[str, str]:
    if not value.iri:
        return {"str": value.text}
    return {"id": value.iri, "name": value.text, **({"description": value.remark} if value.remark else {})}


class _Batch:
    """What a request has looked up, each only once."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._values: dict[tuple[str, str], frozenset[str]] = {}

    def values(self, iri: str, name: str) -> frozenset[str]:
        """The values of a property of an entity: texts in every language, IRIs and CURIEs, in folded case."""
        if (iri, name) not in self._values:
            end_if_client_left()
            self._values[iri, name] = frozenset(self._look_up(iri, name))
        return self._values[iri, name]

    def _look_up(self, iri: str, name: str) -> Iterator[str]:
        for language in LANGUAGES:
            for value in PROPERTIES[name].values(GraphView(self._dataset, language), NamedNode(iri)):
                shortened = self._dataset.prefixes.shorten(value.iri) if value.iri else ""
                yield from (text.casefold() for text in (value.text, value.iri, shortened))


def _columns(name_of_query: str, query: dict[str, Any]) -> list[tuple[str, list[str]]]:
    given = query.get("properties")
    if isinstance(given, list) and len(given) > MAX_COLUMNS:
        raise BodyTooLarge(f"{name_of_query[:80]}: there are {len(given)} columns. Send at most {MAX_COLUMNS}.")
    columns = []
    for each in given if isinstance(given, list) else ():
        name = each.get("pid") if isinstance(each, dict) else None
        if isinstance(name, str) and name in PROPERTIES:
            values = each.get("v")
            wanted = values if isinstance(values, list) else [values]
            if len(wanted) > MAX_VALUES:
                raise BodyTooLarge(f"{name_of_query[:80]}: {name} has {len(wanted)} values. Send at most {MAX_VALUES}.")
            columns.append((name, [str(v.get("id", "")) if isinstance(v, dict) else str(v) for v in wanted]))
    return columns


@blueprint.route("/reconcile", methods=["GET", "POST"])
def reconcile() -> Response:
    """The candidates for a batch of terms, the properties of matched entities, or the manifest of the service."""
    if "queries" in request.values:
        return json_response(_service().match_all(_json_object(request.values["queries"], "queries")))
    if "extend" in request.values:
        return json_response(_service().extend(_json_object(request.values["extend"], "extend")))
    if request.method == "POST":
        raise BadRequest("The form has neither queries nor extend. Send one of them, percent-encoded JSON.")
    return json_response(_manifest(current_dataset(), _service().types()))


@blueprint.get("/reconcile/preview")
def preview() -> Response:
    """A small page about an entity, for a frame in the client."""
    iri = _service().known(request.args.get("id", ""))
    return html_response("preview.html", found=corpus().entities[iri], entity=_service().entity(iri))


@blueprint.get("/reconcile/view")
def view() -> BaseResponse:
    """A redirect to the page of an entity."""
    iri = _service().known(request.args.get("id", ""))
    own = iri.startswith(GPG)
    return redirect(url_for("linked_data.entity", name=iri.removeprefix(GPG)) if own else iri, 303)


@blueprint.get("/reconcile/suggest/entity")
def suggest_entity() -> Response:
    """The entities whose labels begin like the text that a user typed."""
    found = index().suggest(request.args.get("prefix", ""))
    return json_response({"result": [_service().entity(each.iri) for each in found]})


@blueprint.get("/reconcile/suggest/type")
def suggest_type() -> Response:
    """The types that match the text of a user."""
    return json_response({"result": _matching_prefix(_service().types())})


@blueprint.get("/reconcile/suggest/property")
def suggest_property() -> Response:
    """The properties that match the text of a user."""
    return json_response({"result": _matching_prefix(_properties())})


@blueprint.get("/reconcile/properties")
def propose_properties() -> Response:
    """The properties on offer for a type."""
    return json_response({"type": request.args.get("type", ""), "properties": _properties()})


def _service() -> ReconciliationService:
    return current_site().once(ReconciliationService)


def _properties() -> list[dict[str, str]]:
    return [{"id": each.id, "name": each.name} for each in PROPERTIES.values()]


def _manifest(dataset: Dataset, types: list[dict[str, str]]) -> dict[str, Any]:
    root = url_for("reconciliation.reconcile", _external=True)
    return {
        "versions": ["0.2"],
        "name": "Global Policing Goals",
        "identifierSpace": GPG,
        "schemaSpace": f"{GPG}ontology#",
        "serviceVersion": dataset.manifest.version,
        "batchSize": BATCH_SIZE,
        "limits": {
            "bytes": READ_BYTES,
            "queries": MAX_QUERIES,
            "characters": MAX_CHARACTERS,
            "columns": MAX_COLUMNS,
            "values": MAX_VALUES,
        },
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
        raise BadRequest(f"{name} is not a JSON object.")
    return read
