"""The cache: an answer is made once, and no more is kept than there is room for."""

import pytest

from server.engine.cache import Cache
from server.engine.formats import Kind
from server.engine.jobs import Answer, Job
from server.errors import QueryTooSlow


class Counting:
    """Answers every job with as many bytes as its text says, and counts."""

    version = "1"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def answer(self, job: Job) -> Answer:
        self.asked.append(job.text)
        if job.text == "slow":
            raise QueryTooSlow("too slow")
        return Answer(Kind.SOLUTIONS, b"x" * int(job.text))


def test_a_repeated_job_is_answered_from_memory() -> None:
    behind = Counting()
    cache = Cache(behind, 1000)

    assert cache.answer(Job("100")) == cache.answer(Job("100"))
    assert behind.asked == ["100"]


def test_a_job_that_differs_in_anything_is_another_job() -> None:
    behind = Counting()
    cache = Cache(behind, 1000)
    for job in (
        Job("10"),
        Job("10", solutions="csv"),
        Job("10", default=("http://a/",)),
        Job("10", named=("http://a/",)),
    ):
        cache.answer(job)

    assert behind.asked == ["10"] * 4


def test_the_least_recently_asked_goes_first() -> None:
    behind = Counting()
    cache = Cache(behind, 250)
    for text in ("100", "101", "100", "102", "100", "101"):
        cache.answer(Job(text))

    assert behind.asked == ["100", "101", "102", "101"]


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    behind = Counting()
    cache = Cache(behind, 50)
    cache.answer(Job("100"))
    cache.answer(Job("100"))

    assert behind.asked == ["100", "100"]


def test_a_refusal_is_not_kept() -> None:
    behind = Counting()
    cache = Cache(behind, 1000)
    for _ in range(2):
        with pytest.raises(QueryTooSlow):
            cache.answer(Job("slow"))

    assert behind.asked == ["slow", "slow"]
