"""Pool of killable query workers.

Each query runs in a process that can be killed. Some workers are reserved for new queries: a query that has run for a
while needs one of the places for long queries, and if none is free it is killed and starts again when one is. The time
limit counts from arrival, waiting included. All of this happens in one event loop.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass

from policing_goals.engine.dataset import Snapshot
from policing_goals.engine.evaluator import QueryLimits
from policing_goals.engine.fork_server import pack_snapshot
from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.engine.worker_process import ForkServer, Outcome, Worker
from policing_goals.errors import Busy, QueryError, QueryTooSlow, SnapshotError

SHORT_SECONDS = 0.1
START_SECONDS = 30.0
END_SECONDS = 5.0
RETRY_SECONDS = 1.0


@dataclass(frozen=True)
class PoolSettings:
    """workers: processes; waiting: queries that may wait for one; timeout: seconds from arrival; limits: of a query."""

    workers: int
    waiting: int
    timeout: float
    limits: QueryLimits

    def long_places(self) -> int:
        """The number of workers that long queries may use: three quarters, at least one."""
        return max(1, self.workers * 3 // 4)


class Pool:
    """Runs jobs in worker processes; belongs to one event loop."""

    def __init__(self, snapshot: Snapshot, services: frozenset[str], settings: PoolSettings) -> None:
        """A pool for a snapshot, to be opened before it runs jobs."""
        self._settings = settings
        self._services = services
        self._snapshot = pack_snapshot(snapshot)
        self.version = snapshot.manifest.sha256()
        self._fork_server: ForkServer | None = None
        self._workers: set[Worker] = set()
        self._idle: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        self._long = asyncio.Semaphore(settings.long_places())
        self._starting: set[asyncio.Task[None]] = set()
        self._closed = False
        self.waiting = 0
        self.running = 0
        self.lost: Counter[str] = Counter()

    async def open(self) -> None:
        """Start the workers; returns when the first is ready. Raises SnapshotError if it cannot open the snapshot."""
        if not await self._start_worker():
            await self.close()
            raise SnapshotError("No worker could open the snapshot. Build it again.")
        for _ in range(self._settings.workers - 1):
            self._replace()

    async def run(self, job: QueryJob) -> QueryResult:
        """The complete result of a job.

        Raises QueryError for a query that fails: QueryTooSlow after the time limit, QueryTooDeep, QueryOutOfMemory and
        ResultTooLarge beyond the others, Busy if too many wait.
        """
        self.running += 1
        try:
            return await self._run(job, asyncio.get_running_loop().time() + self._settings.timeout)
        finally:
            self.running -= 1

    def ready(self) -> int:
        """The number of workers that are idle or busy."""
        return len(self._workers)

    async def close(self) -> None:
        """Kill every worker, also a busy one."""
        self._closed = True
        for task in self._starting:
            task.cancel()
        await asyncio.gather(*self._starting, return_exceptions=True)
        workers = list(self._workers)
        for worker in workers:
            self._remove_worker(worker, "stopped")
        if workers:
            await asyncio.wait({worker.exit_code for worker in workers}, timeout=END_SECONDS)
        if self._fork_server is not None:
            await self._fork_server.close()

    async def _run(self, job: QueryJob, deadline: float) -> QueryResult:
        outcome = await self._run_until_long(job, deadline)
        return outcome if outcome is not None else await self._run_as_long(job, deadline)

    async def _run_until_long(self, job: QueryJob, deadline: float) -> QueryResult | None:
        """Run a job; None if it was killed because it became long and no place for long queries was free."""
        worker = await self._take(deadline)
        outcome, has_place = None, False
        try:
            worker.send(job)
            outcome = await self._wait_for_result(worker, deadline, SHORT_SECONDS)
            if outcome is None and not self._long.locked():
                has_place = await self._long.acquire()
                worker.lower_priority()
                outcome = await self._wait_for_result(worker, deadline)
        finally:
            self._give_back(worker, finished=outcome is not None)
            if has_place:
                self._long.release()
        if outcome is None and has_place:
            raise self._too_slow()
        return _result(outcome)

    async def _run_as_long(self, job: QueryJob, deadline: float) -> QueryResult:
        """Run a job from its beginning when a place for long queries is free."""
        try:
            async with asyncio.timeout_at(deadline):
                await self._long.acquire()
        except TimeoutError as error:
            raise self._too_slow() from error
        outcome = None
        try:
            worker = await self._take(deadline)
            try:
                worker.lower_priority()
                worker.send(job)
                outcome = await self._wait_for_result(worker, deadline)
            finally:
                self._give_back(worker, finished=outcome is not None)
        finally:
            self._long.release()
        result = _result(outcome)
        if result is None:
            raise self._too_slow()
        return result

    async def _wait_for_result(self, worker: Worker, deadline: float, seconds: float | None = None) -> Outcome | None:
        # None at the deadline, or after so many seconds.
        left = deadline - asyncio.get_running_loop().time()
        try:
            return await worker.result(left if seconds is None else min(seconds, left))
        except TimeoutError:
            return None

    async def _take(self, deadline: float) -> Worker:
        while True:
            worker = await self._wait_for_one(deadline)
            if worker.is_alive():
                return worker

    async def _wait_for_one(self, deadline: float) -> Worker:
        if not self.waiting and not self._idle.empty():
            return self._idle.get_nowait()
        if self.waiting >= self._settings.waiting:
            raise Busy("Too many queries are waiting. Try again in a second.")
        self.waiting += 1
        try:
            async with asyncio.timeout_at(deadline):
                return await self._idle.get()
        except TimeoutError as error:
            raise self._too_slow() from error
        finally:
            self.waiting -= 1

    def _give_back(self, worker: Worker, finished: bool) -> None:
        if finished and worker.is_alive() and not worker.retire_after_job:
            self._idle.put_nowait(worker)
        else:
            self._remove_worker(worker, "retired" if finished else "killed")

    def _on_worker_exit(self, worker: Worker) -> None:
        self._remove_worker(worker, "died")

    def _on_fork_server_exit(self) -> None:
        # Without the fork server we no longer learn when its workers exit, so replace them all.
        for worker in self._workers:
            worker.retire_after_job = True
        while not self._closed and not self._idle.empty():
            self._remove_worker(self._idle.get_nowait(), "retired")

    def _remove_worker(self, worker: Worker, cause: str) -> None:
        if worker not in self._workers:
            return
        self._workers.discard(worker)
        self.lost[cause] += 1
        worker.kill()
        if cause != "failed":
            self._replace()

    def _replace(self) -> None:
        if self._closed:
            return
        # The event loop holds tasks only weakly.
        task = asyncio.ensure_future(self._start_worker_with_retry())
        self._starting.add(task)
        task.add_done_callback(self._starting.discard)

    async def _start_worker_with_retry(self) -> None:
        while not await self._start_worker():
            await asyncio.sleep(RETRY_SECONDS)

    async def _start_worker(self) -> bool:
        worker, ready = None, False
        try:
            async with asyncio.timeout(START_SECONDS):
                fork_server = await self._ensure_fork_server()
                worker = await fork_server.fork(self._on_worker_exit)
                self._workers.add(worker)
                ready = await worker.is_ready(START_SECONDS)
        except (ConnectionError, TimeoutError):
            return False
        finally:
            if worker is not None and not ready:
                self._remove_worker(worker, "failed")
        if ready:
            self._idle.put_nowait(worker)
        return ready

    async def _ensure_fork_server(self) -> ForkServer:
        """The fork server, a new one if the last has exited."""
        if self._fork_server is None or not self._fork_server.is_alive():
            limits = self._settings.limits.dumps()
            old, self._fork_server = (
                self._fork_server,
                ForkServer(self._services, limits, self._snapshot, self._on_fork_server_exit),
            )
            if old is not None:
                await old.close()
        return self._fork_server

    def _too_slow(self) -> QueryTooSlow:
        return QueryTooSlow(
            f"The query took longer than {self._settings.timeout:g} seconds. Narrow it down or add a LIMIT."
        )


def _result(outcome: Outcome | None) -> QueryResult | None:
    if isinstance(outcome, QueryError):
        raise outcome
    return outcome
