"""Answers kept in memory: changes when another choice is made of what to keep.

The dataset does not change while it is served, so an answer holds as long as the
snapshot does. The least recently asked goes first when the bytes run out.
"""

import threading
from collections import OrderedDict

from server.engine.jobs import Answer, Answerer, Job


class Cache:
    """Answers jobs from memory, or asks another and remembers all but refusals; may be used from several threads."""

    def __init__(self, behind: Answerer, size: int) -> None:
        """behind: who is asked for what is not kept; size: bytes of answers and queries to keep, 0 for none."""
        self._behind = behind
        self._size = size
        self._kept: OrderedDict[Job, Answer] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""
        return self._behind.version

    def answer(self, job: Job) -> Answer:
        """The whole answer to a job; raises QueryError for a query that gets none."""
        with self._lock:
            answer = self._kept.get(job)
            if answer is not None:
                self._kept.move_to_end(job)
                return answer
        answer = self._behind.answer(job)
        self._keep(job, answer)
        return answer

    def _keep(self, job: Job, answer: Answer) -> None:
        with self._lock:
            if job in self._kept or _bytes(job, answer) > self._size:
                return
            self._kept[job] = answer
            self._used += _bytes(job, answer)
            while self._used > self._size:
                self._used -= _bytes(*self._kept.popitem(last=False))


def _bytes(job: Job, answer: Answer) -> int:
    return len(answer.body) + len(job.text)
