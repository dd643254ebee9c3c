"""Sort more lines than fit into memory: in runs on disk, which are then merged."""

import errno
import heapq
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from pathlib import Path

RUN_BYTES = 2**26


class TooManyLines(Exception):
    """There are more lines than allowed."""


def write_sorted(lines: Iterable[bytes], path: Path, most: int, run_bytes: int = RUN_BYTES) -> int:
    """Write the distinct lines, each with its end, to a file in the order of their bytes; their number.

    most: of lines; run_bytes: of lines in memory at a time. The runs are kept in a directory beside the file meanwhile.
    Raises TooManyLines, and OSError if the disk has too little room for the runs and their merge.
    """
    directory = Path(tempfile.mkdtemp(dir=path.parent))
    try:
        runs: list[Path] = []
        count = size = 0
        for run in _runs(lines, run_bytes):
            content = b"".join(run)
            size += len(content)
            # What is left to write of the runs, and all of their merge.
            check_room(directory, len(content) + size)
            runs.append(directory / str(len(runs)))
            runs[-1].write_bytes(content)
            count += len(run)
            # A line may be in several runs, so the exact number is known in the end; this ends what has no end.
            if count > 2 * most:
                raise TooManyLines
        if len(runs) == 1:
            runs[0].rename(path)
        else:
            count = _write(merged(runs), path, most)
    finally:
        shutil.rmtree(directory)
    if count > most:
        raise TooManyLines
    return count


def merged(files: Iterable[Path]) -> Iterator[bytes]:
    """The distinct lines of sorted files, sorted."""
    with ExitStack() as stack:
        opened = [stack.enter_context(path.open("rb")) for path in files]
        for line, _ in groupby(heapq.merge(*opened)):
            yield line


def check_room(directory: Path, needed: int) -> None:
    """Raise OSError if the disk of a directory has not so many free bytes."""
    free = shutil.disk_usage(directory).free
    if free < needed:
        said = f"it needs about {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free"
        raise OSError(errno.ENOSPC, said, os.fspath(directory))


def _runs(lines: Iterable[bytes], run_bytes: int) -> Iterator[list[bytes]]:
    # Always at least one, which may be empty.
    found: set[bytes] = set()
    size = 0
    for line in lines:
        found.add(line)
        size += len(line)
        if size >= run_bytes:
            yield sorted(found)
            found, size = set(), 0
    yield sorted(found)


def _write(lines: Iterable[bytes], path: Path, most: int) -> int:
    count = 0
    with path.open("wb") as file:
        for line in lines:
            file.write(line)
            count += 1
            if count > most:
                break
    return count
