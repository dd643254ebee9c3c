"""A server with a back end: it is ready while that has the snapshot, and whatever that does stops nobody else."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, aclosing, closing
from pathlib import Path
from urllib.parse import quote

import pytest

from policing_goals.engine.backend import Backend
from policing_goals.engine.backend_messages import VERSION_QUERY, BackendRequest, BackendSettings
from policing_goals.engine.dataset import Dataset
from policing_goals.model.snapshot_format import Manifest
from policing_goals.rdf.formats import BY_NAME
from tests.support.back_ends import MisbehavingServer, OxigraphServer
from tests.support.processes import free_port, running
from tests.support.server import SERVE, Answered, Served, eventually

SLOW, QUICK = BackendRequest("SELECT ?x { ?x ?p 'slow' }"), BackendRequest("SELECT ?x { ?x ?p 'quick' }")


def test_a_server_with_a_back_end_is_ready_while_that_has_the_snapshot(
    snapshot: Path, tmp_path: Path, dataset: Dataset
) -> None:
    store = OxigraphServer()
    with ExitStack() as stack:
        stack.callback(store.stop)
        command = [*SERVE, "--snapshot", str(snapshot), "--backend", f"{store.url}/query", "--workers", "1"]
        port = free_port()
        _, process = stack.enter_context(running(command, tmp_path, port))
        server = Served(port, process.pid, tmp_path / "serve.log")
        assert server.ask("/ready").status == 503
        assert server.query("ASK {}").status == 502
        # Pages need no back end.
        assert server.ask("/en/goal-3.html").status == 200

        store.load(snapshot)
        assert eventually(lambda: server.ask("/ready").status == 200)
        found = server.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", Accept="text/csv")
        assert found.body == f"n\r\n{dataset.manifest.triples}\r\n".encode()
        assert found.headers["snapshot"] == Manifest.load((snapshot / "current").resolve()).sha256()
        assert server.ask("/graph?graph=" + quote("https://w3id.org/global-policing-goals/graph-core")).status == 200

        os.kill(store.process.pid, signal.SIGKILL)
        store.process.wait()
        assert eventually(lambda: server.ask("/ready").status == 503)
        refused = server.query("SELECT (1 AS ?new) {}")
        assert refused.status == 502
        assert f"{store.url}/query cannot be reached" in refused.body.decode()
        store.start()
        store.load(snapshot)
        assert eventually(lambda: server.ask("/ready").status == 200)
        assert server.query("SELECT (1 AS ?new) {}").status == 200
        everything = "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o"
        rows = server.query(everything, Accept="text/csv").body
        # Such a reply goes to the worker as a file, which may open nothing else.
        assert len(rows) > 2**20
        assert sorted(rows.splitlines()) == sorted(
            dataset.write(dataset.query(everything), BY_NAME["csv"]).splitlines()
        )
        in_order = "SELECT * { BIND (1 AS ?z) BIND (TRUE AS ?y) ?x a ?w } LIMIT 1"
        assert server.query(in_order, Accept="text/csv").body.startswith(b"z,y,x,w\r\n")
        long = f"ASK {{}} # {'x' * 20_000}"
        answered = server.ask("/sparql", long.encode(), "POST", Content_Type="application/sparql-query")
        assert (answered.status, b"true" in answered.body) == (200, True)


@pytest.fixture
def misbehaving(dataset: Dataset) -> Iterator[MisbehavingServer]:
    """A back end that misbehaves."""
    with closing(MisbehavingServer(dataset.manifest)) as server:
        yield server


def serving_with(stack: ExitStack, server: MisbehavingServer, snapshot: Path, directory: Path, *more: str) -> Served:
    """Start a server with that back end and one worker."""
    options = ["--backend", server.url, "--workers", "1", "--max-result", "1", "--trust-proxy", *more]
    port = free_port()
    _, process = stack.enter_context(running([*SERVE, "--snapshot", snapshot, *options], directory, port))
    served = Served(port, process.pid, directory / "serve.log")
    assert eventually(lambda: served.ask("/ready").status == 200)
    return served


def test_what_a_back_end_does_ends_at_a_limit(misbehaving: MisbehavingServer, snapshot: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = serving_with(stack, misbehaving, snapshot, tmp_path, "--timeout", "2")
        words = ("slow", "endless", "headers", "boolean", "malformed")
        replies = {word: server.query(f"SELECT ?x {{ ?x ?p '{word}' }}") for word in words}
        replies |= {word: server.query(f"CONSTRUCT WHERE {{ ?s ?p '{word}' }}") for word in ("cut", "unframed")}

        assert {word: reply.status for word, reply in replies.items()} == {
            "slow": 504, "endless": 413, "headers": 502, "boolean": 502, "malformed": 502,
            "cut": 502, "unframed": 502,
        }  # fmt: skip
        assert b"may be cut off" in replies["unframed"].body
        assert b"result of another query" in replies["boolean"].body
        assert b"is malformed" in replies["malformed"].body
        assert eventually(lambda: misbehaving.left == 1)
        for word in ("interim", "quick"):
            assert server.query(f"SELECT ?x {{ ?x ?p '{word}' }}", Accept="text/csv").body == b"x\r\n1\r\n"
        assert server.ask("/ready").status == 200


def test_the_monitor_is_patient_and_outlives_what_it_is_told(
    misbehaving: MisbehavingServer, snapshot: Path, tmp_path: Path
) -> None:
    version = misbehaving.values[VERSION_QUERY]
    with ExitStack() as stack:
        server = serving_with(stack, misbehaving, snapshot, tmp_path)
        misbehaving.silent = True
        assert eventually(lambda: misbehaving.left >= 1)
        # It was late once, for queries of clients keep it busy.
        assert server.ask("/ready").status == 200
        assert server.query(QUICK.text).status == 200
        misbehaving.silent = False
        for odd, said in (("\ud800", b"as a SPARQL endpoint does"), ("0" * 64, b"has snapshot 000000")):
            misbehaving.values[VERSION_QUERY] = odd
            assert eventually(lambda said=said: said in server.ask("/ready").body)  # type: ignore[misc]
            assert server.query(f"{QUICK.text} # {said!r}").status == 502
        misbehaving.values[VERSION_QUERY] = version
        assert eventually(lambda: server.ask("/ready").status == 200)
        told = [line for line in server.log.read_text("utf-8").splitlines() if "The back end" in line]
        # Each change once, however often it was seen.
        assert len(told) == 4
        assert "has snapshot 000000" in told[2]
        assert "can be asked" in told[3]


def test_slow_queries_of_one_client_keep_no_worker_and_no_other_client(
    misbehaving: MisbehavingServer, snapshot: Path, tmp_path: Path
) -> None:
    def ask(number: int) -> Answered:
        return server.query(f"{SLOW.text} # {number}", X_Forwarded_For="192.0.2.1")

    with ExitStack() as stack:
        limits = ["--backend-connections", "8", "--per-client", "2", "--timeout", "60"]
        server = serving_with(stack, misbehaving, snapshot, tmp_path, *limits)
        threads = stack.enter_context(ThreadPoolExecutor(4))
        asked = [threads.submit(ask, number) for number in range(4)]
        # Two of eight are a quarter.
        assert eventually(lambda: misbehaving.waiting == 2 and server.figure("policing_goals_queries") == 4)
        assert ask(5).status == 429
        assert server.query(QUICK.text, X_Forwarded_For="192.0.2.2").status == 200
        assert misbehaving.waiting == 2
        assert not any(each.done() for each in asked)
        misbehaving.close()

        assert {each.result().status for each in asked} <= {200, 502}


def test_a_query_that_is_cancelled_ends_at_the_back_end_too(misbehaving: MisbehavingServer) -> None:
    async def leave() -> None:
        async with aclosing(Backend(BackendSettings(misbehaving.url), 60.0)) as backend:
            first, second = (asyncio.create_task(backend.query(SLOW)) for _ in range(2))
            await until(lambda: misbehaving.waiting == 2)
            first.cancel()
            await until(lambda: (misbehaving.left, misbehaving.waiting) == (1, 1))
            await backend.query(QUICK)
        await asyncio.wait([second])

    async def until(holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(leave(), 60))

    assert eventually(lambda: misbehaving.left == 2)
