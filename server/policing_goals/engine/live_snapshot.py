"""A live snapshot: its dataset, worker pool and result cache; and how threads run queries on it.

A new snapshot gets workers and a cache of its own, so no result mixes two. The workers belong to one event loop, and
pages run in threads.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.pool import Pool, PoolSettings
from policing_goals.engine.query_job import AsyncQueryRunner, QueryJob, QueryResult
from policing_goals.engine.result_cache import ResultCache
from policing_goals.engine.snapshot import Snapshot, read_snapshot
from policing_goals.model.snapshot_locks import hold_current

POLL_SECONDS = 0.1
T = TypeVar("T")


class LiveSnapshot:
    """A dataset with the workers that query it and the cache of their results."""

    def __init__(self, dataset: Dataset, pool: Pool, cache: ResultCache) -> None:
        self.dataset = dataset
        self.pool = pool
        self.cache = cache
        self._users = 0
        self._verification: asyncio.Future[None] | None = None

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot."""
        return self.pool.version

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the snapshot from being retired in the meantime."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1

    def verify_files(self) -> None:
        """Look for damaged downloads in another thread; each is compared again when it is first sent."""
        if self.dataset.files is not None:
            self._verification = asyncio.ensure_future(asyncio.to_thread(self.dataset.files.verify))

    async def retire(self) -> None:
        """Wait until no request uses the snapshot any more, then end the workers."""
        while self._users:
            await asyncio.sleep(POLL_SECONDS)
        await self.pool.close()


@dataclass(frozen=True)
class LiveSettings:
    """What is served, and how.

    directory: of the snapshots; pin: the beginning of the SHA-256 of the one to serve, empty for the newest; services:
    the IRIs of the endpoints that a SERVICE clause may query; pool: of the workers; cache: bytes of results to cache.
    """

    directory: Path
    pin: str
    services: frozenset[str]
    pool: PoolSettings
    cache: int


def served_name(settings: LiveSettings) -> str:
    """The SHA-256 of the snapshot that would be opened; raises SnapshotError if there is none."""
    with closing(hold_current(settings.directory, settings.pin)) as held:
        return held.path.name


async def open_live_snapshot(settings: LiveSettings) -> LiveSnapshot:
    """Open a snapshot; raises SnapshotError if there is none that can be served."""
    snapshot = await asyncio.to_thread(read_snapshot, settings.directory, settings.pin)
    pool = _pool_of(snapshot, settings)
    dataset, _ = await asyncio.gather(asyncio.to_thread(snapshot.open, settings.services), pool.open())
    live = LiveSnapshot(dataset, pool, ResultCache(pool, settings.cache))
    live.verify_files()
    return live


def _pool_of(snapshot: Snapshot, settings: LiveSettings) -> Pool:
    if not settings.pool.backend.url:
        return Pool(snapshot, settings.services, settings.pool)
    # It needs aiohttp, which no other server needs.
    from policing_goals.engine.remote_pool import RemotePool

    return RemotePool(snapshot, settings.services, settings.pool)


class BlockingRunner:
    """Runs the jobs of any thread but the event loop's own, and waits for each."""

    def __init__(self, runner: AsyncQueryRunner, loop: asyncio.AbstractEventLoop) -> None:
        self._runner = runner
        self._loop = loop

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the results come from."""
        return self._runner.version

    def run(self, job: QueryJob) -> QueryResult:
        """The complete result of a job; raises QueryError for a query that fails."""
        return asyncio.run_coroutine_threadsafe(self._runner.run(job), self._loop).result()


class EventLoopThread:
    """An event loop in a thread of its own, for programs without one."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine in the loop and wait for its result."""
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    def close(self) -> None:
        """Stop the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
