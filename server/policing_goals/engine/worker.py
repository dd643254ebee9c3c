"""A process that answers one job after another over a socket: changes when what it may take does.

It is forked from a template. The first frame tells that it is ready, and the number of the
thread that answers. Each frame that comes is a job. An answer is a frame of JSON
(kind and coding, or error) and bytes; a large one comes as the descriptor of a spool file instead.

It can be killed at any time, which is the only way to stop a query in Oxigraph;
and it may die of a query: a stack overflow (signal 11) or the memory limit (signal 6).
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


def work(link: socket.socket, local: Evaluator, server: int) -> None:
    """Answer jobs until the other side closes the link, or the server ends. server: a descriptor of its process."""
    # Made first, and no poll(): that one refuses to wait where no file may be opened.
    with select.epoll() as ended:
        ended.register(server, select.EPOLLIN)
        # A thread has a heap of its own, where that of the first is full of holes from reading the data.
        threading.Thread(target=_run_jobs, args=(link, local), daemon=True).start()
        # A running query does not see that the link is closed; an orphan would run on.
        ended.poll()


def _run_jobs(link: socket.socket, local: Evaluator) -> None:
    try:
        _lower_priority()
        _limit_memory(local.limits.memory)
        if local.confined:
            confine()
        # Read without the layer that sockets have in Python.
        with open(link.fileno(), "rb", closefd=False) as jobs:
            link.sendall(ipc.pack_frame(Frame(READY, str(threading.get_native_id()).encode())))
            while (frame := ipc.read_frame(jobs)) is not None:
                _reply(link, local, QueryJob.of(frame))
    finally:
        os._exit(1)


def _reply(link: socket.socket, local: Evaluator, job: QueryJob) -> None:
    try:
        answer = local.answer(job)
    except QueryError as error:
        link.sendall(ipc.pack_frame(Frame(json.dumps(dump_error(error)).encode())))
        return
    frame = ipc.pack_frame(Frame(dump_head(answer), answer.body))
    if answer.file is None:
        link.sendall(frame)
    else:
        socket.send_fds(link, [frame], [answer.file.fileno()])


def _lower_priority() -> None:
    # A worker shall not push the server aside when it wakes, nor keep it waiting: it has others to give work to.
    os.nice(NICE)
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def _limit_memory(memory: int) -> None:
    # Of the data segment, so that the program and its libraries do not count.
    used = int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_DATA, (used + memory, used + memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
