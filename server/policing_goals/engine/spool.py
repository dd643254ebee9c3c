"""Spool large results to an unnamed temporary file, so that nothing is left behind however a process ends."""

import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policing_goals.errors import ResultTooLarge, SpoolFull, message

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# A larger result, in bytes, goes through a file.
IN_MEMORY = 2**20
CHUNK = 2**18


class Spool:
    """A complete result in an unnamed file, which exists as long as this object."""

    def __init__(self, descriptor: int) -> None:
        """descriptor: of the open file; this object closes it."""
        self._size = os.fstat(descriptor).st_size
        self._descriptor = descriptor
        weakref.finalize(self, os.close, descriptor)

    def __len__(self) -> int:
        """The size in bytes."""
        return self._size

    def __iter__(self) -> Iterator[bytes]:
        """The content in pieces, from the beginning."""
        for start in range(0, self._size, CHUNK):
            yield os.pread(self._descriptor, CHUNK, start)

    def fileno(self) -> int:
        """The descriptor of the open file."""
        return self._descriptor

    def path(self) -> Path:
        """A path at which each process of the same user can open the file, from its beginning (Linux)."""
        return Path(f"/proc/{os.getpid()}/fd/{self._descriptor}")


class SpoolingWriter(BytesIO):
    """Writes to memory, then to a spool file once the content is large, and never more than a limit."""

    def __init__(
        self, limit: int, directory: str, lifted: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        """limit: bytes; directory: of spool files; lifted: a context in which this process may open files."""
        super().__init__()
        self._lifted = lifted
        self._limit = limit
        self._directory = directory
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, content: "ReadableBuffer") -> int:
        """Write all of some bytes; raises ResultTooLarge beyond the limit and SpoolFull if the disk is full."""
        piece = bytes(content)
        self.size += len(piece)
        if self.size <= IN_MEMORY:
            return super().write(piece)
        if self.size > self._limit:
            raise ResultTooLarge(
                message(
                    "The result is larger than {number} MiB. Use LIMIT, fewer columns, or a filter.",
                    number=self._limit // 2**20,
                )
            )
        with _disk_errors():
            if self._file is None:
                with self._lifted():
                    self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115  # closed by close()
                self._file.write(self.getvalue())
            return self._file.write(piece)

    def close(self) -> None:
        """Discard the content, but not what finish() returned."""
        if self._file is not None:
            with suppress(OSError):  # A full disk does not matter any more.
                self._file.close()
        super().close()

    def pieces(self) -> Iterator[bytes]:
        """The content in pieces."""
        content = self.finish()
        return iter((content,)) if isinstance(content, bytes) else iter(content)

    def finish(self) -> bytes | Spool:
        """The content: bytes if it is small, else a spool file."""
        if self._file is None:
            return self.getvalue()
        with _disk_errors():
            self._file.flush()
        with self._lifted():
            return Spool(os.dup(self._file.fileno()))


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SpoolFull(
            message(
                "There is no space for a result of this size ({reason}). Request less, or try again later.",
                reason=error.strerror,
            )
        ) from error
