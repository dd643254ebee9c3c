"""One worker process, seen from its parent: changes when the parent learns something new of its worker."""

import json
import select
import subprocess
from contextlib import suppress

from server.engine.formats import Kind
from server.engine.jobs import Answer, Job, load_error
from server.engine.store import Snapshot
from server.engine.worker import read_frame, write_frame, write_snapshot
from server.errors import Busy, QueryError, QueryTooDeep, QueryTooHungry

STACK_OVERFLOW, ABORTED = -11, -6
START_LIMIT = 30.0


class Worker:
    """One worker process, seen from its parent."""

    def __init__(self, command: list[str], snapshot: Snapshot) -> None:
        """Start a worker on a snapshot; it is of use once it is ready."""
        self._process = subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        if self._process.stdin is not None:
            with suppress(BrokenPipeError):
                write_snapshot(self._process.stdin, snapshot)
                self._process.stdin.flush()

    def is_ready(self) -> bool:
        """Wait until the worker has opened the snapshot; False if it could not."""
        return self._wait(START_LIMIT) and self._read() == b"ready"

    def send(self, job: Job) -> None:
        """Give the worker a job."""
        stream = self._process.stdin
        if stream is None:
            raise ValueError("the worker has no standard input")
        try:
            write_frame(stream, job.dumps())
            stream.flush()
        except BrokenPipeError:
            return  # It died before this job; receive() tells how.

    def receive(self, seconds: float) -> Answer | QueryError | None:
        """The answer or the refusal, or None if there is none after so many seconds."""
        if not self._wait(seconds):
            return None
        head = self._read()
        body = self._read() if head is not None else None
        if head is None or body is None:
            return self._cause_of_death()
        fields = json.loads(head)
        return load_error(fields) if "error" in fields else Answer(Kind[fields["kind"]], body)

    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.poll() is None

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()

    def _wait(self, seconds: float) -> bool:
        # Not select(), which fails on a file descriptor above 1023.
        readable = select.poll()
        if self._process.stdout is not None:
            readable.register(self._process.stdout, select.POLLIN | select.POLLHUP)
        return bool(readable.poll(max(0.0, seconds) * 1000))

    def _read(self) -> bytes | None:
        stream = self._process.stdout
        return None if stream is None else read_frame(stream)

    def _cause_of_death(self) -> QueryError:
        code = self._process.wait()
        if code == STACK_OVERFLOW:
            return QueryTooDeep(
                "The query is nested too deeply to be evaluated. Write it with fewer brackets or groups."
            )
        if code == ABORTED:
            return QueryTooHungry("The query needs more memory than one query may have. Narrow it down or add a LIMIT.")
        return Busy("The process that ran the query was lost. Ask again.")
