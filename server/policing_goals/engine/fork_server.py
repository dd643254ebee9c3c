"""Process that preloads the dataset and forks workers.

Run as `python -m policing_goals.engine.fork_server SERVICES LIMITS HANDLER REMOTE`, with a socket as standard input.
SERVICES and LIMITS are JSON; HANDLER is the `module:function` that makes the handler of jobs from an Evaluator; REMOTE
is not empty if a back end evaluates the queries. The first frames have the snapshot. Then each byte that arrives brings
the socket of a worker to fork, and its standard error; a frame with its process id is sent back, and another with its
exit code when it has exited.

A fork takes a few milliseconds and shares the dataset's memory; a new process takes a tenth of a second to import
Oxigraph and to load. This process has no threads, so forking it is safe.
"""

import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import IO

from policing_goals.engine import ipc
from policing_goals.engine.evaluator import Evaluator, QueryLimits
from policing_goals.engine.ipc import Frame
from policing_goals.engine.remote_jobs import two_step_handler
from policing_goals.engine.snapshot import Snapshot
from policing_goals.engine.worker import READY, JobHandler, work
from policing_goals.model.snapshot_format import Manifest

# Queries leave no reference cycles behind, so the collector can run rarely.
GC_THRESHOLD = 50_000
SERVER_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def pack_snapshot(snapshot: Snapshot) -> bytes:
    """The frames of a snapshot: its manifest with its directory, then its files in the manifest's order."""
    files = [Frame(b"", snapshot.files[name]) for name in snapshot.manifest.files_in_memory()]
    head = Frame(snapshot.manifest.dumps().encode(), os.fsencode(snapshot.path))
    return b"".join(map(ipc.pack_frame, [head, *files]))


def main(services: str, limits: str, handler: str, remote: str) -> None:
    """Open the snapshot and fork workers until the server closes the socket."""
    for each in SERVER_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    server = os.pidfd_open(os.getppid())
    with socket.socket(fileno=sys.stdin.fileno()) as control:
        with control.makefile("rb") as stream:
            dataset = _read_snapshot(stream).open(frozenset(json.loads(services)))
        # Without an allowed endpoint, queries need no network. RocksDB opens files while it reads; where it may not, it
        # waits for ever. With a back end, no query runs here.
        needs_files = (dataset.services or dataset.manifest.on_disk) and not remote
        evaluator = Evaluator(dataset, QueryLimits(**json.loads(limits)), sandboxed=not needs_files)
        module, _, function = handler.partition(":")
        make: Callable[[Evaluator], JobHandler] = getattr(import_module(module), function)
        handle = two_step_handler(evaluator, make) if remote else make(evaluator)
        # These objects stay for good: the collector need not touch, and so copy, their pages.
        gc.collect()
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)
        control.sendall(ipc.pack_frame(Frame(READY)))
        _fork_on_demand(control, partial(work, evaluator=evaluator, handle=handle, server=server))


def _read_snapshot(stream: IO[bytes]) -> Snapshot:
    head = _next_frame(stream)
    manifest = Manifest.loads(head.head)
    files = {name: _next_frame(stream).body for name in manifest.files_in_memory()}
    return Snapshot(manifest, files, Path(os.fsdecode(head.body)))


def _next_frame(stream: IO[bytes]) -> Frame:
    frame = ipc.read_frame(stream)
    if frame is None:
        raise EOFError("the snapshot ends early")
    return frame


def _fork_on_demand(control: socket.socket, run: Callable[[socket.socket], None]) -> None:
    woken, waker = socket.socketpair()
    for each in (woken, waker):
        each.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waker.fileno())
    while True:
        ready, _, _ = select.select([control, woken], [], [])
        if woken in ready:
            woken.recv(4096)
            _report_exits(control)
        if control in ready:
            request, descriptors, _, _ = socket.recv_fds(control, 1, 2)
            if not request:
                return
            _fork(control, socket.socket(fileno=descriptors[0]), descriptors[1], run)


def _fork(control: socket.socket, link: socket.socket, errors: int, run: Callable[[socket.socket], None]) -> None:
    pid = os.fork()
    if pid:
        link.close()
        os.close(errors)
        control.sendall(ipc.pack_frame(Frame(json.dumps({"started": pid}).encode())))
        return
    os.dup2(errors, sys.stderr.fileno())
    os.close(errors)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    control.close()
    try:
        run(link)
    finally:
        # Skip the fork server's own clean-up.
        os._exit(1)


def _report_exits(control: socket.socket) -> None:
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        message = {"ended": pid, "code": os.waitstatus_to_exitcode(status)}
        control.sendall(ipc.pack_frame(Frame(json.dumps(message).encode())))


if __name__ == "__main__":
    main(*sys.argv[1:5])
