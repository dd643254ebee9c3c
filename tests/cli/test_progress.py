"""What is shown while a command works: lines where nobody looks at a terminal."""

import pytest

from policing_goals.cli import progress


def test_a_count_is_told_at_once_and_then_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    with progress.shown_count("Writing the site") as tell:
        tell(0, 20)
        tell(5, 20)
        now += progress.LINE_SECONDS
        tell(12, 20)

    assert capsys.readouterr().err.splitlines() == [
        "Writing the site: 0 of about 20",
        "Writing the site: 12 of about 20",
    ]


def test_steps_and_faults_are_told_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shown_progress() as shown:
        shown.step("Reading the sources")
        shown.fault("data/goals.ttl:3: it is wrong.")

    assert capsys.readouterr().err.splitlines() == ["Reading the sources …", "data/goals.ttl:3: it is wrong."]
