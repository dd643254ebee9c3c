"""A pool whose queries a back end evaluates.

A worker reads a job, and says what the back end is to be asked; the reply goes to a worker again, which does the job
with it. So all limits of workers hold, and none of them waits for the network.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeVar, cast

from policing_goals.engine.backend import Backend
from policing_goals.engine.backend_messages import BackendRequest
from policing_goals.engine.backend_monitor import BackendMonitor
from policing_goals.engine.pool import Pool, PoolSettings
from policing_goals.engine.query_job import WorkerTask
from policing_goals.engine.remote_jobs import FirstStep, SecondStep
from policing_goals.engine.scheduling import WAITING_BYTES, too_many_queries
from policing_goals.engine.snapshot import Snapshot
from policing_goals.engine.turns import Turns
from policing_goals.errors import BackendFailed, Message

# One client has at most one of so many parts of the connections.
PARTS = 4
T = TypeVar("T")


class RemotePool(Pool):
    """Runs jobs with a back end; belongs to one event loop."""

    def __init__(self, snapshot: Snapshot, services: frozenset[str], settings: PoolSettings) -> None:
        """See Pool; the back end must have the snapshot. Raises OSError without the file for the authorization."""
        # A query waits for a worker twice, so its client's queries are counted here.
        super().__init__(snapshot, services, replace(settings, per_client=0))
        connections = settings.backend.connections
        self._backend = Backend(settings.backend, settings.timeout)
        self._turns = Turns(connections, settings.per_client, max(1, connections // PARTS))
        self._most = connections + settings.waiting
        self._jobs = self._bytes = 0
        self._monitor = BackendMonitor(settings.backend, snapshot.manifest)

    @property
    def running(self) -> int:
        """The number of queries under way, including those that wait."""
        return self._jobs

    @property
    def problem(self) -> Message | str | None:
        """Why the back end cannot be asked."""
        return self._monitor.problem

    async def open(self) -> None:
        """See Pool; also looks at the back end."""
        await self._monitor.start()
        await super().open()

    async def run(self, job: WorkerTask[T], client: str = "", admitted: bool = False) -> T:
        """See Pool; also raises BackendFailed."""
        if self.problem is not None:
            raise BackendFailed(self.problem)
        with self._counted(len(job.frame.body)):
            try:
                async with asyncio.timeout(self._settings.timeout):
                    return await self._run_in_steps(job, client, admitted)
            except TimeoutError as error:
                raise self._too_slow() from error

    async def close(self) -> None:
        """End every query, kill every worker, and look no more."""
        await self._monitor.close()
        await self._backend.aclose()
        await super().close()

    async def _run_in_steps(self, job: WorkerTask[T], client: str, admitted: bool) -> T:
        outcome = await super().run(FirstStep(job), client, admitted)
        if not isinstance(outcome, BackendRequest):
            return cast(T, outcome)
        # In its turn until the end, so that no more replies than turns are in memory.
        async with self._turns.enter(client):
            limits = self._settings.limits
            reply = await self._backend.query(outcome, limits.result, limits.spool)
            return await super().run(SecondStep(job, reply), client, admitted=True)

    @contextmanager
    def _counted(self, size: int) -> Iterator[None]:
        if self._jobs >= self._most or self._bytes + size > WAITING_BYTES:
            raise too_many_queries()
        self._jobs += 1
        self._bytes += size
        try:
            yield
        finally:
            self._jobs -= 1
            self._bytes -= size
