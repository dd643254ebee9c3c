"""One worker process, seen from its parent: changes when the parent learns something new of its worker."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Callable
from contextlib import suppress

from server.engine import frames
from server.engine.frames import Frame, Inbox
from server.engine.jobs import Answer, Job, load_answer
from server.engine.worker import READY
from server.errors import Busy, QueryError, QueryTooDeep, QueryTooHungry

STACK_OVERFLOW, ABORTED = -11, -6
PIECE = 2**18

Outcome = Answer | QueryError


class Worker:
    """One worker process, seen from the event loop of its parent. It has one job at a time."""

    def __init__(self, command: list[str], lost: "Callable[[Worker], None]") -> None:
        """Start a worker; it is of use once it has opened a snapshot. lost: called if it ends unasked."""
        self._loop = asyncio.get_running_loop()
        self._link, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        self._link.setblocking(False)
        self._inbox = Inbox()
        self._files: list[int] = []
        self._expected: asyncio.Future[Frame | None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._lost = lost
        self._alive = True
        self._loop.add_reader(self._link, self._receive)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def open(self, snapshot: bytes) -> bool:
        """Give the worker the frames of a snapshot and wait until it is open; False if it could not."""
        opened = self._expect()
        await self._send(snapshot)
        frame = await opened
        return frame is not None and frame.head == READY

    def give(self, job: Job) -> "asyncio.Future[Frame | None]":
        """Give the worker a job; what it says in the end, or None if it died, goes to read()."""
        said = self._expect()
        content = frames.pack(Frame(job.packed))
        try:
            sent = self._link.send(content)
        except OSError:
            return said  # It died before this job; the end of its stream tells how.
        if sent < len(content):
            self._sending = self._loop.create_task(self._send(content[sent:]))
        return said

    async def read(self, said: Frame | None) -> Outcome:
        """What the worker made of a job, or of what it died."""
        return await self._cause_of_death() if said is None else load_answer(*said, self._files)

    def is_alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self._alive

    def kill(self) -> None:
        """End the process at once, whatever it does; reap() must follow."""
        self._alive = False
        if self._sending is not None:
            self._sending.cancel()
        self._process.kill()
        self._loop.remove_reader(self._link)
        self._link.close()
        while self._files:
            os.close(self._files.pop())
        if self._expected is not None and not self._expected.done():
            self._expected.cancel()

    async def reap(self) -> int:
        """Wait until the process has ended; its exit code."""
        # In a thread: to give back hundreds of MiB takes the kernel a while.
        return await asyncio.to_thread(self._process.wait)

    def _expect(self) -> "asyncio.Future[Frame | None]":
        self._expected = self._loop.create_future()
        if not self._alive:
            self._expected.set_result(None)
        return self._expected

    async def _send(self, content: bytes) -> None:
        with suppress(OSError):
            await self._loop.sock_sendall(self._link, content)

    def _receive(self) -> None:
        try:
            piece, files, _, _ = socket.recv_fds(self._link, PIECE, 1)
        except BlockingIOError:
            return
        except OSError:
            piece, files = b"", []
        self._files += files
        frame = self._inbox.feed(piece) if piece else None
        self._alive = bool(piece)
        if (frame or not piece) and self._expected is not None and not self._expected.done():
            self._expected.set_result(frame)
        if not piece:
            self._loop.remove_reader(self._link)
            self._lost(self)

    async def _cause_of_death(self) -> QueryError:
        code = await self.reap()
        if code == STACK_OVERFLOW:
            return QueryTooDeep(
                "The query is nested too deeply to be evaluated. Write it with fewer brackets or groups."
            )
        if code == ABORTED:
            return QueryTooHungry("The query needs more memory than one query may have. Narrow it down or add a LIMIT.")
        return Busy("The process that ran the query was lost. Ask again.")
