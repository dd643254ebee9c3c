"""LRU cache of query results, bounded in bytes.

The dataset does not change while it is served, so a result holds as long as the snapshot does.
"""

from collections import OrderedDict

from policing_goals.engine.query_job import AsyncQueryRunner, QueryJob, QueryResult

# What the objects of an entry take besides their bytes; small results are many.
ENTRY_BYTES = 1500


class ResultCache:
    """Gives cached results, or runs a job and caches its result; belongs to one event loop. Errors are not cached."""

    def __init__(self, runner: AsyncQueryRunner, size: int) -> None:
        """runner: runs what is not cached; size: bytes of results and query texts to cache, 0 for none."""
        self._runner = runner
        self.size = size
        self._results: OrderedDict[QueryJob, QueryResult] = OrderedDict()
        self.used = 0
        self.hits = 0
        self.misses = 0

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the results come from."""
        return self._runner.version

    def get(self, job: QueryJob) -> QueryResult | None:
        """The result of a job if it is cached."""
        result = self._results.get(job)
        if result is not None:
            self._results.move_to_end(job)
            self.hits += 1
        return result

    async def run(self, job: QueryJob, client: str = "") -> QueryResult:
        """The complete result of a job of a client; raises QueryError for a query that fails."""
        result = self.get(job)
        if result is None:
            self.misses += 1
            result = await self._runner.run(job, client)
            self._add(job, result)
        return result

    def _add(self, job: QueryJob, result: QueryResult) -> None:
        size = _bytes(job, result)
        if job in self._results or size > self.size or result.volatile:
            return
        self._results[job] = result
        self.used += size
        while self.used > self.size:
            self.used -= _bytes(*self._results.popitem(last=False))


def _bytes(job: QueryJob, result: QueryResult) -> int:
    return result.size() + len(job.text) + ENTRY_BYTES
