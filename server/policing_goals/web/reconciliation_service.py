"""What the reconciliation service answers, in the protocol's own words: changes when an answer says more.

https://www.w3.org/community/reports/reconciliation/CG-FINAL-specs-0.2-20230410/
"""

from typing import Any

from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.extension import PROPERTIES, Property, Value
from policing_goals.engine.graph_view import Reader
from policing_goals.errors import BadRequest, NotFound
from policing_goals.search.corpus import KINDS, Corpus
from policing_goals.search.matcher import Candidate, Matcher
from policing_goals.vocabulary import LANGUAGES
from policing_goals.web.once import Once

MOST_QUERIES, MOST_CANDIDATES, USUAL_CANDIDATES, MOST_PROPERTIES = 500, 50, 5, 40
# How much of a score other columns of the client decide, if it sends any.
COLUMNS = 0.15
# Of the UN's classes we say nothing, not even what they are called.
NAMES = {"office-type": "INTERPOL office type", "sdg": "SDG", "sdg-target": "SDG target"}


class Service:
    """Answers over a dataset; may be asked from any thread. types: kinds by the IRIs of their classes or schemes."""

    def __init__(self, dataset: Dataset, corpus: Once[Corpus], matcher: Once[Matcher], types: dict[str, str]) -> None:
        self._dataset, self._corpus, self._matcher, self._types = dataset, corpus, matcher, types
        self._names = {
            kind: {"id": iri, "name": NAMES.get(kind) or Reader(dataset).label(NamedNode(iri)).text}
            for iri, kind in types.items()
        }

    def types(self) -> list[dict[str, str]]:
        """The types that a term can be matched to."""
        return list(self._names.values())

    def known(self, iri: str) -> str:
        """The IRI, if it is of something that can be matched; raises NotFound."""
        if iri not in self._corpus().things:
            raise NotFound(f"{iri[:200]} is nothing that can be matched here. Take the id of a candidate.")
        return iri

    def entity(self, iri: str) -> dict[str, Any]:
        """A thing as suggestions have it."""
        thing = self._corpus().things[iri]
        name = Reader(self._dataset).label(NamedNode(iri)).text
        described = thing.definitions.get("en", "")
        return {"id": iri, "name": name, "description": described, "notable": [self._names[thing.kind]]}

    def match_all(self, queries: dict[str, Any]) -> dict[str, Any]:
        """The candidates for a batch of queries."""
        if len(queries) > MOST_QUERIES:
            raise BadRequest(f"There are {len(queries)} queries. Send at most {MOST_QUERIES} at once.")
        return {name: {"result": self._matched(name, query)} for name, query in queries.items()}

    def _matched(self, name: str, query: object) -> list[dict[str, Any]]:
        if not isinstance(query, dict) or not isinstance(query.get("query", ""), str):
            raise BadRequest(f'{name[:80]} is no query. Write {{"query": "a term", "type": "an IRI", "limit": 5}}.')
        limit = query.get("limit", USUAL_CANDIDATES)
        if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
            raise BadRequest(f"{name[:80]}: limit is {str(limit)[:80]}. Write a whole number from 1 up.")
        language = str(query.get("lang", ""))
        if language and language not in LANGUAGES:
            raise BadRequest(f"{name[:80]}: lang is none of {', '.join(LANGUAGES)}.")
        kinds = self._kinds(name, query.get("type") or [])
        found = self._matcher().match(query.get("query", ""), language, kinds, MOST_CANDIDATES)
        described = [self._candidate(each, _columns(query)) for each in found]
        return sorted(described, key=lambda each: -each["score"])[: min(limit, MOST_CANDIDATES)]

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
        name = Reader(self._dataset, found.language or "en").label(NamedNode(found.iri)).text
        by = f"matched “{found.text}”" if found.text else "matched by what is said of it, not by a label"
        language = f" ({found.language})" if found.language else " (a code)"
        agreed = [self._agrees(found.iri, *column) for column in columns]
        share = sum(agreed) / len(agreed) if agreed else 1.0
        return {
            "id": found.iri,
            "name": name,
            "description": f"{by}{language}",
            "type": [self._names[self._corpus().things[found.iri].kind]],
            "score": round(found.score * (1 - COLUMNS + COLUMNS * share), 1),
            "match": found.certain and share == 1.0,
            "features": [{"id": "words", "value": found.score}, {"id": "columns", "value": round(share, 2)}],
        }

    def _agrees(self, iri: str, name: str, wanted: list[str]) -> bool:
        values = [
            text.casefold()
            for language in LANGUAGES
            for value in PROPERTIES[name].values(Reader(self._dataset, language), NamedNode(iri))
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
        if len(chosen) > MOST_PROPERTIES or len(things) > MOST_QUERIES:
            raise BadRequest(f"Send at most {MOST_QUERIES} ids and {MOST_PROPERTIES} properties at once.")
        return {
            "meta": [{"id": each.id, "name": each.name} for each, _ in chosen],
            "rows": {iri: self._row(iri, chosen) for iri in things},
        }

    def _row(self, iri: str, chosen: list[tuple[Property, str]]) -> dict[str, list[dict[str, str]]]:
        if iri not in self._corpus().things:
            return {each.id: [] for each, _ in chosen}
        return {
            each.id: [_cell(value) for value in each.values(Reader(self._dataset, language), NamedNode(iri))]
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
