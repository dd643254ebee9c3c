"""One snapshot in service: changes when there is more to a snapshot in service.

A new snapshot gets an edition of its own, so no answer mixes two.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from policing_goals.engine.dataset import Dataset, read_snapshot
from policing_goals.engine.pool import Pool, PoolSettings
from policing_goals.engine.query_job import AsyncQueryRunner, QueryJob, QueryResult
from policing_goals.engine.result_cache import ResultCache

POLL_SECONDS = 0.1


class LiveSnapshot:
    """A dataset with the workers that answer queries on it and the answers that are kept."""

    def __init__(self, dataset: Dataset, pool: Pool, cache: ResultCache) -> None:
        self.dataset = dataset
        self.pool = pool
        self.cache = cache
        self._users = 0

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot."""
        return self.pool.version

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """Keep the edition from being retired meanwhile."""
        self._users += 1
        try:
            yield
        finally:
            self._users -= 1

    async def retire(self) -> None:
        """Wait until nobody uses it any more, then end the workers."""
        while self._users:
            await asyncio.sleep(POLL_SECONDS)
        await self.pool.close()


async def open_live_snapshot(
    directory: Path, services: frozenset[str], rules: PoolSettings, cache: int
) -> LiveSnapshot:
    """The edition of the snapshot in a directory; raises SnapshotError if there is none that can be served.

    services: the IRIs of the endpoints that a SERVICE clause may ask; rules: how queries
    are shared out; cache: bytes of answers to keep.
    """
    snapshot = await asyncio.to_thread(read_snapshot, directory)
    pool = Pool(snapshot, services, rules)
    dataset, _ = await asyncio.gather(asyncio.to_thread(snapshot.open, services), pool.open())
    return LiveSnapshot(dataset, pool, ResultCache(pool, cache))


T = TypeVar("T")


class BlockingRunner:
    """Answers jobs of any thread but the event loop's own, and waits for each."""

    def __init__(self, behind: AsyncQueryRunner, loop: asyncio.AbstractEventLoop) -> None:
        self._behind = behind
        self._loop = loop

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""
        return self._behind.version

    def answer(self, job: QueryJob) -> QueryResult:
        """The whole answer to a job; raises QueryError for a query that gets none."""
        return asyncio.run_coroutine_threadsafe(self._behind.answer(job), self._loop).result()


class EventLoopThread:
    """An event loop in a thread of its own, for programs that have none."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something in the loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def close(self) -> None:
        """Stop the loop and its thread."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()
