"""Granian's requests and responses as plain messages, and back: changes when RSGI does.

The protocols say what is used of the RSGI specification (version 1.6), so that nothing here imports the server.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Protocol

from policing_goals.errors import BadRequest, BodyTooLarge, BodyTooSlow, LengthRequired
from policing_goals.web.http.messages import Reply, Request

# How long a spool file is held for the server to open it.
FILE_HOLD_SECONDS = 10.0
POLL_AFTER_SECONDS = 0.1
CACHED_HOSTS = 64
# As Granian says it, and as the specification of RSGI does.
HTTP_1_0 = ("1", "1.0")
LENGTH = re.compile(r"[0-9]{1,18}")
HOST = re.compile(
    r"(?:(?P<name>(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)
LAST_PORT = 65535


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
    http_version: str
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
    """The body of a request, none if the head announces none.

    Raises BodyTooLarge beyond so many bytes, BodyTooSlow after so many seconds, and
    LengthRequired or BadRequest for a body that cannot be known to have come whole.
    """
    size = _content_length(scope)
    if size > limit:
        raise _too_large(limit)
    pieces: list[bytes] = []
    try:
        async with asyncio.timeout(seconds if size else None):
            if size:
                pieces += [piece async for piece in transport]
    except TimeoutError as error:
        raise BodyTooSlow(
            f"The body of the request had not arrived after {seconds:g} seconds. Send it again."
        ) from error
    body = b"".join(pieces)
    if len(body) < size:
        raise BadRequest(f"The body ended after {len(body)} of {size} bytes. Send it again.")
    return body


def _content_length(scope: Scope) -> int:
    if scope.headers.get("transfer-encoding") is not None:
        # A chunked body that breaks off looks to an application like one that ends.
        raise LengthRequired("Send the body with a Content-Length, not in chunks.")
    announced = scope.headers.get("content-length") or "0"
    if not LENGTH.fullmatch(announced):
        raise BadRequest(f"Content-Length is {announced[:30]!r}, which is no number of bytes.")
    return int(announced)


def validate_host(scope: Scope) -> None:
    """Raise BadRequest unless there is exactly one Host, and it is one (RFC 9112, 3.2); HTTP/1.0 may have none."""
    hosts = scope.headers.get_all("host")
    if len(hosts) == 1 and _is_valid_host(hosts[0]):
        return
    if hosts or scope.http_version not in HTTP_1_0:
        raise BadRequest("Send exactly one Host header with a host name or address, and a port if need be.")


@lru_cache(CACHED_HOSTS)
def _is_valid_host(text: str) -> bool:
    match = HOST.fullmatch(text)
    if match is None or int(match["port"] or 0) > LAST_PORT:
        return False
    try:
        return bool(match["name"].encode().decode("idna") if match["name"] else IPv6Address(match["address"]))
    except (AddressValueError, UnicodeError):
        return False


def to_request(scope: Scope, body: bytes) -> Request:
    """The plain request."""
    names = dict.fromkeys(scope.headers.keys())
    return Request(scope.method, scope.query_string, {name: header_value(scope, name) for name in names}, body)


def header_value(scope: Scope, name: str) -> str:
    """The lines of a header, joined as one list (RFC 9110, 5.3); empty if there is none."""
    values = scope.headers.get_all(name)
    return values[0] if len(values) == 1 else ", ".join(values)


def write_reply(transport: Transport, reply: Reply, always: tuple[tuple[str, str], ...]) -> None:
    """Send a reply. always: headers that every response has."""
    headers = [*reply.headers, *always]
    if reply.content_type:
        headers.append(("Content-Type", reply.content_type))
    if reply.file is not None:
        headers.append(("Content-Length", str(len(reply.file))))
        transport.response_file(reply.status, headers, str(reply.file.path()))
        # The file is opened by its descriptor, a moment from now and in another thread.
        asyncio.get_running_loop().call_later(FILE_HOLD_SECONDS, len, reply.file)
    elif reply.body or reply.status not in (204, 304):
        transport.response_bytes(reply.status, headers, reply.body)
    else:
        transport.response_empty(reply.status, headers)


class CancelOnDisconnect:
    """Stops the current task if its client hangs up; `async with` it, and look at `gone` after."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._task = asyncio.current_task()
        self._watch: asyncio.Task[None] | None = None
        self.gone = False

    async def __aenter__(self) -> "CancelOnDisconnect":
        """Look from a moment later on."""
        # Most answers are there before it is worth to look.
        self._later = asyncio.get_running_loop().call_later(POLL_AFTER_SECONDS, self._begin)
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
