"""A call in a forked process: its result, its error, and what happens when the process dies."""

import os
import signal

import pytest

from policing_goals.builder.child_process import forked
from policing_goals.errors import Finding, ShapeViolations, SnapshotError, SourceError
from tests.support.processes import descendants

FINDING = Finding("Violation", "data/goals.ttl:1", "gpg:goal-1", "shape:label-unique", "Make them different.", "")


def test_the_call_runs_elsewhere_on_what_the_caller_has() -> None:
    here = [1, 2, 3]
    with forked(lambda: (sum(here), os.getpid())) as call:
        here.append(4)
        total, process = call.result()

    assert total == 6
    assert process != os.getpid()


@pytest.mark.parametrize(
    "error", [SourceError("data/goals.ttl:3", "it is wrong.", "Fix it."), ShapeViolations([FINDING])]
)
def test_an_error_of_ours_is_raised_with_its_text(error: Exception) -> None:
    def fail() -> None:
        raise error

    with forked(fail) as call, pytest.raises(type(error)) as raised:
        call.result()

    assert str(raised.value) == str(error)


def test_a_process_that_dies_is_reported() -> None:
    with forked(lambda: os.kill(os.getpid(), signal.SIGKILL)) as call, pytest.raises(SnapshotError) as raised:
        call.result()

    assert "ended with status -9" in str(raised.value)
    assert "nothing was changed" in str(raised.value)


def test_no_process_is_left_when_the_caller_fails() -> None:
    before = descendants(os.getpid()).keys()
    with pytest.raises(ZeroDivisionError), forked(signal.pause):
        assert descendants(os.getpid()).keys() - before
        raise ZeroDivisionError

    assert not descendants(os.getpid()).keys() - before
