"""One HTTP/1.1 connection (RFC 9112) in an event loop.

Its states, and what ends each:

    IDLE ------ first byte ------> HEAD ------ empty line ------> BODY ------ last byte ------> ANSWERING
     ^  idle limit: closed          |  head limit: 408             |  body limit: 408            |  reply made
     |                              |  malformed: 4xx              |  too large: 413             v
     |                              +------------> LEAVING <-------+---------------------- WRITING
     |                                  what still comes is ignored; closed soon                 |
     +------------------------------ all sent, and the client may go on -------------------------+

A request that follows before the last one is answered waits in the buffer, which is bounded. A client that closes its
side has left: the request under way is given up.
"""

import asyncio
import fcntl
import sys
import termios
import time
from collections.abc import Coroutine
from contextlib import suppress
from email.utils import formatdate
from enum import Enum, auto
from functools import lru_cache
from http import HTTPStatus
from typing import Any, NamedTuple, Protocol, cast

from policing_goals.engine.spool import Spool
from policing_goals.errors import (
    BadRequest,
    BodyTooLarge,
    HeadTooLarge,
    QueryError,
    RequestTooSlow,
    ServerFault,
    TooManyRequests,
    UriTooLong,
)
from policing_goals.web.gateway.connections import Connections
from policing_goals.web.gateway.request_head import END, MAX_HEADERS, MAX_TARGET, HeadParser, RequestHead
from policing_goals.web.http.headers import SNAPSHOT, default_headers
from policing_goals.web.http.messages import BODY_LIMIT, Reply, Request
from policing_goals.web.http.problems import problem

# Bytes that may arrive while a request is answered.
MAX_AHEAD = 2**16
LINGER_SECONDS = 2.0
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
NO_BODY = (204, 304)
# The client has left; only the log shows this status.
CLIENT_CLOSED = 499
# The raw bytes of a request that may be kept with its response.
MAX_RAW = 8192


class State(Enum):
    """What a connection is doing."""

    IDLE = auto()
    HEAD = auto()
    BODY = auto()
    ANSWERING = auto()
    WRITING = auto()
    LEAVING = auto()


class Prepared(NamedTuple):
    """A reply as it is sent, without status line and date: its head and body, and the size of the body."""

    status: int
    content: bytes
    size: int


class Application(Protocol):
    """What answers requests."""

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot in service."""

    def prepared(self, raw: bytes) -> Prepared | None:
        """The reply to the bytes of a request, if it was kept."""

    def keep(self, raw: bytes, prepared: Prepared) -> None:
        """Keep the reply to the bytes of a request."""

    def answer_now(self, request: Request) -> tuple[Reply, bool] | None:
        """The reply, if it takes no waiting, and whether the same bytes always get it."""

    def answer(self, request: Request) -> Coroutine[Any, Any, Reply]:
        """The reply."""

    def record(self, request: Request, status: int, size: int, seconds: float) -> None:
        """Log and count a request."""


class HttpConnection(asyncio.Protocol):
    """Reads requests and sends replies, one after another."""

    def __init__(self, application: Application, connections: Connections) -> None:
        self._application = application
        self._connections = connections
        self._loop = asyncio.get_running_loop()
        self._parser = HeadParser()
        self._transport: asyncio.Transport | None = None
        self._state = State.IDLE
        self._buffer = bytearray()
        # Of the buffer, what has been searched for the end of the head, and where its first line ends.
        self._searched, self._line_end = 0, -1
        # Of a chunked body, what has arrived.
        self._wire_bytes = 0
        self._raw = b""
        self._head: RequestHead | None = None
        self._request: Request | None = None
        self._task: asyncio.Task[None] | None = None
        self._begun = 0.0
        self._writable = asyncio.Event()
        self._closing = False
        self._last_unread = 0
        self.address = ""
        self.deadline: float | None = None
        self.waits_since: float | None = None

    # asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop for a new connection."""
        self._transport = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        self.address = peer[0] if isinstance(peer, tuple) else "local"
        self._writable.set()
        self._await_request()
        if not self._connections.add(self):
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop when the connection is closed."""
        self._transport = None
        self._connections.remove(self)
        self._writable.set()
        if self._task is not None:
            self._task.cancel()

    def eof_received(self) -> bool:
        """Called by the event loop when the client has closed its side."""
        if self._state in (State.HEAD, State.BODY):
            self._refuse(BadRequest("The request ends early. Send it again."))
            return True
        return False

    def pause_writing(self) -> None:
        """Called by the event loop when the client reads slowly."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """Called by the event loop when the client has read enough."""
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        """Called by the event loop with what the client has sent."""
        if self._state is State.IDLE and not self._buffer and self._send_prepared(data):
            return
        if self._state is State.LEAVING:
            return
        if self._state in (State.ANSWERING, State.WRITING):
            self._buffer += data
            if len(self._buffer) > MAX_AHEAD and self._transport is not None:
                self._transport.pause_reading()
            return
        self._buffer += data
        self._read()

    # Connection

    def unsent(self) -> int:
        """Bytes that the client has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport is not None else 0

    def expire(self) -> None:
        """Called at the deadline."""
        if self._state is State.HEAD:
            self._refuse(RequestTooSlow(f"The head did not arrive in {self._connections.limits.head:g} seconds."))
        elif self._state is State.BODY:
            self._refuse(RequestTooSlow(f"The body did not arrive in {self._connections.limits.body:g} seconds."))
        elif self._state in (State.WRITING, State.LEAVING) and self._unread() < self._last_unread:
            self._await_progress(self._state)
        else:
            self.close()

    def close(self) -> None:
        """Close it at once."""
        if self._transport is not None:
            self._transport.abort()

    def finish(self) -> None:
        """Close it after the request under way, if there is one."""
        self._closing = True
        if self._state is State.IDLE and self._transport is not None:
            self._transport.close()

    # Reading

    def _await_request(self) -> None:
        self._state = State.IDLE
        self.waits_since = self._loop.time()
        self.deadline = self.waits_since + self._connections.idle_seconds()

    def _read(self) -> None:
        """Read the head, then the body, from the buffer."""
        if self._state is State.IDLE:
            # Empty lines before a request are ignored (RFC 9112, 2.2).
            self._buffer = self._buffer.lstrip(b"\r\n")
            if not self._buffer:
                return
            self._state, self._begun = State.HEAD, time.perf_counter()
            self._searched, self._line_end = 0, -1
            self.deadline = self._loop.time() + self._connections.limits.head
        try:
            if self._state is State.HEAD:
                self._read_head()
            if self._state is State.BODY:
                self._read_body()
        except QueryError as error:
            self._refuse(error)

    def _read_head(self) -> None:
        end = self._buffer.find(END, max(0, self._searched - len(END)))
        self._check_lines(len(self._buffer) if end < 0 else end + len(END))
        self._check_size(len(self._buffer) if end < 0 else end + len(END))
        if end < 0:
            self._searched = len(self._buffer)
            return
        raw = bytes(self._buffer[: end + len(END)])
        del self._buffer[: end + len(END)]
        self._head = self._parser.parse(raw)
        self._raw = raw if len(raw) <= MAX_RAW else b""
        if self._head.length is not None and self._head.length > BODY_LIMIT:
            raise _too_large()
        self._state, self._wire_bytes = State.BODY, 0
        self.deadline = self._loop.time() + self._connections.limits.body
        if self._head.expects and self._head.length != 0 and not self._buffer and self._transport is not None:
            self._transport.write(CONTINUE)

    def _check_lines(self, end: int) -> None:
        # A line feed alone would never end the head. The carriage return of the first may have come before.
        begin = self._searched - self._buffer.endswith(b"\r", 0, self._searched)
        if self._buffer.count(b"\n", begin, end) != self._buffer.count(b"\r\n", begin, end):
            raise BadRequest("A line of the request does not end in CR LF.")

    def _check_size(self, length: int) -> None:
        if self._line_end < 0:
            self._line_end = self._buffer.find(b"\r\n", max(0, self._searched - 1), length)
        if (self._line_end if self._line_end >= 0 else length) > MAX_TARGET:
            raise UriTooLong(f"The address is longer than {MAX_TARGET // 1024} KiB. Send the query with POST.")
        if self._line_end >= 0 and length - self._line_end > MAX_HEADERS:
            raise HeadTooLarge(f"The header is larger than {MAX_HEADERS // 1024} KiB. Send less in it.")

    def _read_body(self) -> None:
        head = self._head
        if head is None:
            return
        if head.length is None:
            piece = bytes(self._buffer)
            self._buffer.clear()
            self._wire_bytes += len(piece)
            self._parser.feed(piece)
            size = self._parser.body.size
            # Tiny chunks cost more to read than they carry.
            if size > BODY_LIMIT or self._wire_bytes > 2 * size + MAX_AHEAD:
                raise _too_large()
            if self._parser.body.complete:
                self._answer(head, b"".join(self._parser.body.pieces))
        elif len(self._buffer) >= head.length:
            body = bytes(self._buffer[: head.length])
            del self._buffer[: head.length]
            if body:
                self._raw = b""
                # The parser counts the bytes of each request.
                self._parser.feed(body)
            self._answer(head, body)

    # Answering

    def _send_prepared(self, raw: bytes) -> bool:
        prepared = self._application.prepared(raw)
        if prepared is None or self._transport is None or self._closing:
            return False
        begun = time.perf_counter()
        self._transport.writelines((_opening(prepared.status), prepared.content))
        # The bytes of the request are those of an earlier one, whose line is read for the log.
        method, target, _ = raw.split(b" ", 2)
        path, _, query = target.decode("latin-1").partition("?")
        request = Request(method.decode(), query, {}, b"", path, self.address)
        self._application.record(request, prepared.status, prepared.size, time.perf_counter() - begun)
        self._wait_until_sent()
        return True

    def _answer(self, head: RequestHead, body: bytes) -> None:
        self._state, self.deadline, self.waits_since = State.ANSWERING, None, None
        self._request = request = Request(head.method, head.query, head.headers, body, head.path, self.address)
        self._closing = self._closing or not head.keep_alive
        if not self._connections.takes_more(self.address):
            refusal = TooManyRequests("Your clients do not read the replies that they have. Read them first.", 1)
            self._send(request, problem(refusal, request.header("accept")))
            return
        now = self._application.answer_now(request)
        if now is None:
            self._start(self._answer_later(request))
        else:
            reply, is_constant = now
            self._send(request, reply, self._raw if is_constant else b"")

    async def _answer_later(self, request: Request) -> None:
        try:
            reply = await self._application.answer(request)
        except asyncio.CancelledError:
            self._record(request, CLIENT_CLOSED, 0)
            return
        finally:
            self._task = None
        if self._transport is None:
            self._record(request, CLIENT_CLOSED, 0)
        elif reply.file is None:
            self._send(request, reply)
        else:
            self._start(self._send_file(request, reply, reply.file))

    def _start(self, coroutine: Coroutine[Any, Any, None]) -> None:
        self._task = self._loop.create_task(coroutine)
        self._task.add_done_callback(self._on_done)

    def _on_done(self, task: "asyncio.Task[None]") -> None:
        if task.cancelled() or task.exception() is None:
            return
        # A fault of ours: it is logged, and the client hears of it if nothing was sent yet.
        self._loop.call_exception_handler({"message": "A request failed", "exception": task.exception(), "task": task})
        if self._state is State.ANSWERING and self._request is not None:
            self._closing = True
            self._send(self._request, problem(ServerFault("The server failed to answer. Please report this."), ""))
        else:
            self.close()

    def _refuse(self, error: QueryError) -> None:
        """Send an error for a request that was not read to its end, and close the connection."""
        head, self._closing = self._head if self._state is State.BODY else None, True
        request = Request("-", "", {}, b"", "-", self.address)
        if head is not None:
            request = Request(head.method, head.query, head.headers, b"", head.path, self.address)
        self._send(request, problem(error, request.header("accept")), leaving=True)

    # Writing

    def _send(self, request: Request, reply: Reply, raw: bytes = b"", leaving: bool = False) -> None:
        if self._transport is None:
            return
        head = _head_lines(reply, request.path, self._closing, self._application.version)
        body = b"" if request.method == "HEAD" else reply.body
        self._transport.writelines((_opening(reply.status), head, body))
        self._record(request, reply.status, reply.size())
        if raw and request.method == "GET" and not self._closing and reply.status == HTTPStatus.OK:
            self._application.keep(raw, Prepared(reply.status, head + body, len(body)))
        if leaving:
            self._leave()
        else:
            self._wait_until_sent()

    async def _send_file(self, request: Request, reply: Reply, file: Spool) -> None:
        # In pieces, each when the client has read the last: the file is never in memory as a whole.
        if self._transport is None:
            return
        self._transport.write(
            _opening(reply.status) + _head_lines(reply, request.path, self._closing, self._application.version)
        )
        self._await_progress()
        sent = 0
        try:
            for piece in file if request.method != "HEAD" else ():
                await self._writable.wait()
                if self._transport is None:
                    return
                self._transport.write(piece)
                sent += len(piece)
                self._await_progress()
        finally:
            self._task = None
            self._record(request, reply.status if self._transport is not None else CLIENT_CLOSED, sent)
        self._wait_until_sent()

    def _await_progress(self, state: State = State.WRITING) -> None:
        self._state, self._last_unread = state, self._unread()
        self.waits_since = self._loop.time()
        self.deadline = self.waits_since + self._connections.limits.write

    def _unread(self) -> int:
        """Bytes that the client has not acknowledged, here and in the system (tcp(7), SIOCOUTQ)."""
        connected = self._transport.get_extra_info("socket") if self._transport is not None else None
        queued = bytes(4)
        if connected is not None:
            with suppress(OSError):
                queued = fcntl.ioctl(connected, termios.TIOCOUTQ, queued)
        return self.unsent() + int.from_bytes(queued, sys.byteorder)

    def _wait_until_sent(self) -> None:
        """Go on to the next request, if the client takes this reply."""
        if self._transport is None:
            return
        if self._closing:
            self._transport.close()
            self._await_progress(State.LEAVING)
        elif self._transport.get_write_buffer_size() and not self._writable.is_set():
            self._connections.note_unsent(self)
            self._await_progress()
            self._start(self._go_on_when_sent())
        else:
            self._go_on()

    async def _go_on_when_sent(self) -> None:
        await self._writable.wait()
        self._task = None
        if self._transport is not None:
            self._go_on()

    def _go_on(self) -> None:
        self._await_request()
        if self._buffer:
            if self._transport is not None:
                self._transport.resume_reading()
            # Not at once: many small requests in one piece would call each other to any depth.
            self._loop.call_soon(self._read_ahead)

    def _read_ahead(self) -> None:
        if self._state is State.IDLE and self._buffer:
            self._read()

    def _leave(self) -> None:
        # Closing a connection with unread bytes would make the client lose the reply (RFC 9112, 9.6).
        self._buffer.clear()
        self._await_progress(State.LEAVING)
        self.deadline = self._loop.time() + LINGER_SECONDS
        if self._transport is not None and self._transport.can_write_eof():
            self._transport.write_eof()

    def _record(self, request: Request, status: int, size: int) -> None:
        self._application.record(request, status, size, time.perf_counter() - self._begun)


def _too_large() -> BodyTooLarge:
    return BodyTooLarge(f"The body of the request is larger than {BODY_LIMIT // 1024} KiB. Send a shorter query.")


def _head_lines(reply: Reply, path: str, close: bool, version: str) -> bytes:
    """The header lines of a reply, with the empty line after them.

    version: of the snapshot in service, for a reply that does not say which it is from.
    """
    given = {name for name, _ in reply.headers}
    usual = (header for header in ((SNAPSHOT, version), *default_headers(path)) if header[0] not in given)
    lines = [f"{name}: {value}\r\n" for name, value in (*reply.headers, *usual)]
    if reply.content_type:
        lines.append(f"Content-Type: {reply.content_type}\r\n")
    if reply.status not in NO_BODY:
        lines.append(f"Content-Length: {reply.size()}\r\n")
    if close and not any(name.lower() == "connection" for name, _ in reply.headers):
        lines.append("Connection: close\r\n")
    return "".join([*lines, "\r\n"]).encode("latin-1", "replace")


def _opening(status: int) -> bytes:
    return _dated(status, int(time.time()))


@lru_cache(64)
def _dated(status: int, now: int) -> bytes:
    phrase = HTTPStatus(status).phrase
    return f"HTTP/1.1 {status} {phrase}\r\nDate: {formatdate(now, usegmt=True)}\r\n".encode()
