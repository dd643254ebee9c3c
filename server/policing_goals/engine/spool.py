"""Answers too large to travel in memory: changes when they are kept elsewhere.

A spool file has no name, so nothing is left behind however a process ends.
"""

import os
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from io import BytesIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

from policing_goals.errors import ResultTooLarge, SpoolFull

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Beyond this many bytes an answer goes through a file.
IN_MEMORY = 2**20
CHUNK = 2**18


class Spool:
    """A finished answer in a file without a name, which lives as long as this object."""

    def __init__(self, descriptor: int) -> None:
        """descriptor: of the open file; it belongs to this object from now on."""
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
        """A path under which this process can open the file anew, from its beginning (Linux)."""
        return Path(f"/proc/self/fd/{self._descriptor}")


class SpoolingWriter(BytesIO):
    """Where an answer is written: memory at first, a spool file once it is large, and never more than the limit."""

    def __init__(
        self, largest: int, directory: str, lifted: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        """A sink for one answer.

        largest: bytes that it may have; directory: where spool files go; lifted: what makes it possible to open one.
        """
        super().__init__()
        self._lifted = lifted
        self._largest = largest
        self._directory = directory
        self._file: IO[bytes] | None = None
        self.size = 0

    def write(self, content: "ReadableBuffer") -> int:
        """Write all of some bytes; raises ResultTooLarge beyond the limit and SpoolFull if the disk is full."""
        piece = bytes(content)
        self.size += len(piece)
        if self.size <= IN_MEMORY:
            return super().write(piece)
        if self.size > self._largest:
            raise ResultTooLarge(
                f"The answer is larger than {self._largest // 2**20} MiB. "
                "Ask for less: LIMIT, fewer columns, or a filter."
            )
        with _disk_errors():
            if self._file is None:
                with self._lifted():
                    self._file = tempfile.TemporaryFile(dir=self._directory)  # noqa: SIM115  # closed by close()
                self._file.write(self.getvalue())
            return self._file.write(piece)

    def close(self) -> None:
        """Forget what was written, but for what finish() gave."""
        if self._file is not None:
            with suppress(OSError):  # What does not fit onto the disk is not wanted any more.
                self._file.close()
        super().close()

    def pieces(self) -> Iterator[bytes]:
        """All that was written."""
        content = self.finish()
        return iter((content,)) if isinstance(content, bytes) else iter(content)

    def finish(self) -> bytes | Spool:
        """What was written: bytes if there is little, else a spool file."""
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
            f"There is no room for an answer of this size ({error.strerror}). Ask for less, or again later."
        ) from error
