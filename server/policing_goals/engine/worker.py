"""Worker main loop: run one job after another from a socket.

A worker is forked from the fork server. Its first frame is sent when it is ready and has the id of the thread that
evaluates. Each frame that arrives is a job. A result is a frame of JSON (kind and coding, or error) and bytes; a large
result comes as the descriptor of a spool file instead.

It can be killed at any time, which is the only way to stop a query in Oxigraph; and a query may make it crash: by a
stack overflow (signal 11) or the memory limit (signal 6).
"""

import json
import os
import resource
import select
import socket
import threading
from pathlib import Path

from policing_goals.engine import ipc
from policing_goals.engine.evaluator import Evaluator
from policing_goals.engine.ipc import Frame
from policing_goals.engine.query_job import QueryJob, dump_error, dump_head
from policing_goals.engine.sandbox import confine
from policing_goals.errors import QueryError

READY = b"ready"
NICE = 5


def work(connection: socket.socket, evaluator: Evaluator, server: int) -> None:
    """Run jobs until the other side closes the socket, or the server exits. server: a descriptor of its process."""
    # Created before the sandbox; poll() does not work where no file may be opened.
    with select.epoll() as exited:
        exited.register(server, select.EPOLLIN)
        # A new thread has a heap of its own; that of the main thread is fragmented by loading the data.
        threading.Thread(target=_run_jobs, args=(connection, evaluator), daemon=True).start()
        # A running query does not notice that the socket is closed; an orphan would run on.
        exited.poll()


def _run_jobs(connection: socket.socket, evaluator: Evaluator) -> None:
    try:
        _lower_priority()
        _limit_memory(evaluator.limits.memory)
        if evaluator.sandboxed:
            confine()
        # Reads without the overhead of Python's socket objects.
        with open(connection.fileno(), "rb", closefd=False) as jobs:
            connection.sendall(ipc.pack_frame(Frame(READY, str(threading.get_native_id()).encode())))
            while (frame := ipc.read_frame(jobs)) is not None:
                _reply(connection, evaluator, QueryJob.of(frame))
    finally:
        os._exit(1)


def _reply(connection: socket.socket, evaluator: Evaluator, job: QueryJob) -> None:
    try:
        result = evaluator.run(job)
    except QueryError as error:
        connection.sendall(ipc.pack_frame(Frame(json.dumps(dump_error(error)).encode())))
        return
    frame = ipc.pack_frame(Frame(dump_head(result), result.body))
    if result.file is None:
        connection.sendall(frame)
    else:
        socket.send_fds(connection, [frame], [result.file.fileno()])


def _lower_priority() -> None:
    # Workers must never delay the server's event loop.
    os.nice(NICE)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _limit_memory(memory: int) -> None:
    # Only the data segment, without the program and its libraries.
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
