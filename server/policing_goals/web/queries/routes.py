"""Saved queries as a small API, at /queries/: changes when they are offered otherwise.

/queries/NAME.csv?goal=gpg:goal-6 is a result at its own address; the suffix names the format. Parameters are
checked against their type and bound by substitution. The texts are ours and bounded, so they run here.
"""

import difflib
import json
from collections.abc import Mapping
from itertools import groupby
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request, url_for
from pyoxigraph import Literal, NamedNode, QueryBoolean, QuerySolutions
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine.dataset import Dataset, kind_of
from policing_goals.errors import BadRequest, ForbiddenQuery, NotAcceptable, NotFound, ParameterError, UnknownSavedQuery
from policing_goals.model.saved_query import SavedQuery
from policing_goals.rdf.formats import BY_NAME, Kind, formats_of
from policing_goals.rdf.serialization import Result
from policing_goals.rdf.sparql_text import inline_parameters
from policing_goals.rdf.spreadsheets import Column, FlatTable, as_workbook
from policing_goals.vocabulary import GPG
from policing_goals.web.http.i18n import language
from policing_goals.web.http.negotiation import best_type
from policing_goals.web.http.responses import cacheable_response

HTML, XLSX, RQ = (
    "text/html",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/sparql-query",
)
JSON = "application/json"
OTHER = {"html": HTML, "rq": RQ}
FORMATS = {
    kind: {
        **OTHER,
        **{form.name: form.media_type for form in formats_of(kind)},
        **({"xlsx": XLSX} if kind is Kind.SOLUTIONS else {}),
    }
    for kind in Kind
}


def blueprint(dataset: Dataset) -> Blueprint:
    """The saved queries of a dataset."""
    routes = Blueprint("queries", __name__)

    @routes.get("/queries/")
    def listing() -> Response:
        if _wants(JSON, (HTML, JSON)):
            described = [_described(query) for query in dataset.queries]
            return cacheable_response(json.dumps(described, indent=1, ensure_ascii=False).encode(), JSON)
        groups = [(group, list(queries)) for group, queries in groupby(dataset.queries, lambda query: query.group)]
        return cacheable_response(render_template("queries.html", groups=groups).encode(), HTML)

    @routes.get("/queries/<name>")
    def query(name: str) -> Response | BaseResponse:
        stem, _, suffix = name.rpartition(".")
        if stem and suffix in {each for names in FORMATS.values() for each in names} | {"json"}:
            return _answer(dataset, _find(dataset, stem), suffix)
        saved = _find(dataset, name)
        suffixes = _suffixes(dataset, saved)
        best = best_type(request.headers.get("Accept", ""), list(suffixes.values()))
        if best is None:
            raise NotAcceptable(f"This can be had as {', '.join(suffixes.values())}; none is in Accept.")
        suffix = next(suffix for suffix, media_type in suffixes.items() if media_type == best)
        asked = f"?{request.query_string.decode('latin-1')}" if request.query_string else ""
        response = redirect(f"{saved.name}.{suffix}{asked}", 303)
        response.headers["Vary"] = "Accept"
        return response

    return routes


def _find(dataset: Dataset, name: str) -> SavedQuery:
    try:
        return dataset.saved_query(name)
    except UnknownSavedQuery as error:
        known = [query.name for query in dataset.queries]
        near = difflib.get_close_matches(name[:80], known, 3)
        advice = f"Did you mean {', '.join(near)}?" if near else f"There are: {', '.join(known)}."
        raise NotFound(f"There is no saved query {name[:80]}. {advice}") from error


def _given() -> dict[str, str]:
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise BadRequest(f"The parameter {name[:80]} is given {len(values)} times. Give it once.")
        # A field of a form that is left empty is not given.
        if values[0]:
            given[name] = values[0]
    return given


def _suffixes(dataset: Dataset, saved: SavedQuery) -> Mapping[str, str]:
    if saved.federates:
        return formats(None)
    return _formats(dataset.ask(saved.text, saved.bindings({}, dataset.prefixes)))


def _formats(result: Result) -> Mapping[str, str]:
    return formats(kind_of(result), _is_truth(result))


def formats(kind: Kind | None, truth: bool = False) -> Mapping[str, str]:
    """The media types in which a saved query answers, by suffix.

    kind: of its result, None if nobody here runs it; truth: whether that is a yes or no, which makes no workbook.
    """
    if kind is None:
        return OTHER
    return {name: each for name, each in FORMATS[kind].items() if not (truth and name == "xlsx")}


def _is_truth(result: object) -> bool:
    return isinstance(result, QueryBoolean)


def _answer(dataset: Dataset, saved: SavedQuery, suffix: str) -> Response:
    given = _given()
    if suffix == "html" and any(parameter.name == "lang" for parameter in saved.parameters):
        # A page is read in the reader's language.
        given.setdefault("lang", language())
    try:
        bindings = saved.bindings(given, dataset.prefixes)
    except ParameterError as error:
        raise BadRequest(str(error)) from error
    if suffix == "rq":
        return cacheable_response(inline_parameters(saved.text, bindings).encode(), RQ)
    if saved.federates:
        if suffix != "html":
            raise ForbiddenQuery(_elsewhere(saved))
        return cacheable_response(_page(dataset, saved, given, None).encode(), HTML)
    result = dataset.ask(saved.text, bindings)
    offered = _formats(result)
    if suffix not in offered:
        what = f"{saved.name} answers with a {'yes or no' if _is_truth(result) else kind_of(result).value}"
        raise NotFound(f"{what}; {suffix} cannot carry it. There are: {', '.join(offered)}.")
    if suffix == "xlsx" and isinstance(result, QuerySolutions):
        return cacheable_response(_workbook(saved, result), XLSX)
    if suffix == "html":
        return cacheable_response(_page(dataset, saved, given, result).encode(), HTML)
    return cacheable_response(dataset.write(result, BY_NAME[suffix]), BY_NAME[suffix].media_type)


def _elsewhere(saved: SavedQuery) -> str:
    asked, address = ", ".join(saved.federates), url_for("queries.query", name=f"{saved.name}.rq")
    return f"This asks {asked}, and this server asks nobody. Run its text, {address}, where SERVICE is allowed."


def _workbook(saved: SavedQuery, result: QuerySolutions) -> bytes:
    names = [variable.value for variable in result.variables]
    rows = [[row[name] for name in names] for row in result]
    meanings = {column.name: column.meaning for column in saved.columns}
    columns = tuple(
        Column(name, _datatype([row[number] for row in rows]), meanings.get(name, name))
        for number, name in enumerate(names)
    )
    texts = tuple(tuple(str(getattr(cell, "value", "")) for cell in row) for row in rows)
    return as_workbook((FlatTable(saved.name, saved.summary["en"], columns, texts),), (saved.description["en"],))


def _datatype(cells: list[object]) -> str:
    found = {_kind_of_cell(cell) for cell in cells if cell is not None}
    return found.pop() if len(found) == 1 else "string"


def _kind_of_cell(cell: object) -> str:
    if isinstance(cell, NamedNode):
        return "anyURI"
    name = cell.datatype.value.rpartition("#")[2] if isinstance(cell, Literal) else ""
    return {"integer": "integer", "decimal": "double", "double": "double"}.get(name, "string")


def _page(dataset: Dataset, saved: SavedQuery, given: Mapping[str, str], result: Result | None) -> str:
    columns, rows, truth, text = [], [], None, ""
    if isinstance(result, QuerySolutions):
        columns = [variable.value for variable in result.variables]
        rows = [[_cell(row[name], dataset) for name in columns] for row in result]
    elif isinstance(result, QueryBoolean):
        truth = bool(result)
    elif result is not None:
        text = dataset.write(result, BY_NAME["ttl"]).decode()
    offered = formats(None) if result is None else _formats(result)
    return render_template(
        "query.html",
        saved=saved,
        given={parameter.name: given.get(parameter.name, parameter.default or "") for parameter in saved.parameters},
        meanings={column.name: column.meaning for column in saved.columns},
        columns=columns,
        rows=rows,
        truth=truth,
        text=text,
        suffixes=[suffix for suffix in offered if suffix != "html"],
        elsewhere=_elsewhere(saved) if saved.federates else "",
        asked=urlencode(given),
        address=url_for("queries.query", name=saved.name, _external=True),
        plain=inline_parameters(saved.text, saved.bindings(given, dataset.prefixes)),
    )


def _cell(term: object, dataset: Dataset) -> dict[str, str]:
    if isinstance(term, NamedNode):
        own = term.value.startswith(GPG) and "#" not in term.value
        href = f"../{term.value.removeprefix(GPG)}" if own else term.value
        return {"text": dataset.prefixes.shorten(term.value), "href": href, "lang": ""}
    language = (term.language or "") if isinstance(term, Literal) else ""
    return {"text": str(getattr(term, "value", "") if term is not None else ""), "href": "", "lang": language}


def _described(saved: SavedQuery) -> dict[str, object]:
    parameters = [
        {
            "name": parameter.name,
            "type": parameter.type,
            "meaning": parameter.meaning,
            "default": parameter.default,
            "required": False,
            "example": parameter.example,
            "of": parameter.of.split(),
            "options": [option.value for option in parameter.options],
        }
        for parameter in saved.parameters
    ]
    columns = [{"name": column.name, "meaning": column.meaning} for column in saved.columns]
    address = url_for("queries.query", name=saved.name, _external=True)
    words = {"summary": saved.summary, "description": saved.description, "tags": list(saved.tags)}
    group = {"name": saved.group.name, "titles": saved.group.titles}
    asks = {"group": group, "federates": list(saved.federates), "parameters": parameters, "columns": columns}
    return {"name": saved.name, "url": address, **words, **asks}


def _wants(media_type: str, offered: tuple[str, ...]) -> bool:
    return best_type(request.headers.get("Accept", ""), list(offered)) == media_type
