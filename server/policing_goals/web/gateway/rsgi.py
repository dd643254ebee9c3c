"""RSGI types (specification 1.6), and reading and writing messages. Nothing here imports the server."""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Protocol

from policing_goals.errors import BadRequest, BodyTooLarge, BodyTooSlow, LengthRequired
from policing_goals.web.http.messages import Headers, Reply, Request

# Seconds that a spool file is held for the server to open it.
FILE_HOLD_SECONDS = 10.0
POLL_AFTER_SECONDS = 0.1
CACHED_HOSTS = 64
# Granian's form and that of the RSGI specification.
HTTP_1_0 = ("1", "1.0")
LENGTH = re.compile(r"[0-9]{1,18}")
HOST = re.compile(
    r"(?:(?P<name>(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)
LAST_PORT = 65535


class RequestHeaders(Protocol):
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
    headers: RequestHeaders


class Transport(Protocol):
    """The body of a request, and the response to it."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The pieces of the body as they arrive."""

    async def client_disconnect(self) -> None:
        """Return when the client has disconnected."""

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        """Answer without a body."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        """Answer with a body."""

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None:
        """Answer with the content of a file, streamed at the client's pace."""


async def read_body(scope: Scope, transport: Transport, limit: int, seconds: float) -> bytes:
    """The body of a request, empty if its head has no length.

    Raises BodyTooLarge beyond the limit in bytes, BodyTooSlow after so many seconds, and LengthRequired or BadRequest
    for a body that may be incomplete.
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
            f"The body of the request did not arrive within {seconds:g} seconds. Send it again."
        ) from error
    body = b"".join(pieces)
    if len(body) < size:
        raise BadRequest(f"The body ended after {len(body)} of {size} bytes. Send it again.")
    return body


def _content_length(scope: Scope) -> int:
    if scope.headers.get("transfer-encoding") is not None:
        # A chunked body that is cut off looks to an application like a complete one.
        raise LengthRequired("Send the body with a Content-Length, not in chunks.")
    length = scope.headers.get("content-length") or "0"
    if not LENGTH.fullmatch(length):
        raise BadRequest(f"Content-Length is {length[:30]!r}, which is not a number of bytes.")
    return int(length)


def validate_host(scope: Scope) -> None:
    """Raise BadRequest unless there is exactly one valid Host (RFC 9112, 3.2); HTTP/1.0 may have none."""
    hosts = scope.headers.get_all("host")
    if len(hosts) == 1 and _is_valid_host(hosts[0]):
        return
    if hosts or scope.http_version not in HTTP_1_0:
        raise BadRequest("Send exactly one Host header with a host name or address, and a port if needed.")


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


def write_reply(transport: Transport, reply: Reply, default: Headers) -> None:
    """Send a reply. default: headers that every response has."""
    headers = [*reply.headers, *default]
    if reply.content_type:
        headers.append(("Content-Type", reply.content_type))
    if reply.file is not None:
        headers.append(("Content-Length", str(len(reply.file))))
        transport.response_file(reply.status, headers, str(reply.file.path()))
        # The server opens the file a moment later, in another thread.
        asyncio.get_running_loop().call_later(FILE_HOLD_SECONDS, len, reply.file)
    elif reply.body or reply.status not in (204, 304):
        transport.response_bytes(reply.status, headers, reply.body)
    else:
        transport.response_empty(reply.status, headers)


class CancelOnDisconnect:
    """A context that cancels the current task if its client disconnects; `gone` says afterwards whether it did."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._task = asyncio.current_task()
        self._poll: asyncio.Task[None] | None = None
        self.gone = False

    async def __aenter__(self) -> "CancelOnDisconnect":
        """Start polling a moment later."""
        # Most responses finish before polling would pay off.
        self._later = asyncio.get_running_loop().call_later(POLL_AFTER_SECONDS, self._begin)
        return self

    async def __aexit__(self, _: type[BaseException] | None, error: BaseException | None, __: object) -> bool:
        """Stop polling."""
        self._later.cancel()
        if self._poll is not None:
            self._poll.cancel()
        if self.gone and self._task is not None:
            self._task.uncancel()
        return self.gone and isinstance(error, asyncio.CancelledError)

    def _begin(self) -> None:
        self._poll = asyncio.ensure_future(self._wait())

    async def _wait(self) -> None:
        await self._transport.client_disconnect()
        self.gone = True
        if self._task is not None:
            self._task.cancel()


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The body of the request is larger than {limit // 1024} KiB. Send a shorter query.")
