"""The cache: an answer is made once, and no more is kept than there is room for."""

import asyncio

import pytest

from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.engine.result_cache import ResultCache
from policing_goals.errors import QueryTooSlow
from policing_goals.rdf.formats import Kind


class Counting:
    """Answers every job with as many bytes as the number its text begins with, and counts."""

    version = "1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def run(self, job: QueryJob) -> QueryResult:
        self.asked.append(job.text)
        if job.text == "slow":
            raise QueryTooSlow("too slow")
        return QueryResult(Kind.SOLUTIONS, b"x" * int(job.text.split()[0]))


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


def test_a_repeated_job_is_answered_from_memory() -> None:
    assert asked_behind(1000, QueryJob("100"), QueryJob("100")) == ["100"]


def test_a_job_that_differs_in_anything_is_another_job() -> None:
    jobs = (
        QueryJob("10"),
        QueryJob("10", solutions="csv"),
        QueryJob("10", default=("http://a/",)),
        QueryJob("10", named=("http://a/",)),
        QueryJob("10", coding="gzip"),
    )

    assert asked_behind(1000, *jobs) == ["10"] * 5


def test_the_least_recently_asked_goes_first() -> None:
    jobs = [QueryJob(text) for text in ("100", "101", "100", "102", "100", "101")]

    assert asked_behind(250, *jobs) == ["100", "101", "102", "101"]


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    assert asked_behind(50, QueryJob("100"), QueryJob("100")) == ["100", "100"]


def test_nothing_is_kept_without_room() -> None:
    assert asked_behind(0, QueryJob("0"), QueryJob("0")) == ["0", "0"]


@pytest.mark.parametrize("call", ["RAND()", "now ( )", "UUID()", "StrUUID()", "BNODE()", "SERVICE <http://a/> {}"])
def test_what_may_differ_the_next_time_is_not_kept(call: str) -> None:
    text = f"10 {call}"

    assert asked_behind(1000, QueryJob(text), QueryJob(text)) == [text, text]


def test_a_refusal_is_not_kept() -> None:
    behind = Counting()
    cache = ResultCache(behind, 1000)
    for _ in range(2):
        with pytest.raises(QueryTooSlow):
            asyncio.run(cache.run(QueryJob("slow")))

    assert behind.asked == ["slow", "slow"]
