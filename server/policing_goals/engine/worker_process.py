"""The processes behind a pool, seen from its event loop: changes when the pool learns something new of them."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from policing_goals.engine import ipc
from policing_goals.engine.ipc import Frame, FrameSocket
from policing_goals.engine.query_job import QueryJob, QueryResult, load_result
from policing_goals.engine.worker import READY
from policing_goals.errors import Busy, QueryError, QueryOutOfMemory, QueryTooDeep

LOWEST_PRIORITY = 19
STACK_OVERFLOW, ABORTED = -11, -6

Outcome = QueryResult | QueryError


class ForkServer:
    """The process that workers are forked from."""

    def __init__(self, services: frozenset[str], limits: str, snapshot: bytes, lost: Callable[[], None]) -> None:
        """Start it with the frames of a snapshot.

        services and limits: see the module of the process; lost: called when it has ended.
        """
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "policing_goals.engine.fork_server", json.dumps(sorted(services)), limits]
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
        loop = asyncio.get_running_loop()
        self._opened: asyncio.Future[bool] = loop.create_future()
        self._forked: deque[asyncio.Future[int]] = deque()
        self._ends: dict[int, asyncio.Future[int]] = {}
        self._lost = lost
        self._link = FrameSocket(ours, self._on_frame)
        self._link.send(snapshot)

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    async def fork(self, lost: "Callable[[Worker], None]") -> "Worker":
        """A new worker, which is of use once it is ready. lost: called if it ends unasked.

        Raises ConnectionError if the template has ended.
        """
        if not await asyncio.shield(self._opened):
            raise ConnectionError("the template has ended")
        ours, theirs = socket.socketpair()
        forked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._forked.append(forked)
        with theirs:
            self._link.send_socket(theirs)
        try:
            pid = await forked
        except (ConnectionError, asyncio.CancelledError):
            ours.close()  # Which ends the worker, if there is one.
            raise
        return Worker(pid, self._ends[pid], ours, lost)

    def is_alive(self) -> bool:
        """Whether workers can be forked, as far as is known."""
        return self._link.open

    async def close(self) -> None:
        """End the process; its workers stay."""
        self._process.kill()
        if self._link.open:
            self._link.close()
            self._on_frame(None)
        self._link.close()
        await asyncio.to_thread(self._process.wait)

    def _on_frame(self, frame: Frame | None) -> None:
        if frame is None:
            self._give_up()
        elif frame.head == READY:
            self._opened.set_result(True)
        else:
            told = json.loads(frame.head)
            if "started" in told:
                self._ends[told["started"]] = asyncio.get_running_loop().create_future()
                forked = self._forked.popleft()
                if not forked.done():
                    forked.set_result(told["started"])
            else:
                self._ends.pop(told["ended"]).set_result(told["code"])

    def _give_up(self) -> None:
        if not self._opened.done():
            self._opened.set_result(False)
        while self._forked:
            forked = self._forked.popleft()
            if not forked.done():
                forked.set_exception(ConnectionError("the template has ended"))
        for end in self._ends.values():
            end.set_result(0)
        self._ends.clear()
        self._lost()


class Worker:
    """One worker process. It has one job at a time."""

    def __init__(
        self, pid: int, end: "asyncio.Future[int]", ours: socket.socket, lost: "Callable[[Worker], None]"
    ) -> None:
        """end: its exit code when it has ended, 0 if nobody knows; ours: the link to it."""
        self.pid = pid
        self.end = end
        # Unlike its number, which may become another's as soon as it has ended.
        self._descriptor = _pidfd(pid)
        # The thread that answers, once it has said which.
        self.thread = pid
        self._lost = lost
        self._frame: Frame | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._link = FrameSocket(ours, self._on_frame)
        self.retire_after_job = False

    async def is_ready(self, seconds: float) -> bool:
        """Wait until the worker is of use; False if it is not in time."""
        try:
            frame = await self._listen(seconds)
        except TimeoutError:
            return False
        if frame is None or frame.head != READY:
            return False
        self.thread = int(frame.body)
        return True

    def send(self, job: QueryJob) -> None:
        """Give the worker a job; answer() tells what it makes of it."""
        self._link.send(ipc.pack_frame(job.frame))

    async def answer(self, seconds: float) -> Outcome:
        """What the worker makes of its job, or of what it died; raises TimeoutError after so many seconds."""
        frame = await self._listen(seconds)
        return _cause_of_death(await self.end) if frame is None else load_result(*frame, self._link.files)

    def is_alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self._link.open

    def lower_priority(self) -> None:
        """Let it stand back for others from now on. It cannot be raised again: its job is its last."""
        self.retire_after_job = True
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self.thread, LOWEST_PRIORITY)

    def kill(self) -> None:
        """End the process at once, whatever it does."""
        if self._descriptor >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            os.close(self._descriptor)
            self._descriptor = -1
        self._link.close()
        self._notify()

    async def _listen(self, seconds: float) -> Frame | None:
        """The next frame, or None if the worker died; raises TimeoutError after so many seconds."""
        if self._frame is None and self._link.open:
            loop = asyncio.get_running_loop()
            self._waiter = loop.create_future()
            timer = loop.call_later(max(0.0, seconds), _time_out, self._waiter)
            try:
                await self._waiter
            finally:
                timer.cancel()
        frame, self._frame = self._frame, None
        return frame

    def _on_frame(self, frame: Frame | None) -> None:
        self._frame = frame
        self._notify()
        if frame is None:
            self._lost(self)

    def _notify(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return -1


def _time_out(ear: "asyncio.Future[None]") -> None:
    if not ear.done():
        ear.set_exception(TimeoutError())


def _cause_of_death(code: int) -> QueryError:
    if code == STACK_OVERFLOW:
        return QueryTooDeep("The query is nested too deeply to be evaluated. Write it with fewer brackets or groups.")
    if code == ABORTED:
        return QueryOutOfMemory("The query needs more memory than one query may have. Narrow it down or add a LIMIT.")
    return Busy("The process that ran the query was lost. Ask again.")
