"""Search as a page and as JSON, at /search: changes when it is offered otherwise."""

import json
import re
from collections.abc import Iterable

from flask import Blueprint, Response, render_template, request

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import BadRequest, ParameterError
from policing_goals.model.saved_query import Parameter, any_iri
from policing_goals.search.corpus import FACETS, KINDS, Corpus
from policing_goals.search.index import Index, Match
from policing_goals.vocabulary import GPG, LANGUAGES
from policing_goals.web.http.negotiation import best_type
from policing_goals.web.http.once import Once
from policing_goals.web.http.responses import cacheable_response

HTML, JSON = "text/html", "application/json"
CHOICES = {"area": "crime-area", "action": "action-type", "actor": "actor", "sdg": "sdg"}
# Of the CURIEs that each facet can be, an example and how they are written.
CURIES = {
    "area": ("gpg:area-cybercrime", "gpg:area-[a-z-]+"),
    "action": ("gpg:action-build-capacity", "gpg:action-[a-z-]+"),
    "actor": ("gpg:actor-border-agencies", "gpg:actor-[a-z-]+"),
    "capability": ("gpg:capability-databases", "gpg:capability-[a-z0-9-]+"),
    "sdg": ("sdg:16.4", r"sdg:[0-9]{1,2}(\.[0-9a-z]{1,2})?"),
}
FIELDS = {"q", "lang", "kind", *FACETS}


def blueprint(dataset: Dataset, corpus: Once[Corpus], index: Once[Index]) -> Blueprint:
    """Search in a dataset. The index is made when it is first asked."""
    routes = Blueprint("search", __name__)

    @routes.get("/search")
    def search() -> Response:
        asked, language, kinds, facets = _asked(dataset)
        matches = index().search(asked, language, kinds, facets)
        if best_type(request.headers.get("Accept", ""), [JSON, HTML]) == JSON:
            return cacheable_response(
                json.dumps(_answer(asked, matches, dataset), indent=1, ensure_ascii=False).encode(), JSON
            )
        page = render_template(
            "search.html", asked=asked, searched=asked[:200], lang=language, kinds=KINDS, chosen=kinds,
            facets=_choices(dataset, corpus()),
            narrowed={name: dataset.prefixes.shorten(iri) for name, iri in facets.items()},
            matches=[(_described(match, dataset), _address(match.iri)) for match in matches],
        )  # fmt: skip
        return cacheable_response(page.encode(), HTML)

    @routes.get("/search/suggest")
    def suggest() -> Response:
        asked, language, _, _ = _asked(dataset)
        matches = index().suggest(asked, language)
        return cacheable_response(
            json.dumps(_answer(asked, matches, dataset), indent=1, ensure_ascii=False).encode(), JSON
        )

    return routes


def _choices(dataset: Dataset, corpus: Corpus) -> dict[str, list[tuple[str, dict[str, str]]]]:
    # What each facet can be, as a CURIE with its labels.
    return {
        facet: [(dataset.prefixes.shorten(iri), it.labels) for iri, it in corpus.entities.items() if it.kind == kind]
        for facet, kind in CHOICES.items()
    }


def _asked(dataset: Dataset) -> tuple[str, str, list[str], dict[str, str]]:
    unknown = sorted(set(request.args) - FIELDS)
    if unknown:
        raise BadRequest(f"There is no field {unknown[0][:80]}. There are: {', '.join(sorted(FIELDS))}.")
    language = request.args.get("lang", "")
    if language and language not in LANGUAGES:
        raise BadRequest(f"lang={language[:80]} is none of {', '.join(LANGUAGES)}; leave it out to search in all.")
    kinds = [kind for kind in request.args.getlist("kind") if kind]
    for kind in kinds:
        if kind not in KINDS:
            raise BadRequest(f"kind={kind[:80]} is none of {', '.join(KINDS)}.")
    facets = {name: _facet(name, request.args[name], dataset) for name in FACETS if request.args.get(name)}
    return request.args.get("q", ""), language, kinds, facets


def _facet(name: str, text: str, dataset: Dataset) -> str:
    example, form = CURIES[name]
    try:
        iri = any_iri(Parameter(name, "iri", "", None, example), text, dataset.prefixes).value
    except ParameterError as error:
        raise BadRequest(str(error)) from error
    if not re.fullmatch(form, dataset.prefixes.shorten(iri)):
        raise BadRequest(f"{name}={text[:80]} is not what {name} can be; an example: {name}={example}")
    return iri


def _answer(asked: str, matches: Iterable[Match], dataset: Dataset) -> dict[str, object]:
    return {"query": asked, "matches": [_described(match, dataset) for match in matches]}


def _described(match: Match, dataset: Dataset) -> dict[str, object]:
    matched = [{"language": language, "field": field, "text": text} for language, field, text in match.matched]
    curie = dataset.prefixes.shorten(match.iri)
    named = {"iri": match.iri, "curie": curie, "kind": match.kind, "labels": match.labels}
    return {**named, "score": match.score, "matched": matched}


def _address(iri: str) -> str:
    return iri.removeprefix(GPG)
