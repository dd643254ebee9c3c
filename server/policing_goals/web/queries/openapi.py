"""OpenAPI 3.1 description of the saved queries and searches, generated from the headers of the saved queries.

The SPARQL endpoint describes itself, by the SPARQL 1.1 Service Description.
"""

from flask import Blueprint, Response, url_for

from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.languages import LANGUAGES
from policing_goals.model.saved_query import Json, Parameter, SavedQuery, schema, typed
from policing_goals.search.corpus import KINDS
from policing_goals.vocabulary import LICENCE
from policing_goals.web.context import current_dataset
from policing_goals.web.http.responses import html_response, json_response
from policing_goals.web.search.routes import CURIES

LICENCE_OBJECT = {"name": "CC BY 4.0", "url": LICENCE}
PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}, "text/html": {}}
SCHEMAS: Json = {
    "Problem": {
        "description": "Why a request failed (RFC 9457).",
        "type": "object",
        "required": ["type", "title", "status", "detail"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "What was wrong, and what to do."},
        },
    },
    "Results": {
        "description": "SPARQL 1.1 Query Results JSON Format.",
        "type": "object",
        "required": ["head"],
        "properties": {
            "head": {"type": "object"},
            "boolean": {"type": "boolean"},
            "results": {
                "type": "object",
                "required": ["bindings"],
                "properties": {"bindings": {"type": "array", "items": {"type": "object"}}},
            },
        },
    },
    "Matches": {
        "type": "object",
        "required": ["query", "matches"],
        "properties": {
            "query": {"type": "string"},
            "matches": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["iri", "curie", "kind", "labels", "score", "matched"],
                    "properties": {"iri": {"type": "string"}, "kind": {"enum": list(KINDS)}},
                },
            },
        },
    },
}
RESULTS = "application/sparql-results+json"


blueprint = Blueprint("openapi", __name__)


@blueprint.get("/openapi.json")
def document() -> Response:
    """The description as a document."""
    return json_response(_current())


@blueprint.get("/api")
def page() -> Response:
    """The description as a page."""
    return html_response("api.html", api=_current())


def _current() -> Json:
    return describe(current_dataset(), url_for("home.home", _external=True).rstrip("/"))


def describe(dataset: Dataset, root: str) -> Json:
    """The OpenAPI document of a dataset's saved queries and searches. root: the site's address, without a slash."""
    paths = {f"/queries/{query.name}.{{format}}": _path(query) for query in dataset.queries}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Global Policing Goals",
            "summary": "Saved queries and search as a small, read-only API.",
            "description": "Each saved query has an address in every format. Send SPARQL to /sparql, which describes "
            "itself; reconciliation clients find their manifest at /reconcile.",
            "version": dataset.manifest.version,
            "license": LICENCE_OBJECT,
        },
        "servers": [{"url": root}],
        "tags": [{"name": name, "description": title} for name, title in _groups(dataset).items()],
        "paths": {"/queries/": {"get": _listing()}, **paths, **_searches()},
        "components": {"schemas": SCHEMAS},
    }


def _groups(dataset: Dataset) -> dict[str, str]:
    named = {query.group.name: query.group.titles["en"] for query in dataset.queries}
    return {**named, "search": "Search"}


def _listing() -> Json:
    entry = {"type": "object", "required": ["name", "url", "summary", "parameters", "columns"]}
    content = {"application/json": {"schema": {"type": "array", "items": entry}}, "text/html": {}}
    return _operation("queries", "start", "The saved queries, with their parameters and columns.", (), content)


def _path(query: SavedQuery) -> Json:
    offered = {"html": "text/html", **saved_queries.formats(query)}
    form: Json = {
        "name": "format",
        "in": "path",
        "required": True,
        "description": "The format of the result; rq is the query's text with the parameters filled in.",
        "schema": {"type": "string", "enum": list(offered)},
    }
    content: Json = {media_type: {} for media_type in offered.values()}
    if RESULTS in content:
        content[RESULTS] = {"schema": {"$ref": "#/components/schemas/Results"}}
    parameters = (form, *(_parameter(each) for each in query.parameters))
    operation = _operation(query.name, query.group.name, query.summary["en"], parameters, content)
    return {"get": {**operation, "description": query.description["en"]}}


def _parameter(parameter: Parameter) -> Json:
    described = {"description": parameter.meaning, "schema": schema(parameter, may_be_empty=True)}
    return {"name": parameter.name, "in": "query", **described, "example": typed(parameter, parameter.example)}


def _searches() -> Json:
    words = {"name": "q", "in": "query", "description": "Words or a code.", "schema": {"type": "string"}}
    language = {
        "name": "lang",
        "in": "query",
        "description": "Search in one language.",
        "schema": {"type": "string", "enum": [*LANGUAGES, ""]},
    }
    kinds = {
        "name": "kind",
        "in": "query",
        "schema": {"type": "array", "items": {"type": "string", "enum": [*KINDS, ""]}},
    }
    facets = [
        {
            "name": name,
            "in": "query",
            "description": meaning,
            "schema": {"type": "string", "pattern": f"^({CURIES[name][1]})?$"},
            "example": CURIES[name][0],
        }
        for name, meaning in (
            ("area", "Mentions this crime area."),
            ("action", "Asks for this type of action."),
            ("actor", "Mentions this actor."),
            ("capability", "Mentions this INTERPOL capability."),
            ("topic", "Mentions this topic."),
            ("sdg", "Supports this target, or this SDG or one of its targets."),
        )
    ]
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Matches"}}}
    found = "Entities with these words, in any of four languages."
    suggested = "Entities with a label whose words begin like these."
    every = (words, language, kinds, *facets)
    return {
        "/search": {"get": _operation("search", "search", found, every, {**content, "text/html": {}})},
        "/search/suggest": {"get": _operation("suggest", "search", suggested, (words, language), content)},
    }


def _operation(name: str, tag: str, summary: str, parameters: tuple[Json, ...], content: Json) -> Json:
    problem = {"description": "An error; the body says why and what to do.", "content": PROBLEM}
    responses = {
        "200": {"description": "The complete result.", "content": content},
        **dict.fromkeys(("400", "404", "406"), problem),
    }
    return {
        "operationId": name,
        "tags": [tag],
        "summary": summary,
        "parameters": list(parameters),
        "responses": responses,
    }
