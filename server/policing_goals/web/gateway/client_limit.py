"""Limit concurrent queries per client."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from policing_goals.errors import TooManyRequests


class ClientLimit:
    """Counts the running queries of each client; belongs to one event loop."""

    def __init__(self, limit: int) -> None:
        """limit: concurrent queries of one client, 0 for no limit."""
        self._limit = limit
        self._running: Counter[str] = Counter()

    @contextmanager
    def enter(self, client: str) -> Iterator[None]:
        """Count a query of a client while it runs; raises TooManyRequests beyond the limit."""
        if self._limit and self._running[client] >= self._limit:
            raise TooManyRequests(
                f"A client may run {self._limit} queries at once. Wait for one of them to finish, then try again."
            )
        self._running[client] += 1
        try:
            yield
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]
