"""Lines are sorted in runs on disk, and no more than allowed are written."""

import random
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from policing_goals.builder.imports.sorting import TooManyLines, write_sorted


@pytest.mark.parametrize("run_bytes", [1, 100, 2**20])
def test_lines_are_distinct_and_in_the_order_of_their_bytes(run_bytes: int, tmp_path: Path) -> None:
    chance = random.Random(1)
    lines = [f"{chance.randrange(150)} é .\n".encode() for _ in range(400)]

    assert write_sorted(iter(lines), tmp_path / "sorted", 400, run_bytes) == len(set(lines))
    assert (tmp_path / "sorted").read_bytes() == b"".join(sorted(set(lines)))
    assert [path.name for path in tmp_path.iterdir()] == ["sorted"]


@pytest.mark.parametrize("run_bytes", [20, 2**20])
def test_more_lines_than_allowed_end_it(run_bytes: int, tmp_path: Path) -> None:
    read = []

    def lines(number: int) -> object:
        for each in range(number):
            read.append(each)
            yield f"{each}\n".encode()

    with pytest.raises(TooManyLines):
        write_sorted(lines(11), tmp_path / "sorted", 10, run_bytes)  # type: ignore[arg-type]  # an iterator
    read.clear()
    with pytest.raises(TooManyLines):
        write_sorted(lines(10**6), tmp_path / "sorted", 10, 20)  # type: ignore[arg-type]  # an iterator
    assert len(read) < 50
    # The same line in many runs is one.
    assert write_sorted((b"a\n" for _ in range(15)), tmp_path / "few", 10, 2) == 1


def test_a_disk_that_will_be_full_is_told_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))

    with pytest.raises(OSError, match="it needs about"):
        write_sorted((f"{number}\n".encode() for number in range(1000)), tmp_path / "sorted", 1000, 600)
    assert list(tmp_path.iterdir()) == []
