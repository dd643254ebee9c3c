"""A test whose program is missing is named at the end of a run, or fails where everything is tested."""

import pytest

from tests.support import programs


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any of the programs."""
    monkeypatch.setattr(programs, "find", lambda name: None)
    monkeypatch.delenv("POLICING_GOALS_TEST", raising=False)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize("name", programs.PROGRAMS)
def test_what_was_not_tried_is_counted_and_named_with_what_installs_it(name: str) -> None:
    with pytest.raises(pytest.skip.Exception) as skipped:
        programs.need(name)
    (line,) = programs.not_tried([f"Skipped: {skipped.value}"] * 3 + ["Skipped: for another reason"])

    assert line.startswith("NOT TRIED: 3 ")
    assert f"need {name}: apt-get install " in line


@pytest.mark.usefixtures("bare")
def test_a_missing_program_fails_where_everything_is_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLICING_GOALS_TEST", "everything")

    # A skip would pass through and look like a skipped test.
    with pytest.raises((pytest.fail.Exception, pytest.skip.Exception), match="needs npm") as raised:
        programs.need("npm")
    assert raised.type is pytest.fail.Exception
    assert "apt-get install" in str(raised.value)
