"""Run a function in another process, beside the caller."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkContext, SpawnContext
from multiprocessing.process import BaseProcess
from typing import Generic, NamedTuple, TypeVar, cast

from policing_goals.errors import PolicingGoalsError, SnapshotError

Result = TypeVar("Result")
# Called with how much is done since the last call, and with how much there is in all.
Told = Callable[[int, int], None]


class Call(Generic[Result]):
    """A call that runs in a child process."""

    def __init__(self, process: BaseProcess, pipe: Connection, told: Told) -> None:
        self._process = process
        self._pipe = pipe
        self._told = told

    def result(self) -> Result:
        """Wait for the call and return what it returned, or raise the PolicingGoalsError that it raised.

        Raises SnapshotError if the process ended without either. To be called once.
        """
        try:
            while isinstance(message := self._pipe.recv(), _Progress):
                self._told(message.done, message.whole)
        except EOFError as error:
            self._process.join()
            problem = f"A process of the build ended with status {self._process.exitcode}."
            raise SnapshotError(f"{problem} Free some memory and build again; nothing was changed.") from error
        returned, raised = message
        if raised is not None:
            raise raised
        return cast(Result, returned)


class _Progress(NamedTuple):
    done: int
    whole: int


@contextmanager
def forked(function: Callable[[], Result]) -> Iterator[Call[Result]]:
    """Run a function in a child process; at the end of the block the child is gone. What it returns is pickled."""
    with _started(multiprocessing.get_context("fork"), lambda _: function(), lambda *_: None) as call:
        yield call


@contextmanager
def spawned(function: Callable[[Told], Result], told: Told) -> Iterator[Call[Result]]:
    """The same in a new process, for what starts threads: those of the caller are missing in a forked one.

    The function is pickled, too. It tells how far it is; told: called with that while the result is waited for.
    """
    with _started(multiprocessing.get_context("spawn"), function, told) as call:
        yield call


@contextmanager
def _started(
    context: ForkContext | SpawnContext, function: Callable[[Told], Result], told: Told
) -> Iterator[Call[Result]]:
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(function, here, there), daemon=True)
    process.start()
    there.close()
    try:
        yield Call(process, here, told)
    finally:
        process.kill()
        process.join()
        here.close()


def _run(function: Callable[[Told], object], parents: Connection, pipe: Connection) -> None:
    # Without the parent's end, a child whose parent was killed ends when it writes.
    parents.close()
    try:
        pipe.send((function(lambda done, whole: pipe.send(_Progress(done, whole))), None))
    except PolicingGoalsError as error:
        pipe.send((None, error))
