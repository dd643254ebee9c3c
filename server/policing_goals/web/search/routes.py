"""Search as a page and as JSON, at /search and /search/suggest."""

import json
import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, request
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, ParameterError, message
from policing_goals.languages import LANGUAGES, lookup
from policing_goals.model.facets import FACETS
from policing_goals.model.labels import LocalizedText
from policing_goals.model.saved_query import Parameter, any_iri
from policing_goals.search.analysis import Analyzer
from policing_goals.search.corpus import FILTERS, KINDS, Corpus, load_index
from policing_goals.search.full_text import Index, Match
from policing_goals.search.snippets import count_facets, snippet
from policing_goals.search.term_matcher import Matcher
from policing_goals.web.context import current_dataset, current_site
from policing_goals.web.http.i18n import language as page_language
from policing_goals.web.http.negotiation import best_type
from policing_goals.web.http.responses import cacheable_response, html_response, json_response
from policing_goals.web.http.static_export import is_static
from policing_goals.web.linked_data.links import link

HTML, JSON = "text/html", "application/json"
# The filters that the page offers as lists, and the kind of entities in each.
CHOICES = {**{facet.name: facet.kind for facet in FACETS if facet.name != "capability"}, "sdg": "sdg"}
SDG_CODE = r"[0-9]{1,2}(\.[0-9a-z]{1,2})?"
# Example and pattern of the CURIEs that each filter takes.
CURIES = {
    **{facet.name: (facet.example, facet.pattern) for facet in FACETS},
    "sdg": ("sdg:16.4", f"(sdg:)?{SDG_CODE}"),
}
# Results that are counted by facet, those on the page, and the values of each facet there.
MAX_COUNTED, MAX_SHOWN, MAX_VALUES = 1000, 50, 8
FIELDS = {"q", "lang", "kind", *FILTERS}

blueprint = Blueprint("search", __name__)


class FacetValue(NamedTuple):
    """A value of a filter among the results: as in an address, its label, how many have it, and the search for them."""

    value: str
    label: LocalizedText
    number: int
    address: str


class SearchRequest(NamedTuple):
    """The words to search for, a language (empty for all), kinds (none for all), and IRIs by filter."""

    words: str
    language: str
    kinds: list[str]
    filters: dict[str, str]


def corpus() -> Corpus:
    """The searchable entities of the site."""
    return current_site().once(_load)[0]


def index() -> Index:
    """The full-text index of the site."""
    return current_site().once(_make_index)


def matcher() -> Matcher:
    """The matcher of the site, made for the first reconciliation."""
    return current_site().once(_make_matcher)


@blueprint.get("/search")
def search() -> Response:
    """The entities that match, as a page or as JSON."""
    query, dataset = _read_request(), current_dataset()
    found = index().search(query.words, query.language, query.kinds, query.filters, MAX_COUNTED)
    matches = found[:MAX_SHOWN]
    if best_type(request.headers.get("Accept", ""), [JSON, HTML]) == JSON:
        return _json(query.words, matches)
    return html_response(
        "search.html", words=query.words, searched=query.words[:200], lang=query.language, kinds=KINDS,
        chosen=query.kinds, choices=_choices(dataset),
        filters={name: dataset.prefixes.shorten(iri) for name, iri in query.filters.items()},
        matches=[_result(match, query.words, dataset) for match in matches], total=len(found),
        counts=_counts(query, (match.iri for match in found), dataset), given=_given(query, dataset), without=_without,
        topic_kinds={facet.kind for facet in FACETS},
    )  # fmt: skip


@blueprint.get("/search.html")
def on_plain_files() -> Response | BaseResponse:
    """The search of static files, in the browser; a server has a better one."""
    if is_static():
        return html_response("static_search.html", kinds=KINDS)
    query = request.query_string.decode("latin-1")
    return redirect(f"search?{query}" if query else "search", 308)


@blueprint.get("/search-texts.json")
def texts() -> Response:
    """What that search looks through: address, kind, code, labels and text of each entity in the page's language."""
    wanted, view = page_language(), GraphView(current_dataset(), page_language())
    by_iri: dict[str, dict[str, list[str]]] = {}
    for each in corpus().texts:
        if each.language in ("", wanted):
            by_iri.setdefault(each.iri, {}).setdefault(each.field, []).append(each.text)
    rows = [
        {
            "address": _file_of(link(view, NamedNode(iri)).href),
            "kind": corpus().entities[iri].kind,
            "label": view.label(NamedNode(iri)).text,
            "names": [*fields.get("code", ()), *fields.get("other", ()), *fields.get("hidden", ())],
            "text": " ".join(fields.get("text", ())),
        }
        for iri, fields in by_iri.items()
    ]
    return cacheable_response(json.dumps(rows, ensure_ascii=False).encode(), "application/json")


@blueprint.get("/search/suggest")
def suggest() -> Response:
    """The entities with a label whose words begin like those given."""
    query = _read_request()
    return _json(query.words, index().suggest(query.words, query.language))


def _file_of(address: str) -> str:
    # A plain file has a suffix, which the pages of SDGs do without on a server.
    return f"{address}.html" if is_static() and not address.endswith(".html") else address


def _result(match: Match, words: str, dataset: Dataset) -> dict[str, object]:
    # The best text that is not the label itself tells more.
    language, field, text = next((each for each in match.matched if each[1] not in ("label", "hidden")), ("", "", ""))
    if not text:
        language, field, text = match.matched[0] if match.matched[0][1] != "hidden" else ("", "", "")
    pieces = snippet(_analyzer(), text, language, words) if text else ()
    address = link(GraphView(dataset, page_language()), NamedNode(match.iri)).href
    return {**_described(match, dataset), "address": address, "pieces": pieces, "language": language, "field": field}


def _counts(query: SearchRequest, iris: Iterable[str], dataset: Dataset) -> dict[str, list[FacetValue]]:
    """The commonest values of each filter among entities, but for those that are chosen; a link with each."""
    shorten, given, counts = dataset.prefixes.shorten, _given(query, dataset), count_facets(corpus(), iris)
    view = GraphView(dataset, page_language())
    found = {}
    for name, values in counts.items():
        if name == "kind":
            rows = [(value, LocalizedText(value, ""), number) for value, number in values.most_common()]
        else:
            common = values.most_common(MAX_VALUES)
            rows = [(shorten(iri), view.label(NamedNode(iri)), number) for iri, number in common]
        if name not in given and len(rows) > 1:
            found[name] = [FacetValue(*row, _address({**given, name: row[0]})) for row in rows]
    return found


def _given(query: SearchRequest, dataset: Dataset) -> dict[str, str]:
    # What is searched for, as the fields of an address.
    filters = {name: dataset.prefixes.shorten(iri) for name, iri in query.filters.items()}
    given = {"q": query.words, "lang": query.language, "kind": query.kinds[0] if query.kinds else "", **filters}
    return {name: value for name, value in given.items() if value}


def _without(fields: dict[str, str], name: str) -> str:
    return urlencode({key: value for key, value in fields.items() if key != name})


def _address(fields: dict[str, str]) -> str:
    return f"search?{urlencode(fields)}"


def _analyzer() -> Analyzer:
    return current_site().once(_load)[1]


def _load(dataset: Dataset) -> tuple[Corpus, Analyzer]:
    return load_index(dataset.index)


def _make_index(_: Dataset) -> Index:
    return Index(*current_site().once(_load))


def _make_matcher(_: Dataset) -> Matcher:
    return Matcher(*current_site().once(_load))


def _choices(dataset: Dataset) -> dict[str, list[tuple[str, dict[str, str]]]]:
    # The values of each filter, as a CURIE with its labels.
    shorten, entities = dataset.prefixes.shorten, corpus().entities
    return {
        name: [(shorten(iri), entity.labels) for iri, entity in entities.items() if entity.kind == kind]
        for name, kind in CHOICES.items()
    }


def _read_request() -> SearchRequest:
    unknown = sorted(set(request.args) - FIELDS)
    if unknown:
        raise BadRequest(
            message(
                "There is no field {name}. Choose from {choices}.",
                name=unknown[0][:80],
                choices=", ".join(sorted(FIELDS)),
            )
        )
    given = request.args.get("lang", "")
    language = lookup(given) if given else ""
    if language is None:
        raise BadRequest(
            message(
                "lang={given} is not one of {choices}; leave it out to search in all.",
                given=given[:80],
                choices=", ".join(LANGUAGES),
            )
        )
    kinds = [kind for kind in request.args.getlist("kind") if kind]
    for kind in kinds:
        if kind not in KINDS:
            raise BadRequest(message("kind={kind} is not one of {choices}.", kind=kind[:80], choices=", ".join(KINDS)))
    filters = {name: _filter(name, request.args[name]) for name in FILTERS if request.args.get(name)}
    return SearchRequest(request.args.get("q", ""), language, kinds, filters)


def _filter(name: str, text: str) -> str:
    if name == "sdg" and re.fullmatch(SDG_CODE, text):
        text = f"sdg:{text}"
    example, pattern = CURIES[name]
    prefixes = current_dataset().prefixes
    try:
        iri = any_iri(Parameter(name, "iri", "", None, example), text, prefixes).value
    except ParameterError as error:
        raise BadRequest(error.args[0]) from error
    if not re.fullmatch(pattern, prefixes.shorten(iri)):
        raise BadRequest(
            message(
                "{name}={text} is not a value of {name}; an example: {name}={example}",
                name=name,
                text=text[:80],
                example=example,
            )
        )
    return iri


def _json(words: str, matches: Iterable[Match]) -> Response:
    dataset = current_dataset()
    found = {"query": words, "matches": [_described(match, dataset) for match in matches]}
    return json_response(found)


def _described(match: Match, dataset: Dataset) -> dict[str, object]:
    matched = [{"language": language, "field": field, "text": text} for language, field, text in match.matched]
    curie = dataset.prefixes.shorten(match.iri)
    entity = {"iri": match.iri, "curie": curie, "kind": match.kind, "labels": match.labels}
    return {**entity, "score": match.score, "whole": match.whole, "matched": matched}
