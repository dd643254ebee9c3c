"""Run a function in a forked process, beside the caller."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar, cast

from policing_goals.errors import PolicingGoalsError, SnapshotError

Result = TypeVar("Result")


class ForkedCall(Generic[Result]):
    """A call that runs in a child process, which shares the memory of the caller as it was."""

    def __init__(self, process: BaseProcess, pipe: Connection) -> None:
        self._process = process
        self._pipe = pipe

    def result(self) -> Result:
        """Wait for the call and return what it returned, or raise the PolicingGoalsError that it raised.

        Raises SnapshotError if the process ended without either. To be called once.
        """
        try:
            returned, raised = self._pipe.recv()
        except EOFError as error:
            self._process.join()
            problem = f"A process of the build ended with status {self._process.exitcode}."
            raise SnapshotError(f"{problem} Free some memory and build again; nothing was changed.") from error
        if raised is not None:
            raise raised
        return cast(Result, returned)


@contextmanager
def forked(function: Callable[[], Result]) -> Iterator[ForkedCall[Result]]:
    """Run a function in a child process; at the end of the block the child is gone. What it returns is pickled."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(function, here, there), daemon=True)
    process.start()
    there.close()
    try:
        yield ForkedCall(process, here)
    finally:
        process.kill()
        process.join()
        here.close()


def _run(function: Callable[[], object], parents: Connection, pipe: Connection) -> None:
    # Without the parent's end, a child whose parent was killed ends when it writes.
    parents.close()
    try:
        pipe.send((function(), None))
    except PolicingGoalsError as error:
        pipe.send((None, error))
