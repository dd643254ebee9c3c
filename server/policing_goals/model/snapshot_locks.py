"""Locks on a snapshot directory: one process at a time writes there, and nobody removes what another reads.

Both are flock(2) locks, which end with the process that holds them, also if it is killed.
"""

import fcntl
import os
import re
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from policing_goals.errors import SnapshotError
from policing_goals.model.snapshot_format import CURRENT, Manifest, read_files

# Of the directory of a snapshot: its SHA-256.
NAME = re.compile("[0-9a-f]{64}")
# Called with the directory if another process writes there: returns to wait for it, or raises an error.
OnBusy = Callable[[Path], None]


@dataclass(frozen=True)
class SoleWriter:
    """The right to change the snapshots of a directory."""

    directory: Path


def wait_silently(_directory: Path) -> None:
    """Wait for the other process."""


@contextmanager
def sole_writer(directory: Path, on_busy: OnBusy = wait_silently) -> Iterator[SoleWriter]:
    """Be the only process that changes the snapshots of a directory, from reading what is there to the last rename.

    Makes the directory if it is missing. Raises SnapshotError if it cannot be written, and what on_busy raises.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        handle = os.open(directory, os.O_RDONLY)
    except OSError as error:
        problem = f"A snapshot could not be written to {directory}: {error.strerror}."
        raise SnapshotError(f"{problem} Name another directory with --snapshot.") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            on_busy(directory)
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield SoleWriter(directory)
    finally:
        os.close(handle)


class HeldSnapshot:
    """A snapshot that stays on the disk until it is closed, or this object is no longer used."""

    def __init__(self, path: Path, handle: int) -> None:
        """path: its directory; handle: a descriptor of it with a shared lock."""
        self.path = path
        self._close = weakref.finalize(self, os.close, handle)

    def close(self) -> None:
        """Let the snapshot be removed."""
        self._close()


def hold_current(directory: Path, pin: str = "") -> HeldSnapshot:
    """The live snapshot in DIRECTORY, or the one whose SHA-256 begins with `pin`, held.

    Raises SnapshotError if there is none, or more than one.
    """
    while True:
        held = _hold(_pinned(directory, pin) if pin else _current(directory))
        if held is not None:
            return held
        # It was replaced and removed in between.


def read_current(directory: Path) -> tuple[Manifest, dict[str, bytes]]:
    """The manifest and the files, by name, of the live snapshot in DIRECTORY.

    Raises SnapshotError if there is none, or if it is damaged.
    """
    with closing(hold_current(directory)) as held:
        return read_files(held.path)


@contextmanager
def unused(path: Path) -> Iterator[bool]:
    """Whether no process holds the snapshot at a path; if so, none can hold it meanwhile."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(handle)


def snapshot_names(directory: Path) -> list[str]:
    """The SHA-256 of each snapshot in a directory, sorted."""
    return sorted(path.name for path in directory.glob("*") if NAME.fullmatch(path.name))


def _current(directory: Path) -> Path:
    try:
        return (directory / CURRENT).resolve(strict=True)
    except OSError as error:
        raise SnapshotError(f"There is no snapshot in {directory}. Run `policing-goals build` first.") from error


def _pinned(directory: Path, pin: str) -> Path:
    names = snapshot_names(directory)
    found = [name for name in names if name.startswith(pin.lower())]
    if len(found) == 1:
        return directory / found[0]
    what = f"{len(found)} snapshots begin with {pin}" if found else f"There is no snapshot {pin}"
    known = ", ".join(name[:16] for name in names) or "none"
    raise SnapshotError(f"{what} in {directory}. There are: {known}. `policing-goals snapshots` lists them.")


def _hold(path: Path) -> HeldSnapshot | None:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        return None
    held = HeldSnapshot(path, handle)
    fcntl.flock(handle, fcntl.LOCK_SH)
    try:
        is_there = os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        is_there = False
    if is_there:
        return held
    held.close()
    return None
