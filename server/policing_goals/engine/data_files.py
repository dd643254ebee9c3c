"""The files of a snapshot that clients download, each compared with its SHA-256 before it is sent."""

import hashlib
import logging
from collections.abc import Mapping
from pathlib import Path

from policing_goals.errors import DamagedFile, message
from policing_goals.model.snapshot_format import DATA
from policing_goals.model.snapshot_locks import HeldSnapshot

LOGGER = logging.getLogger(__name__)
# Device, inode, size and time of change of a file.
State = tuple[int, int, int, int]


class DataFiles:
    """The files in data/ of a snapshot, which stays on the disk as long as this object is used."""

    def __init__(self, held: HeldSnapshot, sha256: Mapping[str, str]) -> None:
        """sha256: of each file, in hexadecimal, by its name."""
        self._held = held
        self._sha256 = dict(sha256)
        self._verified: dict[str, State] = {}
        self.damaged: set[str] = set()

    def read(self, name: str) -> bytes:
        """The content of a file; raises DamagedFile if it is not what the build wrote."""
        path = self._held.path / DATA / name
        try:
            state = _state(path)
            content = path.read_bytes()
        except OSError as error:
            raise self._refusal(name, error.strerror or "unreadable") from error
        if self._verified.get(name) != state:
            if hashlib.sha256(content).hexdigest() != self._sha256[name]:
                raise self._refusal(name, "its SHA-256 is another")
            self._verified[name] = state
            self.damaged.discard(name)
        return content

    def verify(self) -> None:
        """Read each file once, so that `damaged` and the log name those that cannot be sent."""
        for name in self._sha256:
            try:
                self.read(name)
            except DamagedFile:
                continue

    def _refusal(self, name: str, why: str) -> DamagedFile:
        self.damaged.add(name)
        LOGGER.error("%s is damaged: %s. Build the snapshot again.", self._held.path / DATA / name, why)
        return DamagedFile(
            message(
                "The file {name} on this server is not what the build wrote, so it is not sent. "
                "The operator has to build the snapshot again.",
                name=name,
            )
        )


def _state(path: Path) -> State:
    found = path.stat()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
