"""Saved queries answered in front of the site: changes when another kind of answer is quick.

What is asked in a form that machines read, without a condition and without a fault, and was answered in a moment
before, needs no site and no thread. All else is the site's: its pages, its workbooks, its refusals.
"""

import re
import time
from dataclasses import dataclass

from pyoxigraph import QueryBoolean

from policing_goals.engine.dataset import Dataset, kind_of
from policing_goals.errors import QueryError, SavedQueryError
from policing_goals.rdf.formats import BY_NAME
from policing_goals.web.http.messages import Reply, parse_fields
from policing_goals.web.http.responses import FRESHNESS, entity_tag

PATH = re.compile(r"/queries/(?P<name>[a-z-]+)\.(?P<suffix>csv|tsv|json|xml|ttl|nt)")
# Everybody waits meanwhile. The first times are no measure: memory is cold.
FAST_SECONDS, WARMUP_RUNS = 0.001, 3


@dataclass
class _Timing:
    """How often a query was answered here, and the least time that it took, in seconds."""

    times: int = 0
    least: float = float("inf")

    def is_slow(self) -> bool:
        return self.times >= WARMUP_RUNS and self.least > FAST_SECONDS

    def add(self, seconds: float) -> None:
        self.times += 1
        self.least = min(self.least, seconds)


class FastQueries:
    """Answers saved queries of a dataset; belongs to one event loop."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._queries = {query.name: query for query in dataset.queries if not query.federates}
        self._seen = {name: _Timing() for name in self._queries}

    def reply(self, path: str, query_string: str) -> Reply | None:
        """The answer to a GET without conditions, or None if it is the site's to give."""
        asked = PATH.fullmatch(path)
        query = self._queries.get(asked["name"]) if asked else None
        if asked is None or query is None or self._seen[query.name].is_slow():
            return None
        begun = time.perf_counter()
        try:
            fields = [(name, value) for name, value in parse_fields(query_string) if value]
            if len({name for name, _ in fields}) < len(fields):
                return None
            result = self._dataset.ask(query.text, query.bindings(dict(fields), self._dataset.prefixes))
            form = BY_NAME[asked["suffix"]]
            if isinstance(result, QueryBoolean) or form.kind is not kind_of(result):
                return None
            body = self._dataset.write(result, form)
        except (QueryError, SavedQueryError):
            return None
        self._seen[query.name].add(time.perf_counter() - begun)
        charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
        headers = (("ETag", f'"{entity_tag(body)}"'), ("Cache-Control", FRESHNESS), ("Vary", "Accept"))
        return Reply(200, form.media_type + charset, body, headers)
