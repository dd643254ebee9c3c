"""Granian's requests and responses as plain messages, and back: changes when RSGI does.

The protocols say what is used of the RSGI specification (version 1.6), so that nothing here imports the server.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from server.errors import BodyTooLarge, BodyTooSlow
from server.web.messages import Reply, Request

# How long a spool file is held for the server to open it.
OPENED_WITHIN = 10.0
FIRST_LOOK = 0.1


class Headers(Protocol):
    """The headers of a request; names are in lower case."""

    def get(self, key: str, default: str | None = None) -> str | None:
        """One value of a header."""

    def get_all(self, key: str) -> list[str]:
        """The values of every line of a header."""

    def keys(self) -> list[str]:
        """The names of all headers."""


class Scope(Protocol):
    """A request without its body."""

    method: str
    path: str
    query_string: str
    scheme: str
    client: str
    headers: Headers


class Transport(Protocol):
    """The body of a request and the way back to its client."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces of the body as they arrive."""

    async def client_disconnect(self) -> None:
        """Return when the client has hung up."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Answer without a body."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer with a body."""

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None:
        """Answer with the content of a file, streamed at the client's pace."""


async def read_body(scope: Scope, transport: Transport, limit: int, seconds: float) -> bytes:
    """The body of a request; raises BodyTooLarge beyond so many bytes and BodyTooSlow after so many seconds."""
    announced = scope.headers.get("content-length") or "0"
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for piece in transport:
                size += len(piece)
                if size > limit:
                    raise _too_large(limit)
                pieces.append(piece)
    except TimeoutError as error:
        raise BodyTooSlow(
            f"The body of the request had not arrived after {seconds:g} seconds. Send it again."
        ) from error
    return b"".join(pieces)


def to_request(scope: Scope, body: bytes) -> Request:
    """The plain request."""
    names = dict.fromkeys(scope.headers.keys())
    return Request(scope.method, scope.query_string, {name: all_of(scope, name) for name in names}, body)


def all_of(scope: Scope, name: str) -> str:
    """The lines of a header, joined as one list (RFC 9110, 5.3); empty if there is none."""
    values = scope.headers.get_all(name)
    return values[0] if len(values) == 1 else ", ".join(values)


def send(transport: Transport, reply: Reply, always: tuple[tuple[str, str], ...]) -> None:
    """Send a reply. always: headers that every response has."""
    headers = [*reply.headers, *always]
    if reply.content_type:
        headers.append(("Content-Type", reply.content_type))
    if reply.file is not None:
        headers.append(("Content-Length", str(len(reply.file))))
        transport.response_file(reply.status, headers, str(reply.file.path()))
        # The file is opened by its descriptor, a moment from now and in another thread.
        asyncio.get_running_loop().call_later(OPENED_WITHIN, len, reply.file)
    elif reply.body or reply.status not in (204, 304):
        transport.response_bytes(reply.status, headers, reply.body)
    else:
        transport.response_empty(reply.status, headers)


class Listening:
    """Stops the current task if its client hangs up; `async with` it, and look at `gone` after."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._task = asyncio.current_task()
        self._watch: asyncio.Task[None] | None = None
        self.gone = False

    async def __aenter__(self) -> "Listening":
        """Look from a moment later on."""
        # Most answers are there before it is worth to look.
        self._later = asyncio.get_running_loop().call_later(FIRST_LOOK, self._begin)
        return self

    async def __aexit__(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> bool:
        """Look no more."""
        self._later.cancel()
        if self._watch is not None:
            self._watch.cancel()
        if self.gone and self._task is not None:
            self._task.uncancel()
        return self.gone and isinstance(error, asyncio.CancelledError)

    def _begin(self) -> None:
        self._watch = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        await self._transport.client_disconnect()
        self.gone = True
        if self._task is not None:
            self._task.cancel()


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body of the request is larger than {limit // 1024} KiB. Send a shorter query.")
