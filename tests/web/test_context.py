"""A value of a site is computed once, even if many threads need it at the same time."""

import time
from concurrent.futures import ThreadPoolExecutor

from policing_goals.engine.dataset import Dataset
from policing_goals.web.context import SiteContext
from policing_goals.web.static_site import NoEndpoint


def test_many_threads_get_one_value(dataset: Dataset) -> None:
    computed: list[int] = []

    def compute(_: Dataset) -> int:
        time.sleep(0.05)
        computed.append(1)
        return len(computed)

    site = SiteContext(dataset, NoEndpoint())
    with ThreadPoolExecutor(8) as threads:
        values = list(threads.map(lambda _: site.once(compute), range(32)))

    assert values == [1] * 32


def test_a_value_may_need_another(dataset: Dataset) -> None:
    site = SiteContext(dataset, NoEndpoint())

    assert site.once(lambda _: site.once(lambda _: 7) + 1) == 8
