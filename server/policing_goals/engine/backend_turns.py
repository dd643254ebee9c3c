"""Whose queries are at the back end: so many at once, and of one client a part of them."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from policing_goals.engine.scheduling import WAITING_BYTES, too_many_queries, too_many_waiting

# One client has at most one of so many parts of the connections.
PARTS = 4


@dataclass
class _Client:
    places: asyncio.Semaphore
    queries: int = field(default=0)


class BackendTurns:
    """Belongs to one event loop."""

    def __init__(self, connections: int, waiting: int, per_client: int) -> None:
        """connections: queries at the back end at once; waiting: those that may wait, in all and of one client.

        If one client may have any number (0), it may have all connections too: several clients may look like one.
        """
        self._places = asyncio.Semaphore(connections)
        self._share = max(1, connections // PARTS) if per_client else connections
        self._per_client = per_client
        self._most = connections + waiting
        self._clients: dict[str, _Client] = {}
        self._bytes = 0

    def __len__(self) -> int:
        """The number of queries, including those that wait."""
        return sum(each.queries for each in self._clients.values())

    @contextmanager
    def admitted(self, client: str, size: int) -> Iterator[None]:
        """While a query of so many bytes is under way; raises TooManyRequests or Busy if too many are."""
        own = self._clients.setdefault(client, _Client(asyncio.Semaphore(self._share)))
        try:
            waiting = own.queries - self._share
            if self._per_client and waiting >= self._per_client:
                raise too_many_waiting(waiting, 1)
            if len(self) >= self._most or self._bytes + size > WAITING_BYTES:
                raise too_many_queries()
            own.queries += 1
            self._bytes += size
            try:
                yield
            finally:
                own.queries -= 1
                self._bytes -= size
        finally:
            if not own.queries:
                self._clients.pop(client, None)

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """While a query of an admitted client is at the back end; waits until it may."""
        async with self._clients[client].places, self._places:
            yield
