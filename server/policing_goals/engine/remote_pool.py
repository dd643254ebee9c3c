"""A pool whose queries a back end evaluates.

A worker reads a job, and says what the back end is to be asked; the reply goes to a worker again, which does the job
with it. So all limits of workers hold, and none of them waits for the network.
"""

import asyncio
from dataclasses import replace
from typing import TypeVar, cast

from policing_goals.engine.backend import Backend, BackendRequest
from policing_goals.engine.backend_monitor import BackendMonitor
from policing_goals.engine.backend_turns import BackendTurns
from policing_goals.engine.pool import Pool, PoolSettings
from policing_goals.engine.query_job import WorkerTask
from policing_goals.engine.remote_jobs import FirstStep, SecondStep
from policing_goals.engine.snapshot import Snapshot
from policing_goals.errors import BackendFailed

T = TypeVar("T")


class RemotePool(Pool):
    """Runs jobs with a back end; belongs to one event loop."""

    def __init__(self, snapshot: Snapshot, services: frozenset[str], settings: PoolSettings) -> None:
        """See Pool; the back end must have the snapshot. Raises OSError without the file for the authorization."""
        # A query waits for a worker twice, so its client's queries are counted here.
        super().__init__(snapshot, services, replace(settings, per_client=0))
        self._backend = Backend(settings.backend, settings.timeout)
        self._turns = BackendTurns(settings.backend.connections, settings.waiting, settings.per_client)
        self.monitor = BackendMonitor(settings.backend, snapshot.manifest)

    @property
    def running(self) -> int:
        """The number of queries under way, including those that wait."""
        return len(self._turns)

    async def open(self) -> None:
        """See Pool; also looks at the back end."""
        await self.monitor.start()
        await super().open()

    async def run(self, job: WorkerTask[T], client: str = "") -> T:
        """See Pool; also raises BackendFailed."""
        if self.monitor.problem is not None:
            raise BackendFailed(self.monitor.problem)
        with self._turns.admitted(client, len(job.frame.body)):
            try:
                async with asyncio.timeout(self._settings.timeout):
                    return await self._run_in_steps(job, client)
            except TimeoutError as error:
                raise self._too_slow() from error

    async def close(self) -> None:
        """End every query, kill every worker, and look no more."""
        await self.monitor.close()
        self._backend.close()
        await super().close()

    async def _run_in_steps(self, job: WorkerTask[T], client: str) -> T:
        outcome = await super().run(FirstStep(job), client)
        if not isinstance(outcome, BackendRequest):
            return cast(T, outcome)
        async with self._turns.turn(client):
            limits = self._settings.limits
            reply = await self._backend.query(outcome, limits.result, limits.spool)
        return await super().run(SecondStep(job, reply), client)
