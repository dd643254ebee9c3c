"""Killable workers: changes when queries are shared out otherwise.

Each query runs in a process that can be killed. A part of the workers is kept for
queries that have just arrived: one that has run for a while needs one of the
places for long queries, and if none is free it is killed and starts again when one is.
The time limit counts from arrival, waiting included.
"""

import json
import sys
import threading
import time
from dataclasses import dataclass

from server.engine.jobs import Answer, Job
from server.engine.process import START_LIMIT, Worker
from server.engine.store import Snapshot
from server.engine.worker import Limits
from server.errors import Busy, QueryError, QueryTooSlow, SnapshotError

SHORT = 0.1
AGAIN_AFTER = 1.0


@dataclass(frozen=True)
class Rules:
    """How queries are shared out.

    workers: processes; waiting: queries that may wait for one, the next is refused;
    timeout: seconds from arrival; limits: what one query may take.
    """

    workers: int
    waiting: int
    timeout: float
    limits: Limits

    def long_places(self) -> int:
        """How many workers may be busy with long queries: three quarters, at least one."""
        return max(1, self.workers * 3 // 4)


class Pool:
    """Answers jobs in worker processes; may be used from several threads."""

    def __init__(self, snapshot: Snapshot, services: frozenset[str], rules: Rules) -> None:
        """Start the workers on a snapshot; raises SnapshotError if they cannot open it."""
        self._rules = rules
        self._snapshot = snapshot
        self._version = snapshot.manifest.sha256()
        self._command = [
            sys.executable, "-m", "server.engine.worker",
            json.dumps(sorted(services)), rules.limits.dumps(),
        ]  # fmt: skip
        self._changed = threading.Condition()
        self._idle: list[Worker] = []
        self._starting: list[threading.Thread] = []
        self._closed = False
        self._waiting = 0
        self._long = threading.Semaphore(rules.long_places())
        # One is enough to begin with; the others would only slow its start down.
        self._start()
        with self._changed:
            ready = self._changed.wait_for(lambda: bool(self._idle), timeout=START_LIMIT)
        if not ready:
            self.close()
            raise SnapshotError("No worker could open the snapshot. Build it again.")
        for _ in range(rules.workers - 1):
            self._start()

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""
        return self._version

    def answer(self, job: Job) -> Answer:
        """The whole answer to a job.

        Raises QueryError for a query that gets none: QueryTooSlow after the time limit,
        QueryTooDeep, QueryTooHungry and ResultTooLarge beyond the others, Busy if too many wait.
        """
        deadline = time.monotonic() + self._rules.timeout
        answer = self._run(job, deadline, SHORT)
        if answer is not None:
            return answer
        # Long, and no place for long queries was free: start again when one is.
        if not self._long.acquire(timeout=max(0.0, deadline - time.monotonic())):
            raise self._too_slow()
        try:
            answer = self._run(job, deadline, None)
        finally:
            self._long.release()
        if answer is None:
            raise self._too_slow()
        return answer

    def close(self) -> None:
        """End every worker that is idle or starting; a busy one ends with its query."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.kill()
        for thread in self._starting:
            thread.join()

    def _run(self, job: Job, deadline: float, short: float | None) -> Answer | None:
        """Run a job in a worker: None if it became long and no place was free.

        short: seconds after which it is long; None if it has a place already.
        """
        worker = self._take(deadline)
        outcome, held = None, False
        try:
            worker.send(job)
            left = deadline - time.monotonic()
            outcome = worker.receive(left if short is None else min(short, left))
            if outcome is None and short is not None:
                held = self._long.acquire(blocking=False)
                outcome = worker.receive(deadline - time.monotonic()) if held else None
        finally:
            self._give_back(worker, finished=outcome is not None)
            if held:
                self._long.release()
        if outcome is None and (held or short is None):
            raise self._too_slow()
        if isinstance(outcome, QueryError):
            raise outcome
        return outcome

    def _take(self, deadline: float) -> Worker:
        while True:
            worker = self._wait_for_one(deadline)
            if worker.is_alive():
                return worker
            # Lost while it was idle: the query that comes next need not know.
            self._give_back(worker, finished=False)

    def _wait_for_one(self, deadline: float) -> Worker:
        with self._changed:
            if not self._idle and self._waiting >= self._rules.waiting:
                raise Busy("Too many queries are waiting. Ask again in a second.")
            self._waiting += 1
            try:
                if not self._changed.wait_for(lambda: bool(self._idle), timeout=max(0.0, deadline - time.monotonic())):
                    raise self._too_slow()
                return self._idle.pop()
            finally:
                self._waiting -= 1

    def _give_back(self, worker: Worker, finished: bool) -> None:
        if finished and worker.is_alive():
            self._add(worker)
            return
        worker.kill()
        self._start()

    def _start(self) -> None:
        # In a thread, so that nobody waits for the new worker but those who need it.
        thread = threading.Thread(target=self._bring_up)
        with self._changed:
            self._starting = [each for each in self._starting if each.is_alive()]
            if not self._closed:
                self._starting.append(thread)
                thread.start()

    def _bring_up(self) -> None:
        while not self._closed:
            worker = Worker(self._command, self._snapshot)
            if worker.is_ready():
                self._add(worker)
                return
            worker.kill()
            time.sleep(AGAIN_AFTER)

    def _add(self, worker: Worker) -> None:
        with self._changed:
            if not self._closed:
                self._idle.append(worker)
                self._changed.notify()
                return
        worker.kill()

    def _too_slow(self) -> QueryTooSlow:
        return QueryTooSlow(
            f"The query took longer than {self._rules.timeout:g} seconds. Narrow it down or add a LIMIT."
        )
