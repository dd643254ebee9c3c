"""Places for requests that take turns by client, in an event loop."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from policing_goals.engine.scheduling import FairQueue, Ticket
from policing_goals.errors import TooManyRequests, message

# Weight of the latest request in the average that Retry-After is estimated from.
LATEST = 0.05


@dataclass(eq=False, kw_only=True)
class _Waiting(Ticket):
    """A request that waits for a place."""

    admitted: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Turns:
    """A number of places, and queues for them; belongs to one event loop."""

    def __init__(self, places: int, per_client: int, share: int) -> None:
        """places: requests at once; share: those of one client; per_client: those that may wait, 0 for no limit.

        Without a limit, a client may have all places: several may look like one.
        """
        self._free = self._places = places
        self._share = share if per_client else places
        self._per_client = per_client
        self._held: Counter[str] = Counter()
        self._queue: FairQueue[_Waiting] = FairQueue()
        self._average = 0.05

    @asynccontextmanager
    async def enter(self, client: str) -> AsyncIterator[None]:
        """Wait for a place, and have it in the context. Raises TooManyRequests if too many of the client wait."""
        await self._wait(client)
        begun = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - begun
            self._average += LATEST * (seconds - self._average)
            self._queue.charge(client, seconds)
            self._release(client)

    async def _wait(self, client: str) -> None:
        if self._free and self._may(client):
            self._take(client)
            return
        own = self._queue.waiting(client)
        if self._per_client and own >= self._per_client:
            seconds = max(1, math.ceil(own * self._average / self._places))
            raise TooManyRequests(
                message("{number} of your requests are waiting. Let some finish, then try again.", number=own), seconds
            )
        waiting = _Waiting(client)
        self._queue.push(waiting)
        try:
            await waiting.admitted
        except asyncio.CancelledError:
            if not self._queue.remove(waiting) and waiting.admitted.done() and not waiting.admitted.cancelled():
                self._release(client)
            raise

    def _may(self, client: str) -> bool:
        return self._held[client] < self._share

    def _take(self, client: str) -> None:
        self._free -= 1
        self._held[client] += 1

    def _release(self, client: str) -> None:
        self._free += 1
        self._held[client] -= 1
        if not self._held[client]:
            del self._held[client]
        while self._free and any(map(self._may, self._queue.clients())):
            waiting = self._queue.pop_of(self._may)
            if not waiting.admitted.done():
                self._take(waiting.client)
                waiting.admitted.set_result(None)
