"""One snapshot in service: changes when there is more to a snapshot in service.

A new snapshot gets an edition of its own, so no answer mixes two.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policing_goals.engine.cache import Cache
from policing_goals.engine.pool import Pool, Rules
from policing_goals.engine.store import Dataset, read_snapshot

LOOKED_AFTER = 0.1


class Edition:
    """A dataset with the workers that answer queries on it and the answers that are kept."""

    def __init__(self, dataset: Dataset, pool: Pool, cache: Cache) -> None:
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
            await asyncio.sleep(LOOKED_AFTER)
        await self.pool.close()


async def open_edition(directory: Path, services: frozenset[str], rules: Rules, cache: int) -> Edition:
    """The edition of the snapshot in a directory; raises SnapshotError if there is none that can be served.

    services: the IRIs of the endpoints that a SERVICE clause may ask; rules: how queries
    are shared out; cache: bytes of answers to keep.
    """
    snapshot = await asyncio.to_thread(read_snapshot, directory)
    pool = Pool(snapshot, services, rules)
    dataset, _ = await asyncio.gather(asyncio.to_thread(snapshot.open, services), pool.open())
    return Edition(dataset, pool, Cache(pool, cache))
