"""A process that answers one job after another over its standard streams: changes when the frames do.

Run as `python -m server.engine.worker SERVICES LIMITS`, both as JSON. The first frames
hold the snapshot, so that every worker of a pool has the same, whatever is built meanwhile.
It can be killed at any time, which is the only way to stop a query in Oxigraph;
and it may die of a query: a stack overflow (signal 11) or the memory limit (signal 6).

A frame is its length in eight bytes, big-endian, and its content. A job is one frame
of JSON. An answer is a frame of JSON (kind, or error) and a frame of bytes.
"""

import json
import os
import resource
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from server.engine.formats import FORMATS
from server.engine.jobs import Answer, Job, dump_error
from server.engine.store import Dataset, Snapshot, kind_of
from server.errors import QueryError, ResultTooLarge
from server.snapshot_format import Manifest

LENGTH = 8
PARENT_LOOKED_FOR = 1.0


@dataclass(frozen=True)
class Limits:
    """What one query may take: memory beyond the dataset and size of the answer, both in bytes."""

    memory: int
    result: int

    def dumps(self) -> str:
        """The limits as JSON."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Local:
    """Answers jobs in this process, without limits of time or memory."""

    dataset: Dataset
    largest: int

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
        body = self.dataset.write(result, next(form for form in FORMATS if form.name == name))
        if len(body) > self.largest:
            size = self.largest // 2**20
            raise ResultTooLarge(
                f"The answer is larger than {size} MiB. Ask for less: LIMIT, fewer columns, or a filter."
            )
        return Answer(kind, body)


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write one frame."""
    stream.write(len(content).to_bytes(LENGTH, "big"))
    stream.write(content)


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Read one frame; None if the other side has closed the stream."""
    head = stream.read(LENGTH)
    if len(head) < LENGTH:
        return None
    content = stream.read(int.from_bytes(head, "big"))
    return content if len(content) == int.from_bytes(head, "big") else None


def write_snapshot(stream: IO[bytes], snapshot: Snapshot) -> None:
    """Write the frames of a snapshot: its manifest, and its files in the manifest's order."""
    write_frame(stream, snapshot.manifest.dumps().encode())
    for name in snapshot.manifest.files:
        write_frame(stream, snapshot.files[name])


def read_snapshot(stream: IO[bytes]) -> Snapshot:
    """Read the frames that write_snapshot wrote."""
    manifest = Manifest.loads(read_frame(stream) or b"")
    return Snapshot(manifest, {name: read_frame(stream) or b"" for name in manifest.files})


def main(services: str, limits: str) -> None:
    """Open the snapshot and answer jobs until the parent closes the pipe."""
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    bounds = Limits(**json.loads(limits))
    jobs, answers = sys.stdin.buffer, sys.stdout.buffer
    local = Local(read_snapshot(jobs).open(frozenset(json.loads(services))), bounds.result)
    _limit_memory(bounds.memory)
    write_frame(answers, b"ready")
    answers.flush()
    while (content := read_frame(jobs)) is not None:
        head, body = _reply(local, Job.loads(content))
        write_frame(answers, json.dumps(head).encode())
        write_frame(answers, body)
        answers.flush()


def _reply(local: Local, job: Job) -> tuple[dict[str, object], bytes]:
    try:
        answer = local.answer(job)
    except QueryError as error:
        return dump_error(error), b""
    return {"kind": answer.kind.name}, answer.body


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
