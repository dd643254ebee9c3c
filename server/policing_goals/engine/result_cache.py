"""Answers kept: changes when another choice is made of what to keep.

The dataset does not change while it is served, so an answer holds as long as the
snapshot does. The least recently asked goes first when the bytes run out.
"""

from collections import OrderedDict

from policing_goals.engine.query_job import AsyncQueryRunner, QueryJob, QueryResult


class ResultCache:
    """Answers jobs from what it keeps, or asks another and keeps all but refusals; belongs to one event loop."""

    def __init__(self, behind: AsyncQueryRunner, size: int) -> None:
        """behind: who is asked for what is not kept; size: bytes of answers and queries to keep, 0 for none."""
        self._behind = behind
        self._size = size
        self._kept: OrderedDict[QueryJob, QueryResult] = OrderedDict()
        self.used = 0
        self.hits = 0
        self.misses = 0

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""
        return self._behind.version

    def get(self, job: QueryJob) -> QueryResult | None:
        """The answer if it is kept."""
        answer = self._kept.get(job)
        if answer is not None:
            self._kept.move_to_end(job)
            self.hits += 1
        return answer

    async def answer(self, job: QueryJob) -> QueryResult:
        """The whole answer to a job; raises QueryError for a query that gets none."""
        answer = self.get(job)
        if answer is None:
            self.misses += 1
            answer = await self._behind.answer(job)
            self._keep(job, answer)
        return answer

    def _keep(self, job: QueryJob, answer: QueryResult) -> None:
        size = _bytes(job, answer)
        if job in self._kept or size > self._size or job.volatile:
            return
        self._kept[job] = answer
        self.used += size
        while self.used > self._size:
            self.used -= _bytes(*self._kept.popitem(last=False))


def _bytes(job: QueryJob, answer: QueryResult) -> int:
    return answer.size() + len(job.text)
