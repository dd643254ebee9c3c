"""Run fast saved queries without going through Flask.

Only a GET in a machine-readable format, without conditions and without an error, of a query that took little time
before. The site handles all others: pages, workbooks, errors.
"""

import re
import time
from dataclasses import dataclass

from policing_goals.engine import saved_queries
from policing_goals.engine.dataset import Dataset
from policing_goals.errors import QueryError, SavedQueryError
from policing_goals.web.http.caching import cacheable
from policing_goals.web.http.messages import Reply, parse_fields
from policing_goals.web.http.negotiation import FOR_EXCEL

PATH = re.compile(r"/queries/(?P<name>[a-z-]+)\.(?P<suffix>csv|tsv|json|xml|ttl|nt)")
# The event loop waits for the result. The first runs do not count: memory is cold.
FAST_SECONDS, WARMUP_RUNS = 0.001, 3


@dataclass
class _Timing:
    """How often a query was run here, and its shortest time in seconds."""

    runs: int = 0
    shortest: float = float("inf")

    def is_slow(self) -> bool:
        return self.runs >= WARMUP_RUNS and self.shortest > FAST_SECONDS

    def add(self, seconds: float) -> None:
        self.runs += 1
        self.shortest = min(self.shortest, seconds)


class FastQueries:
    """Runs saved queries of a dataset; belongs to one event loop."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._queries = {query.name: query for query in dataset.queries if not query.federates}
        self._timings = {name: _Timing() for name in self._queries}

    def reply(self, path: str, query_string: str) -> Reply | None:
        """The reply to a GET without conditions, or None if the site must handle it."""
        match = PATH.fullmatch(path)
        query = self._queries.get(match["name"]) if match else None
        if match is None or query is None or query.form == "ASK" or self._timings[query.name].is_slow():
            return None
        begun = time.perf_counter()
        try:
            fields = [(name, value) for name, value in parse_fields(query_string) if value]
            names = {name for name, _ in fields}
            if len(names) < len(fields) or FOR_EXCEL in names:
                return None
            found = saved_queries.representation(self._dataset, query, dict(fields), match["suffix"])
        except (QueryError, SavedQueryError):
            return None
        self._timings[query.name].add(time.perf_counter() - begun)
        return cacheable(found.body, found.media_type)
