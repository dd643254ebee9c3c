"""Pool of killable query workers.

Each query runs in a process that can be paused and killed. The scheduler decides which queries run; this module
measures the CPU time that they use and does what it says. The time limit counts from arrival, waiting included. All of
this happens in one event loop.

A query waits, runs, is paused, runs again, until one of these ends it: its result, the death of its worker, its time
limit (the worker is killed), or its client, who leaves (the worker is killed too).
"""

import asyncio
import logging
from collections import Counter, deque
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from policing_goals.engine.backend_messages import NO_BACKEND, BackendSettings
from policing_goals.engine.evaluator import QueryLimits
from policing_goals.engine.fork_server import pack_snapshot
from policing_goals.engine.ipc import Frame
from policing_goals.engine.query_job import WorkerTask
from policing_goals.engine.scheduling import Places, Scheduler, Stage, Ticket
from policing_goals.engine.snapshot import Snapshot
from policing_goals.engine.worker_process import ForkServer, Worker, cause_of_death
from policing_goals.errors import Message, QueryError, QueryTooSlow, SnapshotError, message

LOGGER = logging.getLogger(__name__)
QUERY_HANDLER = "policing_goals.engine.worker:query_handler"
SWEEP_SECONDS = 0.025
START_SECONDS = 30.0
END_SECONDS = 5.0
RETRY_SECONDS = 1.0
NICE = {Stage.MIDDLE: 12, Stage.LONG: 19}
PAUSED_PER_WORKER = 2
# Where a query may wait for another endpoint, waiting counts as this part of CPU time.
IDLE_SHARE = 0.05
T = TypeVar("T")


@dataclass(frozen=True)
class PoolSettings:
    """The settings of a pool.

    workers: queries that run at once; waiting: queries that may wait; timeout: seconds from arrival; limits: of a
    query; handler: of jobs (see fork_server); per_client: queries of one client that may wait, 0 for no limit; backend:
    what evaluates the queries instead, if its URL is not empty.
    """

    workers: int
    waiting: int
    timeout: float
    limits: QueryLimits
    handler: str = QUERY_HANDLER
    per_client: int = 0
    backend: BackendSettings = NO_BACKEND

    def places(self) -> Places:
        """The places of the scheduler."""
        return Places(self.workers, PAUSED_PER_WORKER * self.workers, self.waiting, self.per_client)


@dataclass(eq=False, kw_only=True)
class _Query(Ticket):
    """A job under way.

    worker: that it has, if any; before: the CPU seconds that this had used before; since: when it got the worker.
    """

    job: WorkerTask[Any]
    deadline: float
    outcome: "asyncio.Future[Any]"
    worker: Worker | None = None
    before: float = 0.0
    since: float = 0.0


class Pool:
    """Runs jobs in worker processes; belongs to one event loop."""

    def __init__(self, snapshot: Snapshot, services: frozenset[str], settings: PoolSettings) -> None:
        """A pool for a snapshot, to be opened before it runs jobs."""
        self._settings = settings
        self._services = services
        self._snapshot = pack_snapshot(snapshot)
        self.version = snapshot.manifest.sha256()
        self._scheduler: Scheduler[_Query] = Scheduler(settings.places())
        # In the order of their deadlines.
        self._queries: dict[_Query, None] = {}
        self._unassigned: deque[_Query] = deque()
        self._fork_server: ForkServer | None = None
        self._workers: dict[Worker, _Query | None] = {}
        self._idle: list[Worker] = []
        self._starting: set[asyncio.Task[None]] = set()
        self._ending: set[asyncio.Task[None]] = set()
        self._sweeping = False
        self._closed = False
        self.lost: Counter[str] = Counter()

    @property
    def running(self) -> int:
        """The number of queries under way, including those that wait."""
        return len(self._queries)

    @property
    def waiting(self) -> int:
        """The number of queries that wait for a worker."""
        return self._scheduler.waiting

    @property
    def paused(self) -> int:
        """The number of queries that are paused."""
        return self._scheduler.paused

    @property
    def problem(self) -> Message | str | None:
        """Why no query can be answered now, as far as that does not lie with the workers."""
        return None

    async def open(self) -> None:
        """Start the workers; returns when the first is ready. Raises SnapshotError if it cannot open the snapshot."""
        if not await self._start_worker():
            cause = await self._cause_of_failure()
            await self.close()
            raise SnapshotError(f"The snapshot could not be opened. {cause}")
        self._keep_number_of_workers()

    async def run(self, job: WorkerTask[T], client: str = "", admitted: bool = False) -> T:
        """The complete outcome of a job.

        client: whose queries take turns with those of others; admitted: whether it may wait however many do. Raises
        QueryError for a query that fails: QueryTooSlow after the time limit, QueryTooDeep, QueryOutOfMemory and
        ResultTooLarge beyond the others, TooManyRequests and Busy if too many wait.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.timeout
        size = len(job.frame.head) + len(job.frame.body)
        query = _Query(client, size, job=job, deadline=deadline, outcome=loop.create_future())
        self._scheduler.add(query, admitted)
        self._queries[query] = None
        self._step()
        if not self._sweeping:
            self._sweeping = True
            loop.call_later(SWEEP_SECONDS, self._sweep)
        try:
            return cast(T, await query.outcome)
        finally:
            if query in self._queries:
                self._forget(query, "left")

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

    def _step(self) -> None:
        step = self._scheduler.step()
        for query in step.pause:
            if query.worker is not None:
                query.worker.pause()
            elif query in self._unassigned:
                self._unassigned.remove(query)
        for query in step.stop:
            if query.worker is not None:
                self._take_worker(query, "preempted")
        for query in step.run:
            self._run(query)
        if step.pause or any(query.stage is not Stage.SHORT for query in step.run):
            self._keep_number_of_workers()

    def _run(self, query: _Query) -> None:
        if query.worker is not None:
            query.worker.resume()
        elif self._idle:
            self._assign(query, self._idle.pop())
        else:
            self._unassigned.append(query)

    def _assign(self, query: _Query, worker: Worker) -> None:
        self._workers[worker], query.worker = query, worker
        query.before, query.since = worker.cpu_seconds(), asyncio.get_running_loop().time()
        if query.stage in NICE:
            worker.lower_priority(NICE[query.stage])
        worker.send(query.job)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._sweeping = bool(self._queries)
        if self._sweeping:
            loop.call_later(SWEEP_SECONDS, self._sweep)
        for query in list(self._workers.values()):
            if query is not None and query.worker is not None and not query.worker.paused:
                self._measure(query, now)
        for query in list(self._queries):
            if query.deadline > now:
                break
            self._end(query, self._too_slow(), "killed")
        self._step()

    def _measure(self, query: _Query, now: float) -> None:
        worker, stage = query.worker, query.stage
        if worker is None:
            return
        seconds = worker.cpu_seconds() - query.before
        if self._services:
            seconds = max(seconds, (now - query.since) * IDLE_SHARE)
        self._scheduler.use(query, max(seconds, query.used))
        if query.stage is not stage:
            worker.lower_priority(NICE[query.stage])

    def _end(self, query: _Query, outcome: object, cause: str = "") -> None:
        """Give a query its outcome. cause: why its worker, if it still has one, is killed."""
        self._forget(query, cause)
        if query.outcome.done():
            return
        if isinstance(outcome, QueryError):
            query.outcome.set_exception(outcome)
        else:
            query.outcome.set_result(outcome)

    def _forget(self, query: _Query, cause: str) -> None:
        """Remove a query at once, as it must not be paused any more, and kill its worker, if it still has one."""
        self._queries.pop(query, None)
        self._take_worker(query, cause)
        if query in self._unassigned:
            self._unassigned.remove(query)
        self._scheduler.remove(query)
        self._step()

    def _take_worker(self, query: _Query, cause: str) -> None:
        worker, query.worker = query.worker, None
        if worker is not None:
            self._workers[worker] = None
            self._remove_worker(worker, cause)

    def _on_worker_ready(self, worker: Worker) -> None:
        if self._unassigned:
            self._assign(self._unassigned.popleft(), worker)
        else:
            self._idle.append(worker)

    def _on_outcome(self, worker: Worker, frame: Frame) -> None:
        query, self._workers[worker] = self._workers[worker], None
        if query is None:
            return
        query.worker = None
        outcome = query.job.load(frame, worker.files)
        self._scheduler.use(query, max(worker.cpu_seconds() - query.before, query.used))
        if worker.retire_after_job or self._awake_workers() > self._settings.workers:
            self._remove_worker(worker, "retired")
        else:
            self._on_worker_ready(worker)
        self._end(query, outcome)

    def _on_worker_exit(self, worker: Worker) -> None:
        query = self._workers.get(worker)
        if query is None:
            self._remove_worker(worker, "died")
        else:
            query.worker = None
            task = asyncio.ensure_future(self._explain_exit(worker, query))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    async def _explain_exit(self, worker: Worker, query: _Query) -> None:
        code, words = await worker.exit_code, worker.last_words()
        cause, error = cause_of_death(code, words)
        LOGGER.warning("Worker %d exited with code %d (%s). %s", worker.pid, code, cause, words.strip())
        self._workers[worker] = None
        self._remove_worker(worker, cause)
        self._end(query, error)

    def _on_fork_server_exit(self) -> None:
        # Without the fork server we no longer learn when its workers exit, so replace them all.
        for worker in self._workers:
            worker.retire_after_job = True
        while not self._closed and self._idle:
            self._remove_worker(self._idle.pop(), "retired")

    def _remove_worker(self, worker: Worker, cause: str) -> None:
        if worker not in self._workers:
            return
        del self._workers[worker]
        if worker in self._idle:
            self._idle.remove(worker)
        self.lost[cause] += 1
        worker.kill()
        if cause != "failed":
            self._keep_number_of_workers()

    def _awake_workers(self) -> int:
        return sum(not worker.paused for worker in self._workers) + len(self._starting)

    def _keep_number_of_workers(self) -> None:
        """Fork as many workers as may run at once, and end idle ones beyond that."""
        while not self._closed and self._awake_workers() < self._settings.workers:
            # The event loop holds tasks only weakly.
            task = asyncio.ensure_future(self._start_worker_with_retry())
            self._starting.add(task)
            task.add_done_callback(self._on_worker_started)
        while self._idle and self._awake_workers() > self._settings.workers:
            self._remove_worker(self._idle.pop(0), "retired")

    def _on_worker_started(self, task: "asyncio.Task[None]") -> None:
        self._starting.discard(task)
        # Another worker may have exited between the end of the task and this call, which counted both until now.
        if not task.cancelled() and task.exception() is None:
            self._keep_number_of_workers()

    async def _start_worker_with_retry(self) -> None:
        while not await self._start_worker():
            await asyncio.sleep(RETRY_SECONDS)

    async def _start_worker(self) -> bool:
        worker, ready = None, False
        try:
            fork_server = await self._ensure_fork_server()
            # However long that takes: a large snapshot is no fault.
            if not await fork_server.opened():
                return False
            async with asyncio.timeout(START_SECONDS):
                worker = await fork_server.fork(self._on_outcome, self._on_worker_exit)
                # It may have exited since it became ready.
                ready = await worker.ready and worker.is_alive()
        except (ConnectionError, TimeoutError):
            return False
        finally:
            if worker is not None and not ready:
                worker.kill()
                self.lost["failed"] += 1
        if worker is not None and ready:
            self._workers[worker] = None
            self._on_worker_ready(worker)
        return ready

    async def _cause_of_failure(self) -> str:
        server = self._fork_server
        if server is not None and not server.is_alive():
            return await server.cause()
        return f"A worker was not ready within {START_SECONDS:g} seconds. Is the machine overloaded?"

    async def _ensure_fork_server(self) -> ForkServer:
        """The fork server, a new one if the last has exited."""
        if self._fork_server is None or not self._fork_server.is_alive():
            limits, handler = self._settings.limits.dumps(), self._settings.handler
            remote = bool(self._settings.backend.url)
            old, self._fork_server = (
                self._fork_server,
                ForkServer(self._services, limits, handler, remote, self._snapshot, self._on_fork_server_exit),
            )
            if old is not None:
                await old.close()
        return self._fork_server

    def _too_slow(self) -> QueryTooSlow:
        return QueryTooSlow(
            message(
                "The query took longer than {seconds} seconds. Narrow it down or add a LIMIT.",
                seconds=f"{self._settings.timeout:g}",
            )
        )
