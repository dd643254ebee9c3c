"""Length-prefixed frames over a Unix socket, with file descriptors, between the server and its workers.

A frame is the lengths of its head (four bytes) and its body (eight bytes), big-endian, and then both. A head is JSON; a
body is bytes, and may be empty.
"""

import asyncio
import os
import socket
import struct
from array import array
from collections.abc import Callable
from contextlib import suppress
from typing import IO, NamedTuple

LENGTHS = struct.Struct("!IQ")
PIECE = 2**18


class Frame(NamedTuple):
    """One message."""

    head: bytes
    body: bytes = b""


def pack_frame(frame: Frame) -> bytes:
    """A frame as it is sent."""
    return b"".join((LENGTHS.pack(len(frame.head), len(frame.body)), *frame))


def read_frame(stream: IO[bytes]) -> Frame | None:
    """The next frame of a blocking stream; None if the other side has closed it."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = LENGTHS.unpack(lengths)
    content = stream.read(head + body)
    return Frame(content[:head], content[head:]) if len(content) == head + body else None


class FrameDecoder:
    """Puts frames together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, piece: bytes | memoryview) -> list[Frame]:
        """Add a piece; returns the frames that are complete now."""
        self._waiting += piece
        found, begin = [], 0
        with memoryview(self._waiting) as waiting:
            while (middle := begin + LENGTHS.size) <= len(waiting):
                head, body = LENGTHS.unpack_from(waiting, begin)
                end = middle + head + body
                if end > len(waiting):
                    break
                found.append(Frame(bytes(waiting[middle : middle + head]), bytes(waiting[middle + head : end])))
                begin = end
        del self._waiting[:begin]
        return found


class FrameSocket:
    """A socket to another process, in an event loop, that gives complete frames."""

    def __init__(self, ours: socket.socket, on_frame: Callable[[Frame | None], None]) -> None:
        """on_frame: called with each frame, and with None when the other side has closed the socket."""
        self._loop = asyncio.get_running_loop()
        self._socket = ours
        self._socket.setblocking(False)
        self._on_frame = on_frame
        self._decoder = FrameDecoder()
        # One buffer for all reads: allocating it each time takes longer than receiving.
        self._piece = bytearray(PIECE)
        self._sending: asyncio.Task[None] | None = None
        self.files: list[int] = []
        self.open = True
        self._loop.add_reader(self._socket, self._receive)

    def send(self, content: bytes) -> None:
        """Send bytes, in the background if they are many. If they cannot be sent, on_frame(None) reports the end."""
        try:
            sent = self._socket.send(content)
        except OSError:
            return
        if sent < len(content):
            self._sending = self._loop.create_task(self._send_rest(content[sent:]))

    def send_descriptors(self, *descriptors: int) -> None:
        """Send descriptors, with a byte that means nothing."""
        with suppress(OSError):
            socket.send_fds(self._socket, [b"\0"], descriptors)

    def close(self) -> None:
        """Close the socket, and every received file that was not used."""
        if self._socket.fileno() < 0:
            return
        self.open = False
        if self._sending is not None:
            self._sending.cancel()
        self._loop.remove_reader(self._socket)
        self._socket.close()
        while self.files:
            os.close(self.files.pop())

    async def _send_rest(self, content: bytes) -> None:
        with suppress(OSError):
            await self._loop.sock_sendall(self._socket, content)

    def _receive(self) -> None:
        try:
            size, files = self._receive_into(self._piece)
        except BlockingIOError:
            return
        except OSError:
            size, files = 0, array("i")
        self.files += files
        if not size:
            self.open = False
            self._loop.remove_reader(self._socket)
            self._on_frame(None)
            return
        for frame in self._decoder.feed(memoryview(self._piece)[:size]):
            self._on_frame(frame)

    def _receive_into(self, piece: bytearray) -> tuple[int, "array[int]"]:
        """The number of bytes received (0 at the end), and the descriptor that came with them, if any."""
        files = array("i")
        size, sent, _, _ = self._socket.recvmsg_into([piece], socket.CMSG_LEN(files.itemsize))
        for level, kind, content in sent:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                files.frombytes(content[: len(content) - len(content) % files.itemsize])
        return size, files
