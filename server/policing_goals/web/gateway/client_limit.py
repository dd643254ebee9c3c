"""How much one client may ask at once: changes when clients are told apart otherwise."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from policing_goals.errors import TooManyRequests


class ClientLimit:
    """Counts the queries that each client has under way; belongs to one event loop."""

    def __init__(self, limit: int) -> None:
        """limit: queries of one client at once, 0 for no limit."""
        self._limit = limit
        self._inside: Counter[str] = Counter()

    @contextmanager
    def enter(self, client: str) -> Iterator[None]:
        """Let a query of a client in for as long as it runs; raises TooManyRequests for one too many."""
        if self._limit and self._inside[client] >= self._limit:
            raise TooManyRequests(
                f"One client may have {self._limit} queries under way at once. Wait for one of them, then ask again."
            )
        self._inside[client] += 1
        try:
            yield
        finally:
            self._inside[client] -= 1
            if not self._inside[client]:
                del self._inside[client]
