"""The cache: a result is computed once, and the cache stays within its size."""

import asyncio

import pytest

from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.engine.result_cache import ENTRY_BYTES, ResultCache
from policing_goals.errors import QueryTooSlow
from policing_goals.rdf.formats import Kind


class Counting:
    """Answers every job with as many bytes as the number its text begins with, and counts."""

    version = "1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self, job: QueryJob, client: str = "") -> QueryResult:
        self.asked.append(job.text)
        if job.text == "slow":
            raise QueryTooSlow("too slow")
        return QueryResult(Kind.SOLUTIONS, b"x" * int(job.text.split()[0]), volatile="volatile" in job.text)


def asked_behind(size: int, *jobs: QueryJob) -> list[str]:
    """What a cache of that size asks of the one behind it for some jobs."""
    behind = Counting()
    cache = ResultCache(behind, size)

    async def ask() -> None:
        for job in jobs:
            await cache.run(job)

    asyncio.run(ask())
    assert cache.used <= size
    return behind.asked


def test_a_repeated_job_is_served_from_the_cache() -> None:
    assert asked_behind(10_000, QueryJob("100"), QueryJob("100")) == ["100"]


def test_a_job_that_differs_in_anything_is_another_job() -> None:
    jobs = (
        QueryJob("10"),
        QueryJob("10", solutions="csv"),
        QueryJob("10", default=("http://a/",)),
        QueryJob("10", named=("http://a/",)),
        QueryJob("10", coding="gzip"),
    )

    assert asked_behind(10_000, *jobs) == ["10"] * 5


def test_the_least_recently_used_result_is_evicted_first() -> None:
    jobs = [QueryJob(text) for text in ("100", "101", "100", "102", "100", "101")]

    assert asked_behind(2 * (ENTRY_BYTES + 125), *jobs) == ["100", "101", "102", "101"]


def test_a_result_larger_than_the_cache_is_not_cached() -> None:
    assert asked_behind(50, QueryJob("100"), QueryJob("100")) == ["100", "100"]


def test_nothing_is_cached_with_size_zero() -> None:
    assert asked_behind(0, QueryJob("0"), QueryJob("0")) == ["0", "0"]


def test_a_volatile_result_is_not_cached() -> None:
    assert asked_behind(10_000, QueryJob("10 volatile"), QueryJob("10 volatile")) == ["10 volatile", "10 volatile"]


def test_an_error_is_not_cached() -> None:
    behind = Counting()
    cache = ResultCache(behind, 10_000)
    for _ in range(2):
        with pytest.raises(QueryTooSlow):
            asyncio.run(cache.run(QueryJob("slow")))

    assert behind.asked == ["slow", "slow"]
