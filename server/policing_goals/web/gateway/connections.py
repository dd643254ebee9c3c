"""The open connections: how many there may be, and which are closed because they do nothing.

A connection that reaches its deadline is closed; which deadline it has depends on what it is doing. When an address, or
all together, have too many, the one that has done nothing for longest makes room.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

SWEEP_SECONDS = 0.5
# Seconds without a request, where many connections are open.
SHORT_IDLE_SECONDS = 5.0
# The part of all connections beyond which they count as many.
MANY = 0.5
# Bytes that the connections of one address may have unsent, and all together, before more is refused.
UNSENT_PER_ADDRESS, UNSENT = 16 * 2**20, 64 * 2**20


@dataclass(frozen=True)
class ConnectionLimits:
    """Limits for clients.

    connections: in all; per_address: connections of one address, 0 for no limit; head, body, write and idle: seconds
    for the head and the body of a request to arrive, without progress in sending, and without a request.
    """

    connections: int = 8192
    per_address: int = 4096
    head: float = 10.0
    body: float = 10.0
    write: float = 20.0
    idle: float = 60.0


class Connection(Protocol):
    """What is needed of a connection."""

    address: str
    # When it is closed, by the clock of the event loop; None for never.
    deadline: float | None
    # Since when it has waited for its client; None while the client waits for the server.
    waits_since: float | None

    def unsent(self) -> int:
        """Bytes that the client has not taken yet."""

    def expire(self) -> None:
        """Called at the deadline."""

    def close(self) -> None:
        """Close it at once."""

    def finish(self) -> None:
        """Close it after the request under way, if there is one."""


class Connections:
    """All connections of a server; belongs to one event loop."""

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self._open: set[Connection] = set()
        self._by_address: Counter[str] = Counter()
        self._unsent: Counter[str] = Counter()
        self._sweeping = False
        self.refused = 0

    def __len__(self) -> int:
        """The number of open connections."""
        return len(self._open)

    def __iter__(self) -> Iterator[Connection]:
        """All open connections."""
        return iter(list(self._open))

    def add(self, connection: Connection) -> bool:
        """Count a new connection; False if there is no room for it, even after others were closed."""
        address, limits = connection.address, self.limits
        if limits.per_address and self._by_address[address] >= limits.per_address:
            room = self._make_room(each for each in self._open if each.address == address)
        else:
            room = len(self._open) < limits.connections or self._make_room(self._open)
        if not room:
            self.refused += 1
            return False
        self._open.add(connection)
        self._by_address[address] += 1
        if not self._sweeping:
            self._sweeping = True
            asyncio.get_running_loop().call_later(SWEEP_SECONDS, self._sweep)
        return True

    def remove(self, connection: Connection) -> None:
        """Forget a connection that is closed."""
        if connection not in self._open:
            return
        self._open.discard(connection)
        self._by_address[connection.address] -= 1
        if not self._by_address[connection.address]:
            del self._by_address[connection.address]

    def idle_seconds(self) -> float:
        """How long a connection may be without a request now."""
        many = len(self._open) > MANY * self.limits.connections
        return min(SHORT_IDLE_SECONDS, self.limits.idle) if many else self.limits.idle

    def note_unsent(self, connection: Connection) -> None:
        """Count what a connection has just been given and not sent."""
        self._unsent[connection.address] += connection.unsent()

    def takes_more(self, address: str) -> bool:
        """Whether more may be made for the clients at an address: false if they do not read what they have."""
        return self._unsent[address] <= UNSENT_PER_ADDRESS and self._unsent.total() <= UNSENT if self._unsent else True

    def _make_room(self, candidates: "Iterator[Connection] | set[Connection]") -> bool:
        waiting = [each for each in candidates if each.waits_since is not None]
        if not waiting:
            return False
        oldest = min(waiting, key=lambda each: each.waits_since or 0.0)
        oldest.close()
        self.remove(oldest)
        return True

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        self._unsent.clear()
        for connection in list(self._open):
            unsent = connection.unsent()
            if unsent:
                self._unsent[connection.address] += unsent
            if connection.deadline is not None and connection.deadline <= now:
                connection.expire()
        self._sweeping = bool(self._open)
        if self._sweeping:
            loop.call_later(SWEEP_SECONDS, self._sweep)
