"""A lazy value is computed once, even if many threads need it at the same time."""

import time
from concurrent.futures import ThreadPoolExecutor

from policing_goals.web.http.lazy import Lazy


def test_many_threads_at_once_make_it_once() -> None:
    made: list[int] = []

    def make() -> int:
        time.sleep(0.05)
        made.append(1)
        return len(made)

    once = Lazy(make)
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: once(), range(32)))

    assert answers == [1] * 32
