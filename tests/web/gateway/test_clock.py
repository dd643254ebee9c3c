"""A clock that jumps changes dates alone: deadlines, turns and the cache use a clock that does not."""

import re
import time
from email.utils import parsedate_to_datetime
from itertools import cycle

import pytest

from tests.conftest import PACKAGE
from tests.web.gateway.test_request_head import GET, exchange, statuses

WALL_CLOCK = re.compile(r"\btime\.time\(|\btime_ns\(|\bnow\(\)|\.today\(|\butcnow\(|\blocaltime\(")
DATES = {"web/gateway/monitoring.py", "web/gateway/connection.py"}


def test_the_clock_that_may_jump_is_read_for_dates_alone() -> None:
    read = {
        path.relative_to(PACKAGE).as_posix(): len(WALL_CLOCK.findall(path.read_text("utf-8")))
        for path in PACKAGE.rglob("*.py")
    }

    assert {name: number for name, number in read.items() if number} == dict.fromkeys(DATES, 1)


@pytest.mark.parametrize("jumps", [(0.0, 4_000_000_000.0), (4_000_000_000.0, 0.0), (1.0, 2.0, 0.0)])
def test_requests_are_answered_while_the_clock_jumps(jumps: tuple[float, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    clock = cycle(jumps)
    monkeypatch.setattr(time, "time", lambda: next(clock))
    asked, written, closed = exchange(*[GET + b"\r\n"] * 6)
    dates = [parsedate_to_datetime(line.decode()) for line in re.findall(rb"\r\nDate: ([^\r]*)\r\n", written)]

    assert len(asked) == 6
    assert statuses(written) == [200] * 6
    assert len(dates) == 6
    assert {date.timestamp() for date in dates} <= set(jumps)
    assert not closed
