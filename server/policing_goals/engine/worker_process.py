"""Handles on the fork server and the workers, in the event loop of a pool."""

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

    def __init__(self, services: frozenset[str], limits: str, snapshot: bytes, on_exit: Callable[[], None]) -> None:
        """Start it with the frames of a snapshot.

        services and limits: see fork_server; on_exit: called when the process has exited.
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
        self._exits: dict[int, asyncio.Future[int]] = {}
        self._on_exit = on_exit
        self._socket = FrameSocket(ours, self._on_frame)
        self._socket.send(snapshot)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def fork(self, on_exit: "Callable[[Worker], None]") -> "Worker":
        """A new worker, to be used once it is ready. on_exit: called if it exits by itself.

        Raises ConnectionError if the fork server has exited.
        """
        if not await asyncio.shield(self._opened):
            raise ConnectionError("the fork server has exited")
        ours, theirs = socket.socketpair()
        forked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._forked.append(forked)
        with theirs:
            self._socket.send_socket(theirs)
        try:
            pid = await forked
        except (ConnectionError, asyncio.CancelledError):
            ours.close()  # This ends the worker, if there is one.
            raise
        return Worker(pid, self._exits[pid], ours, on_exit)

    def is_alive(self) -> bool:
        """Whether workers can be forked, as far as is known."""
        return self._socket.open

    async def close(self) -> None:
        """End the process; its workers stay."""
        self._process.kill()
        if self._socket.open:
            self._socket.close()
            self._on_frame(None)
        self._socket.close()
        await asyncio.to_thread(self._process.wait)

    def _on_frame(self, frame: Frame | None) -> None:
        if frame is None:
            self._give_up()
        elif frame.head == READY:
            self._opened.set_result(True)
        else:
            message = json.loads(frame.head)
            if "started" in message:
                self._exits[message["started"]] = asyncio.get_running_loop().create_future()
                forked = self._forked.popleft()
                if not forked.done():
                    forked.set_result(message["started"])
            else:
                self._exits.pop(message["ended"]).set_result(message["code"])

    def _give_up(self) -> None:
        if not self._opened.done():
            self._opened.set_result(False)
        while self._forked:
            forked = self._forked.popleft()
            if not forked.done():
                forked.set_exception(ConnectionError("the fork server has exited"))
        for exit_code in self._exits.values():
            exit_code.set_result(0)
        self._exits.clear()
        self._on_exit()


class Worker:
    """A worker process, which has one job at a time."""

    def __init__(
        self, pid: int, exit_code: "asyncio.Future[int]", ours: socket.socket, on_exit: "Callable[[Worker], None]"
    ) -> None:
        """exit_code: when it has exited, 0 if it is unknown; ours: our end of the socket to it."""
        self.pid = pid
        self.exit_code = exit_code
        # Unlike the process id, which another process may get as soon as this one has exited.
        self._descriptor = _pidfd(pid)
        # The thread that evaluates, once the worker has sent it.
        self.thread = pid
        self._on_exit = on_exit
        self._frame: Frame | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._socket = FrameSocket(ours, self._on_frame)
        self.retire_after_job = False

    async def is_ready(self, seconds: float) -> bool:
        """Wait until the worker is ready; False if it is not within so many seconds."""
        try:
            frame = await self._next_frame(seconds)
        except TimeoutError:
            return False
        if frame is None or frame.head != READY:
            return False
        self.thread = int(frame.body)
        return True

    def send(self, job: QueryJob) -> None:
        """Send a job; result() waits for its result."""
        self._socket.send(ipc.pack_frame(job.frame))

    async def result(self, seconds: float) -> Outcome:
        """The result of the job, or the error that says why the worker died. Raises TimeoutError after `seconds`."""
        frame = await self._next_frame(seconds)
        return _cause_of_death(await self.exit_code) if frame is None else load_result(*frame, self._socket.files)

    def is_alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self._socket.open

    def lower_priority(self) -> None:
        """Give it the lowest priority. That cannot be undone, so the current job is its last."""
        self.retire_after_job = True
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self.thread, LOWEST_PRIORITY)

    def kill(self) -> None:
        """Kill the process."""
        if self._descriptor >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, signal.SIGKILL)
            os.close(self._descriptor)
            self._descriptor = -1
        self._socket.close()
        self._notify()

    async def _next_frame(self, seconds: float) -> Frame | None:
        """The next frame, or None if the worker died; raises TimeoutError after so many seconds."""
        if self._frame is None and self._socket.open:
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
            self._on_exit(self)

    def _notify(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


def _pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return -1


def _time_out(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_exception(TimeoutError())


def _cause_of_death(code: int) -> QueryError:
    if code == STACK_OVERFLOW:
        return QueryTooDeep("The query is nested too deeply to be evaluated. Write it with fewer brackets or groups.")
    if code == ABORTED:
        return QueryOutOfMemory("The query needs more memory than one query may have. Narrow it down or add a LIMIT.")
    return Busy("The query worker crashed. Please retry.")
