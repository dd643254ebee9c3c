"""Handles on the fork server and the workers, in the event loop of a pool."""

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from policing_goals.engine import ipc
from policing_goals.engine.ipc import Frame, FrameSocket
from policing_goals.engine.query_job import WorkerTask
from policing_goals.engine.worker import OUT_OF_MEMORY, READY
from policing_goals.errors import Busy, QueryCrashed, QueryError, QueryOutOfMemory, QueryTooDeep

LOGGER = logging.getLogger(__name__)
STACK_OVERFLOW = -11
PROGRESS_SECONDS = 5.0
# What a worker says before it dies of an ORDER BY (see rdf.total_order).
NO_ORDER = "does not correctly implement a total order"
# Of the standard error of a worker, what is read and logged.
MAX_WORDS = 4096
# The clock of the CPU time of a process (clock_getcpuclockid(3), as Linux makes its number from the process id).
CPU_CLOCK = 2


class ForkServer:
    """The process that workers are forked from."""

    def __init__(
        self,
        services: frozenset[str],
        limits: str,
        handler: str,
        remote: bool,
        snapshot: bytes,
        on_exit: Callable[[], None],
    ) -> None:
        """Start it with the frames of a snapshot.

        services, limits, handler and remote: see fork_server; on_exit: called when the process has exited.
        """
        ours, theirs = socket.socketpair()
        arguments = [json.dumps(sorted(services)), limits, handler, "remote" if remote else ""]
        command = [sys.executable, "-m", "policing_goals.engine.fork_server", *arguments]
        self._words = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the process
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, stderr=self._words
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

    async def fork(
        self, on_outcome: "Callable[[Worker, Frame], None]", on_exit: "Callable[[Worker], None]"
    ) -> "Worker":
        """A new worker, to be used once it is ready. on_outcome and on_exit: see Worker.

        Raises ConnectionError if the fork server has exited.
        """
        if not await asyncio.shield(self._opened):
            raise ConnectionError("the fork server has exited")
        ours, theirs = socket.socketpair()
        errors, their_errors = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        forked: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._forked.append(forked)
        with theirs:
            self._socket.send_descriptors(theirs.fileno(), their_errors)
        os.close(their_errors)
        try:
            pid = await forked
        except (ConnectionError, asyncio.CancelledError):
            os.close(errors)
            ours.close()  # This ends the worker, if there is one.
            raise
        return Worker(pid, self._exits[pid], ours, errors, on_outcome, on_exit)

    def is_alive(self) -> bool:
        """Whether workers can be forked, as far as is known."""
        return self._socket.open

    async def opened(self) -> bool:
        """Whether it could open the snapshot; waits until that is known, and logs that it waits."""
        begun = time.monotonic()
        while not self._opened.done():
            await asyncio.wait([self._opened], timeout=PROGRESS_SECONDS)
            if not self._opened.done():
                LOGGER.warning("Opening the snapshot: %d s so far.", time.monotonic() - begun)
        return self._opened.result()

    async def cause(self) -> str:
        """Why it has exited, in a sentence."""
        code = await asyncio.to_thread(self._process.wait)
        if code == -signal.SIGKILL:
            return "The process that opens it was killed, most likely for lack of memory."
        self._words.seek(0)
        lines = self._words.read()[-MAX_WORDS:].decode("utf-8", "replace").strip().splitlines()
        return f"The process that opens it ended with code {code}: {lines[-1] if lines else 'it said nothing'}"

    async def close(self) -> None:
        """End the process; its workers stay."""
        self._process.kill()
        if self._socket.open:
            self._socket.close()
            self._on_frame(None)
        self._socket.close()
        await asyncio.to_thread(self._process.wait)
        self._words.close()

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
        self,
        pid: int,
        exit_code: "asyncio.Future[int]",
        ours: socket.socket,
        errors: int,
        on_outcome: "Callable[[Worker, Frame], None]",
        on_exit: "Callable[[Worker], None]",
    ) -> None:
        """A worker that was forked.

        exit_code: when it has exited, 0 if it is unknown; ours: our end of the socket to it; errors: a descriptor to
        read its standard error from; on_outcome: called with the frame of each outcome; on_exit: called if it exits.
        """
        self.pid = pid
        self.exit_code = exit_code
        # True once it can run jobs, False if it exits before.
        self.ready: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        # Unlike the process id, which another process may get as soon as this one has exited.
        self._descriptor = _pidfd(pid)
        # The thread that evaluates, once the worker has sent it.
        self.thread = pid
        self.paused = False
        self.retire_after_job = False
        self._cpu_clock = ~pid << 3 | CPU_CLOCK
        self._errors = errors
        self._on_outcome = on_outcome
        self._on_exit = on_exit
        self._socket = FrameSocket(ours, self._on_frame)

    @property
    def files(self) -> list[int]:
        """The descriptors that came with the latest outcome."""
        return self._socket.files

    def cpu_seconds(self) -> float:
        """The CPU time that the process has used; 0 if it has exited."""
        try:
            return time.clock_gettime(self._cpu_clock)
        except OSError:
            return 0.0

    def send(self, job: WorkerTask[object]) -> None:
        """Send a job; its outcome is reported to on_outcome."""
        self._socket.send(ipc.pack_frame(job.frame))

    def last_words(self) -> str:
        """What the process has written to its standard error, as far as it was not read before."""
        try:
            return os.read(self._errors, MAX_WORDS).decode("utf-8", "replace")
        except (BlockingIOError, OSError):
            return ""

    def is_alive(self) -> bool:
        """Whether the process runs, as far as is known."""
        return self._socket.open

    def lower_priority(self, nice: int) -> None:
        """Give it a lower priority (19 is the lowest). That cannot be undone, so the current job is its last."""
        self.retire_after_job = True
        with suppress(ProcessLookupError):
            os.setpriority(os.PRIO_PROCESS, self.thread, nice)

    def pause(self) -> None:
        """Stop the process until it is resumed or killed."""
        self.paused = True
        self._signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let a paused process go on."""
        self.paused = False
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the process."""
        self._signal(signal.SIGKILL)
        if self._descriptor >= 0:
            os.close(self._descriptor)
            os.close(self._errors)
            self._descriptor = self._errors = -1
        self._socket.close()

    def _on_frame(self, frame: Frame | None) -> None:
        if frame is not None and frame.head == READY:
            self.thread = int(frame.body)
            self._set_ready(True)
        elif frame is not None:
            self._on_outcome(self, frame)
        else:
            self._set_ready(False)
            self._on_exit(self)

    def _set_ready(self, ready: bool) -> None:
        if not self.ready.done():
            self.ready.set_result(ready)

    def _signal(self, number: signal.Signals) -> None:
        if self._descriptor >= 0:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._descriptor, number)


def _pidfd(pid: int) -> int:
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return -1


def cause_of_death(code: int, words: str) -> tuple[str, QueryError]:
    """What ended a worker at work, in a word, and the error for its query.

    code: its exit code, or minus the number of the signal; words: what it wrote to its standard error.
    """
    if code == STACK_OVERFLOW or "has overflowed its stack" in words:
        return "stack", QueryTooDeep(
            "The query is nested too deeply to be evaluated. Write it with fewer brackets or groups."
        )
    if code == OUT_OF_MEMORY or "memory allocation of" in words:
        return "memory", QueryOutOfMemory(
            "The query needs more memory than one query may have. Narrow it down or add a LIMIT."
        )
    if NO_ORDER in words:
        return "panic", QueryCrashed(
            "The engine cannot sort these values, which have no common order: triple terms, for example. Sort by "
            "STR(), SUBJECT() or OBJECT() of them, or leave out ORDER BY."
        )
    if "panicked at" in words:
        return "panic", QueryCrashed(
            "The query makes the engine crash. Write it differently, and please report it to the operator."
        )
    return "died", Busy("The query worker was killed. Please retry.")
