"""A connection to a back end: HTTP/1.1 in an event loop, parsed by llhttp."""

import asyncio
from typing import NamedTuple, cast

import httptools

from policing_goals.engine.spool import Spool, SpoolingWriter
from policing_goals.errors import QueryError

MAX_QUOTED = 200
UNSAID = "it ended the connection before the end of its reply"


class Response(NamedTuple):
    """A complete response.

    framed: whether its end is known (RFC 9112, 6.3), so that it cannot be cut off; body: the bytes, in a spool file if
    they are many, but of a response that is not wanted only the beginning.
    """

    status: int
    media_type: str
    framed: bool
    body: bytes | Spool


class Wanted(NamedTuple):
    """The media types that are read whole, the most bytes of a body, and the directory for large ones."""

    media_types: tuple[str, ...]
    limit: int
    spool: str


class BackendConnection(asyncio.Protocol):
    """Sends one request at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._incoming: _Incoming | None = None

    @property
    def open(self) -> bool:
        """Whether another request can be sent."""
        return self._transport is not None and not self._transport.is_closing()

    async def exchange(self, request: bytes, wanted: Wanted) -> Response:
        """Send a request, and receive the response.

        Raises ConnectionError if the connection ends before, and QueryError for a response that is too large. Unless
        the whole response has come, the connection is closed.
        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("the connection is closed")
        incoming = self._incoming = _Incoming(wanted)
        self._transport.write(request)
        try:
            return await incoming.response
        finally:
            self._incoming = None
            if not incoming.may_go_on:
                self.close()

    def close(self) -> None:
        """Close it at once, which ends a request under way."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio.Protocol."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """See asyncio.Protocol."""
        if self._incoming is None:
            # Nothing was asked.
            self.close()
        else:
            self._incoming.feed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio.Protocol."""
        if self._incoming is not None:
            self._incoming.end(exc)


class _Incoming:
    """The response under way; what llhttp calls."""

    def __init__(self, wanted: Wanted) -> None:
        self.response: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.may_go_on = False
        self._wanted = wanted
        self._parser = httptools.HttpResponseParser(self)
        self._headers: dict[str, str] = {}
        self._writer = SpoolingWriter(wanted.limit, wanted.spool)
        self._refused = False

    def feed(self, piece: bytes) -> None:
        """Bytes have come."""
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserError as error:
            self.fail(ConnectionError(f"it does not speak HTTP/1.1: {error}"))

    def fail(self, error: Exception) -> None:
        """Give up."""
        if not self.response.done():
            self.response.set_exception(error)
        self._writer.close()

    def end(self, problem: Exception | None) -> None:
        """Nothing more comes. A refusal may end so."""
        if self._refused:
            self._finish()
        else:
            self.fail(ConnectionError(str(problem or UNSAID)))

    def on_header(self, name: bytes, value: bytes) -> None:
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        wanted = self._media_type() in self._wanted.media_types
        self._refused = not (wanted and self._parser.get_status_code() == 200 and self._framed())

    def on_body(self, piece: bytes) -> None:
        if self.response.done():
            return
        try:
            self._writer.write(piece)
        except QueryError as error:
            self.fail(error)
            return
        if self._refused and self._writer.size >= MAX_QUOTED:
            self._finish()

    def on_message_complete(self) -> None:
        self.may_go_on = self._parser.should_keep_alive()
        self._finish()

    def _finish(self) -> None:
        if self.response.done():
            return
        try:
            body = self._writer.finish()
        except QueryError as error:
            self.fail(error)
        else:
            status = self._parser.get_status_code()
            self.response.set_result(Response(status, self._media_type(), self._framed(), body))
            self._writer.close()

    def _media_type(self) -> str:
        return self._headers.get("content-type", "").partition(";")[0].strip().lower()

    def _framed(self) -> bool:
        return "content-length" in self._headers or "transfer-encoding" in self._headers
