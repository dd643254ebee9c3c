"""Requests and replies as plain values: changes when a handler must see or say more of HTTP.

Handlers are functions from a Request to a Reply, so that any server can call them.
"""

from collections.abc import Mapping
from typing import NamedTuple

from policing_goals.engine.spool import Spool

# Bytes that the body of a request may have: a query of a megabyte is no question.
BODY_LIMIT = 2**20


class Request(NamedTuple):
    """One HTTP request.

    query: the query string as it came, without the question mark; headers: values
    by lower-case name, several lines of one name joined by ", " (RFC 9110, 5.3); body: as it came.
    """

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""

    def header(self, name: str) -> str:
        """The value of a header, empty if it is missing."""
        return self.headers.get(name, "")


class Reply(NamedTuple):
    """One HTTP response; content_type with its charset where the type has one.

    file: holds the body instead if it is large.
    """

    status: int
    content_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()
    file: Spool | None = None

    def size(self) -> int:
        """The number of bytes of the body."""
        return len(self.body) if self.file is None else len(self.file)
