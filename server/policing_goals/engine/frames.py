"""Messages between the server and its workers: changes when their shape on the wire does.

A frame is the lengths of its head (four bytes) and its body (eight bytes), big-endian,
and then both. A head is JSON; a body is bytes, empty if there is nothing to carry.
"""

import struct
from typing import IO, NamedTuple

LENGTHS = struct.Struct("!IQ")


class Frame(NamedTuple):
    """One message."""

    head: bytes
    body: bytes = b""


def pack(frame: Frame) -> bytes:
    """A frame as it goes over the wire."""
    return b"".join((LENGTHS.pack(len(frame.head), len(frame.body)), *frame))


def read(stream: IO[bytes]) -> Frame | None:
    """The next frame of a stream that blocks; None if the other side has closed it."""
    lengths = stream.read(LENGTHS.size)
    if len(lengths) < LENGTHS.size:
        return None
    head, body = LENGTHS.unpack(lengths)
    content = stream.read(head + body)
    return Frame(content[:head], content[head:]) if len(content) == head + body else None


class Inbox:
    """Frames put together from the pieces in which they arrive."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, piece: bytes | memoryview) -> list[Frame]:
        """Add what has arrived; the frames that are whole now."""
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
