"""A process that answers one job after another over a socket: changes when what it may take does.

Run as `python -m server.engine.worker SERVICES LIMITS`, both as JSON, with the socket as
standard input. The first frames hold the snapshot, so that every worker of a pool has
the same, whatever is built meanwhile; then each frame is a job. An answer is a frame of
JSON (kind and coding, or error) and bytes; a large one comes as the descriptor of a spool file instead.

It can be killed at any time, which is the only way to stop a query in Oxigraph;
and it may die of a query: a stack overflow (signal 11) or the memory limit (signal 6).
"""

import json
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from server.engine import frames
from server.engine.coding import WORTH_IT, encode
from server.engine.formats import BY_NAME, Kind
from server.engine.frames import Frame
from server.engine.jobs import Answer, Job, dump_error, dump_head
from server.engine.spool import Sink
from server.engine.store import Dataset, Snapshot, kind_of
from server.errors import QueryError
from server.snapshot_format import Manifest

READY = b"ready"
PARENT_LOOKED_FOR = 1.0


@dataclass(frozen=True)
class Limits:
    """What one query may take.

    memory: bytes beyond the dataset; result: bytes of the answer; spool: the directory for large answers.
    """

    memory: int
    result: int
    spool: str = field(default_factory=tempfile.gettempdir)

    def dumps(self) -> str:
        """The limits as JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Local:
    """Answers jobs in this process, without limits of time or memory."""

    dataset: Dataset
    limits: Limits

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot that the answers come from."""
        return self.dataset.manifest.sha256()

    def answer(self, job: Job) -> Answer:
        """The whole answer to a job; raises QueryError for a query that gets none."""
        result = self.dataset.ask(job.text, None, job.default, job.named)
        kind = kind_of(result)
        name = job.form(kind)
        if name is None:
            return Answer(kind, b"")
        with self._sink() as plain:
            self.dataset.write_to(plain, result, BY_NAME[name])
            if job.coding and plain.size >= WORTH_IT:
                return self._encoded(kind, plain, job.coding)
            return _answer(kind, plain)

    def _encoded(self, kind: Kind, plain: Sink, coding: str) -> Answer:
        with self._sink() as packed:
            encode(plain, coding, packed)
            return _answer(kind, packed, coding)

    def _sink(self) -> Sink:
        return Sink(self.limits.result, self.limits.spool)


def _answer(kind: Kind, sink: Sink, coding: str = "") -> Answer:
    content = sink.finish()
    return Answer(kind, content, None, coding) if isinstance(content, bytes) else Answer(kind, b"", content, coding)


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """The frames of a snapshot: its manifest, and its files in the manifest's order."""
    files = [Frame(b"", snapshot.files[name]) for name in snapshot.manifest.files]
    return b"".join(map(frames.pack, [Frame(snapshot.manifest.dumps().encode()), *files]))


def read_snapshot(stream: IO[bytes]) -> Snapshot:
    """Read the frames that pack_snapshot made; raises EOFError if the other side has closed the stream."""
    manifest = Manifest.loads(_next(stream).head)
    return Snapshot(manifest, {name: _next(stream).body for name in manifest.files})


def _next(stream: IO[bytes]) -> Frame:
    frame = frames.read(stream)
    if frame is None:
        raise EOFError("the snapshot ends early")
    return frame


def main(services: str, limits: str) -> None:
    """Open the snapshot and answer jobs until the parent closes the socket."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)  # Meant for the server, which ends its workers itself.
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    bounds = Limits(**json.loads(limits))
    with socket.socket(fileno=sys.stdin.fileno()) as link, link.makefile("rb") as jobs:
        local = Local(read_snapshot(jobs).open(frozenset(json.loads(services))), bounds)
        _limit_memory(bounds.memory)
        link.sendall(frames.pack(Frame(READY)))
        while (frame := frames.read(jobs)) is not None:
            _reply(link, local, Job.unpack(frame.head))


def _reply(link: socket.socket, local: Local, job: Job) -> None:
    try:
        answer = local.answer(job)
    except QueryError as error:
        link.sendall(frames.pack(Frame(json.dumps(dump_error(error)).encode())))
        return
    frame = frames.pack(Frame(dump_head(answer), answer.body))
    if answer.file is None:
        link.sendall(frame)
    else:
        socket.send_fds(link, [frame], [answer.file.fileno()])


def _limit_memory(memory: int) -> None:
    # Of the data segment, so that the program and its libraries do not count.
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _end_with_parent(parent: int) -> None:
    # A running query does not see that the pipe is closed; an orphan would run on.
    while os.getppid() == parent:
        time.sleep(PARENT_LOOKED_FOR)
    os._exit(1)


if __name__ == "__main__":
    main(*sys.argv[1:3])
