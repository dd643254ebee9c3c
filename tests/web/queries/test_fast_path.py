"""The fast path for saved queries gives the same responses as the site, and leaves the rest to it."""

from contextlib import ExitStack
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset
from policing_goals.web.queries.fast_path import WARMUP_RUNS, FastQueries
from tests.support.server import serving

ASKED = [
    ("goals.csv", ""),
    ("goals.csv", "lang=ar"),
    ("goals.json", "lang=es-MX"),
    ("goals.tsv", "lang="),
    ("goals.xml", ""),
    ("goal-objectives.csv", "goal=gpg%3Agoal-3&lang=es"),
    ("goal-tree.ttl", "goal=gpg:goal-2"),
    ("describe.nt", ""),
]


@pytest.fixture
def quick(dataset: Dataset) -> FastQueries:
    return FastQueries(dataset)


@pytest.mark.parametrize(("name", "query"), ASKED)
def test_a_result_is_the_one_that_the_site_gives(
    name: str, query: str, quick: FastQueries, client: FlaskClient
) -> None:
    reply = quick.reply(f"/queries/{name}", query)
    site = client.get(f"/queries/{name}?{query}")

    assert reply is not None
    assert (reply.status, reply.content_type) == (site.status_code, site.content_type)
    assert dict(reply.headers).items() <= dict(site.headers).items()
    # A graph has no order.
    assert sorted(reply.body.splitlines()) == sorted(site.data.splitlines())


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/queries/goals.html", ""),
        ("/queries/goals.xlsx", ""),
        ("/queries/goals.rq", ""),
        ("/queries/goals.ttl", ""),
        ("/queries/goals", ""),
        ("/queries/gaols.csv", ""),
        ("/queries/goals.csv", "lng=fr"),
        ("/queries/goals.csv", "lang=fr&lang=en"),
        ("/queries/goals.csv", "lang=%ff"),
        ("/queries/goal-objectives.csv", "goal=gpg:goal-9"),
        ("/queries/wikidata-labels.csv", ""),
        ("/queries/is-complete.json", ""),
        ("/fr/queries/goals.csv", ""),
    ],
)
def test_what_is_the_sites_to_say_is_left_to_it(path: str, query: str, quick: FastQueries) -> None:
    assert quick.reply(path, query) is None


def test_what_took_long_is_left_to_a_thread(quick: FastQueries, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("policing_goals.web.queries.fast_path.FAST_SECONDS", 0.0)
    replies = [quick.reply("/queries/goals.csv", "") for _ in range(WARMUP_RUNS + 1)]

    # The first times do not count: memory is cold.
    assert all(replies[:WARMUP_RUNS])
    assert replies[WARMUP_RUNS] is None


def test_a_server_answers_and_refuses_as_before(snapshot: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path)
        first = server.ask("/queries/goals.csv?lang=es")
        again = server.ask("/queries/goals.csv?lang=es", If_None_Match=first.headers["etag"])
        refused = server.ask("/queries/goals.csv?lang=es&lng=x")

    assert (first.status, again.status, refused.status) == (200, 304, 400)
    assert first.headers["access-control-allow-origin"] == "*"
    assert first.headers["content-type"] == "text/csv; charset=utf-8"
    assert b"its parameters: lang" in refused.body
