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
        self._heard: Frame | None = None
        self._ear: asyncio.Future[None] | None = None
        self._sending: asyncio.Task[None] | None = None
        self._lost = lost
        self._alive = True
        self._loop.add_reader(self._link, self._receive)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def open(self, snapshot: bytes, seconds: float) -> bool:
        """Give the worker the frames of a snapshot and wait until it is open; False if it could not in time."""
        self._send_all(snapshot)
        try:
            frame = await self._hear(seconds)
        except TimeoutError:
            return False
        return frame is not None and frame.head == READY

    def give(self, job: Job) -> None:
        """Give the worker a job; answer() tells what it makes of it."""
        self._send_all(frames.pack(Frame(job.packed)))

    async def answer(self, seconds: float) -> Outcome:
        """What the worker makes of its job, or of what it died; raises TimeoutError after so many seconds."""
        frame = await self._hear(seconds)
        return await self._cause_of_death() if frame is None else load_answer(*frame, self._files)

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
        if self._ear is not None and not self._ear.done():
            self._ear.set_result(None)

    async def reap(self) -> int:
        """Wait until the process has ended; its exit code."""
        # In a thread: to give back hundreds of MiB takes the kernel a while.
        return await asyncio.to_thread(self._process.wait)

    def _send_all(self, content: bytes) -> None:
        try:
            sent = self._link.send(content)
        except OSError:
            return  # It died before; the end of its stream tells how.
        if sent < len(content):
            self._sending = self._loop.create_task(self._send_rest(content[sent:]))

    async def _send_rest(self, content: bytes) -> None:
        with suppress(OSError):
            await self._loop.sock_sendall(self._link, content)

    async def _hear(self, seconds: float) -> Frame | None:
        """The next frame, or None if the worker died; raises TimeoutError after so many seconds."""
        if self._heard is None and self._alive:
            self._ear = self._loop.create_future()
            timer = self._loop.call_later(max(0.0, seconds), _time_out, self._ear)
            try:
                await self._ear
            finally:
                timer.cancel()
        frame, self._heard = self._heard, None
        return frame

    def _receive(self) -> None:
        try:
            piece, files, _, _ = socket.recv_fds(self._link, PIECE, 1)
        except BlockingIOError:
            return
        except OSError:
            piece, files = b"", []
        self._files += files
        self._alive = bool(piece)
        self._heard = self._inbox.feed(piece) if piece else None
        if (self._heard or not piece) and self._ear is not None and not self._ear.done():
            self._ear.set_result(None)
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


def _time_out(ear: "asyncio.Future[None]") -> None:
    if not ear.done():
        ear.set_exception(TimeoutError())
