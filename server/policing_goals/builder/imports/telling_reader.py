"""A file that tells how far it has been read."""

from collections.abc import Callable
from typing import IO, cast

# Progress is told after so many bytes.
STEP = 2**18


def telling_reader(file: IO[bytes], tell: Callable[[int], None]) -> IO[bytes]:
    """The rest of a file, to be read once.

    tell: called with the number of bytes read since the last call, those before the file's position included.
    """
    return cast(IO[bytes], _TellingReader(file, tell))


class _TellingReader:
    # Nothing but read() is called of it.
    def __init__(self, file: IO[bytes], tell: Callable[[int], None]) -> None:
        self._file = file
        self._tell = tell
        self._untold = file.tell()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self._untold += len(piece)
        if self._untold >= STEP or not piece:
            self._tell(self._untold)
            self._untold = 0
        return piece
