"""Saved queries at /queries/NAME.SUFFIX: a form, and the result in every format at its own address.

Parameters are checked against their type and bound by substitution. The queries are ours and bounded, so they run here
and not in a worker.
"""

from collections.abc import Mapping
from dataclasses import asdict
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine import saved_queries
from policing_goals.errors import BadRequest, NotFound, ParameterError, UnknownSavedQuery, message
from policing_goals.model.saved_query import SavedQuery
from policing_goals.near_matches import did_you_mean
from policing_goals.rdf.formats import BY_NAME
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import language
from policing_goals.web.http.negotiation import FOR_EXCEL, best_type, unacceptable
from policing_goals.web.http.responses import cacheable_response, csv_response, html_response, json_response
from policing_goals.web.http.static_export import offered
from policing_goals.web.result_view import ResultView, view_result

HTML, JSON = "text/html", "application/json"
SUFFIXES = {"html", "rq", "xlsx", *BY_NAME}
# Of the site, from the page of a query.
ROOT = "../"

blueprint = Blueprint("queries", __name__)


@blueprint.get("/queries/")
def listing() -> Response:
    """The saved queries, as a page or as JSON."""
    queries = current_dataset().queries
    if best_type(request.headers.get("Accept", ""), [HTML, JSON]) == JSON:
        described = [_described(query) for query in queries]
        return json_response(described)
    groups = [(group, list(members)) for group, members in groupby(queries, lambda query: query.group)]
    return html_response("queries.html", groups=groups)


@blueprint.get("/queries/<name>")
def query(name: str) -> Response | BaseResponse:
    """The result of a saved query in the format of a suffix; without one, a redirect to the negotiated format."""
    stem, _, suffix = name.rpartition(".")
    if stem and suffix in SUFFIXES:
        return _response(_find(stem), suffix)
    saved = _find(name)
    types = {"html": HTML, **saved_queries.formats(saved)}
    accept = request.headers.get("Accept", "")
    best = best_type(accept, list(types.values()))
    if best is None:
        raise unacceptable(types.values(), accept)
    suffix = next(suffix for suffix, media_type in types.items() if media_type == best)
    query_string = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
    response = redirect(f"{saved.name}.{suffix}{query_string}", 303)
    response.headers["Vary"] = "Accept"
    return response


def _find(name: str) -> SavedQuery:
    dataset = current_dataset()
    try:
        return dataset.saved_query(name)
    except UnknownSavedQuery as error:
        advice = did_you_mean(name, [query.name for query in dataset.queries], "The list is at /queries/.")
        raise NotFound(message("There is no saved query {name}. {advice}", name=name[:80], advice=advice)) from error


def _parameters() -> dict[str, str]:
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise BadRequest(
                message(
                    "The parameter {name} is given {number} times. Give it once.", name=name[:80], number=len(values)
                )
            )
        # An empty field of a form is not a value.
        if values[0] and name != FOR_EXCEL:
            given[name] = values[0]
    return given


def _response(saved: SavedQuery, suffix: str) -> Response:
    given = _parameters()
    try:
        if suffix == "html":
            if any(parameter.name == "lang" for parameter in saved.parameters):
                given.setdefault("lang", language())
            return cacheable_response(_page(saved, given).encode(), HTML)
        found = saved_queries.representation(current_dataset(), saved, given, suffix)
    except ParameterError as error:
        raise BadRequest(error.args[0]) from error
    return csv_response(found.body) if suffix == "csv" else cacheable_response(found.body, found.media_type)


def _page(saved: SavedQuery, given: Mapping[str, str]) -> str:
    dataset = current_dataset()
    text = saved_queries.text(dataset, saved, given)
    result = ResultView() if saved.federates else view_result(saved_queries.run(dataset, saved, given), dataset, ROOT)
    return render_template(
        "query.html",
        saved=saved,
        given={parameter.name: given.get(parameter.name, parameter.default or "") for parameter in saved.parameters},
        meanings={column.name: column.meaning for column in saved.columns},
        result=result,
        imported=sorted(dataset.manifest.imports) if saved_queries.IMPORT_TAG in saved.tags else [],
        suffixes=offered(saved_queries.formats(saved)),
        query_string=urlencode(given),
        address=url_for("queries.query", name=saved.name, _external=True),
        text=text,
        text_for_editor=saved_queries.text_for_editor(dataset, saved, given),
    )


def _described(saved: SavedQuery) -> dict[str, object]:
    fields = asdict(saved)
    del fields["text"], fields["form"]
    parameters = [
        {
            **asdict(parameter),
            "required": False,
            "of": parameter.of.split(),
            "options": [option.value for option in parameter.options],
        }
        for parameter in saved.parameters
    ]
    return {**fields, "url": url_for("queries.query", name=saved.name, _external=True), "parameters": parameters}
