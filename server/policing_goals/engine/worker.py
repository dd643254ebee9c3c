"""Worker main loop: run one job after another from a socket.

A worker is forked from the fork server. Its first frame is sent when it is ready and has the id of the thread that
evaluates. Each frame that arrives is a job, and is answered with a frame; what is large comes as the descriptor of a
spool file instead.

It can be killed at any time, which is the only way to stop a query in Oxigraph; and a query may make it crash: by a
stack overflow (signal 11) or the memory limit (signal 6).
"""

import json
import os
import select
import socket
import threading
from collections.abc import Callable

from policing_goals.engine import ipc
from policing_goals.engine.evaluator import Evaluator
from policing_goals.engine.ipc import Frame
from policing_goals.engine.query_job import QueryJob, dump_error, dump_head
from policing_goals.engine.sandbox import confine
from policing_goals.engine.spool import Spool
from policing_goals.errors import QueryError
from policing_goals.process_limits import limit_memory

READY = b"ready"
# The exit code after a MemoryError.
OUT_OF_MEMORY = 3
NICE = 5


# From the frame of a job to the frame of its outcome, and the file that has the bytes instead if they are many.
JobHandler = Callable[[Frame], tuple[Frame, Spool | None]]


def query_handler(evaluator: Evaluator) -> JobHandler:
    """The handler of query jobs: an outcome is the head of a result, or an error, as JSON, and the result's bytes."""

    def handle(frame: Frame) -> tuple[Frame, Spool | None]:
        try:
            result = evaluator.run(QueryJob.of(frame))
        except QueryError as error:
            return Frame(json.dumps(dump_error(error)).encode()), None
        return Frame(dump_head(result), result.body), result.file

    return handle


def work(connection: socket.socket, evaluator: Evaluator, handle: JobHandler, server: int) -> None:
    """Run jobs until the other side closes the socket, or the server exits. server: a descriptor of its process."""
    # Created before the sandbox; poll() does not work where no file may be opened.
    with select.epoll() as exited:
        exited.register(server, select.EPOLLIN)
        threading.excepthook = _exit
        # A new thread has a heap of its own; that of the main thread is fragmented by loading the data.
        threading.Thread(target=_run_jobs, args=(connection, evaluator, handle), daemon=True).start()
        # A running query does not notice that the socket is closed; an orphan would run on.
        exited.poll()


def _run_jobs(connection: socket.socket, evaluator: Evaluator, handle: JobHandler) -> None:
    _lower_priority()
    evaluator.dataset.open_files()
    limit_memory(evaluator.limits.memory)
    if evaluator.sandboxed:
        confine()
    # Reads without the overhead of Python's socket objects.
    with open(connection.fileno(), "rb", closefd=False) as jobs:
        connection.sendall(ipc.pack_frame(Frame(READY, str(threading.get_native_id()).encode())))
        while (frame := ipc.read_frame(jobs)) is not None:
            _reply(connection, *handle(frame))
    os._exit(0)


def _exit(problem: threading.ExceptHookArgs) -> None:
    """End the process, not only the thread that failed."""
    if issubclass(problem.exc_type, MemoryError):
        os._exit(OUT_OF_MEMORY)
    threading.__excepthook__(problem)
    os._exit(1)


def _reply(connection: socket.socket, outcome: Frame, file: Spool | None) -> None:
    frame = ipc.pack_frame(outcome)
    if file is None:
        connection.sendall(frame)
    else:
        socket.send_fds(connection, [frame], [file.fileno()])


def _lower_priority() -> None:
    # Workers must never delay the server's event loop.
    os.nice(NICE)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
