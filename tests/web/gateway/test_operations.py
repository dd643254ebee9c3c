"""The server for its operator: metrics, logs, a new snapshot, and killed processes."""

import asyncio
import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import quote

import pytest

from policing_goals import create_gateway_app
from policing_goals.engine.live_snapshot import LiveSettings, LiveSnapshot, open_live_snapshot
from policing_goals.settings import Settings
from policing_goals.web.gateway.connections import ConnectionLimits, Connections
from tests.conftest import ROOT
from tests.support.processes import descendants
from tests.support.server import COUNT, RUNAWAY, Served, eventually, serving


@pytest.fixture(scope="module")
def server(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server for tests that leave it as it was."""
    with ExitStack() as stack:
        yield serving(stack, snapshot, tmp_path_factory.mktemp("server"))


@pytest.fixture
def fragile(snapshot: Path, tmp_path: Path) -> Iterator[Served]:
    """A server for tests that do it harm."""
    with ExitStack() as stack:
        yield serving(stack, snapshot, tmp_path)


def test_health_and_readiness_can_be_seen(server: Served) -> None:
    assert server.ask("/health").status == 200
    assert server.ask("/ready").status == 200
    assert server.ask("/ready").headers["cache-control"] == "no-store"


def test_the_figures_follow_what_happens(server: Served) -> None:
    requests = server.figure("policing_goals_requests_total", route="/sparql", status="200")
    hits = server.figure("policing_goals_cache_hits_total")
    for _ in range(3):
        server.query(f"{COUNT} # figures")

    assert server.figure("policing_goals_requests_total", route="/sparql", status="200") == requests + 3
    assert server.figure("policing_goals_cache_hits_total") == hits + 2
    assert server.figure("policing_goals_workers") == 4
    assert server.figure("policing_goals_request_seconds_count", route="/sparql") >= requests + 3
    assert server.figure("policing_goals_requests_total", route="/no/such/path") == 0


def test_a_request_is_logged_in_one_line_of_json_without_its_query(server: Served) -> None:
    server.query(f"{COUNT} # confidential")
    assert eventually(lambda: '"path": "/sparql"' in server.log.read_text())
    lines = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    line = next(line for line in lines if line["path"] == "/sparql")

    assert set(line) == {"time", "client", "method", "path", "status", "bytes", "ms"}
    assert (line["client"], line["method"]) == ("127.0.0.1", "GET")
    assert "confidential" not in server.log.read_text()


def test_queries_are_logged_if_the_operator_wants(snapshot: Path, tmp_path: Path) -> None:
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path, "--log-queries")
        server.query("ASK {} # wanted")

        assert eventually(lambda: "wanted" in server.log.read_text())


def test_a_new_snapshot_comes_into_service_without_the_loss_of_a_request(tmp_path: Path, snapshot: Path) -> None:
    checkout = tmp_path / "checkout"
    for folder in ("ontology", "data", "docs", "shapes", "queries", "server", "tests/bad"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "CHANGELOG.md", checkout)
    served = tmp_path / "snapshot"
    shutil.copytree(snapshot, served, symlinks=True)
    with ExitStack() as stack:
        server = serving(stack, served, tmp_path)
        label = (
            'SELECT ?l { <https://w3id.org/global-policing-goals/goal-3> ?p ?l FILTER(LANG(?l) = "en") } ORDER BY ?l'
        )
        before = server.query(label, Accept="text/csv")
        answers, stop = [], threading.Event()

        def ask_on() -> None:
            connection = HTTPConnection("127.0.0.1", server.port, timeout=300)
            while not stop.is_set():
                connection.request("GET", f"/sparql?query={quote(label)}", headers={"Accept": "text/csv"})
                response = connection.getresponse()
                answers.append((response.status, response.headers["ETag"], response.read()))
                # Leaves time for the build.
                time.sleep(0.02)
            connection.close()

        clients = [threading.Thread(target=ask_on) for _ in range(2)]
        for client in clients:
            client.start()
        rename(checkout)
        command: list[str | Path] = [sys.executable, "-m", "policing_goals", "build", "--snapshot", served]
        subprocess.run(command, cwd=checkout / "server", check=True, capture_output=True)
        os.kill(server.pid, signal.SIGHUP)
        assert eventually(lambda: b"Shelter" in server.query(label).body)
        # The clients have asked since.
        assert eventually(lambda: len({tag for _, tag, _ in answers}) == 2)
        stop.set()
        for client in clients:
            client.join()

    assert {status for status, _, _ in answers} == {200}
    assert len({(tag, body) for _, tag, body in answers}) == 2
    assert b"Shelter" not in before.body


@pytest.mark.usefixtures("always_new")
def test_nothing_of_a_snapshot_that_was_replaced_stays_in_memory(snapshot: Path) -> None:
    app = create_gateway_app(Settings(snapshot, workers=1), Connections(ConnectionLimits()))
    thresholds = gc.get_threshold()

    async def replace() -> object:
        await app.open()
        old = weakref.ref(app._state.live.dataset)
        await app.reload()
        left = old()
        await app.close()
        return left

    try:
        assert asyncio.run(replace()) is None
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)


@pytest.fixture
def always_new(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a server take the live snapshot for another one than it serves."""
    monkeypatch.setattr("policing_goals.web.gateway.app.served_name", lambda _: "another")


@pytest.mark.usefixtures("always_new")
def test_swaps_come_one_at_a_time_and_those_that_wait_are_one(snapshot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_gateway_app(Settings(snapshot, workers=1), Connections(ConnectionLimits()))
    opened: list[int] = []
    thresholds = gc.get_threshold()

    async def count(settings: LiveSettings) -> LiveSnapshot:
        opened.append(len(opened))
        return await open_live_snapshot(settings)

    async def replace() -> None:
        monkeypatch.setattr("policing_goals.web.gateway.app.open_live_snapshot", count)
        await app.open()
        await asyncio.gather(*(app.reload() for _ in range(10)))
        await app.close()

    try:
        asyncio.run(replace())
    finally:
        gc.unfreeze()
        gc.set_threshold(*thresholds)

    # One to begin with, one for the first request, one for all that came meanwhile.
    assert len(opened) == 3


def rename(checkout: Path) -> None:
    """Give goal 3 another English label, wherever it stands."""
    for path in (checkout / "data").rglob("*.t*"):
        text = path.read_text("utf-8")
        changed = text.replace("Protecting vulnerable groups", "Sheltering vulnerable groups")
        if changed != text:
            path.write_text(changed, "utf-8")


def test_a_snapshot_that_cannot_be_served_does_not_replace_the_one_in_service(snapshot: Path, tmp_path: Path) -> None:
    served = tmp_path / "snapshot"
    shutil.copytree(snapshot, served, symlinks=True)
    with ExitStack() as stack:
        server = serving(stack, served, tmp_path)
        damaged = Path(shutil.copytree((served / "current").resolve(), served / ("f" * 64)))
        (damaged / "dataset.nq").write_bytes(b"damaged")
        (served / "current").unlink()
        (served / "current").symlink_to(damaged.name)
        os.kill(server.pid, signal.SIGHUP)

        assert eventually(lambda: "The live snapshot stays" in server.log.read_text())
        assert server.query(COUNT).status == 200


@pytest.mark.parametrize("role", ["front", "template", "worker"])
def test_any_process_but_the_first_may_be_killed(fragile: Served, role: str) -> None:
    generations = {"front": 1, "template": 2, "worker": 3}
    victims = [pid for pid, depth in descendants(fragile.pid).items() if depth == generations[role]]
    assert victims
    for pid in victims:
        os.kill(pid, signal.SIGKILL)

    def whole() -> bool:
        try:
            return fragile.query(f"{COUNT} # {time.time()}").status == 200 and not set(victims) & set(
                descendants(fragile.pid)
            )
        except OSError:
            return False

    assert eventually(whole)
    assert eventually(lambda: len(descendants(fragile.pid)) == 6)


def test_when_the_first_process_is_killed_the_others_end(fragile: Served) -> None:
    family = list(descendants(fragile.pid))
    assert len(family) == 6
    os.kill(fragile.pid, signal.SIGKILL)

    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))


def test_a_server_that_is_stopped_answers_what_is_under_way(fragile: Served) -> None:
    with ThreadPoolExecutor(1) as threads:
        asked = threads.submit(fragile.query, RUNAWAY % 0)
        assert eventually(lambda: fragile.figure("policing_goals_queries") == 1)
        os.kill(fragile.pid, signal.SIGTERM)

        assert asked.result().status == 504
    assert eventually(lambda: not descendants(fragile.pid))


@pytest.mark.needs("systemd-analyze")
def test_systemd_finds_no_fault_with_the_unit(tmp_path: Path) -> None:
    unit = (ROOT / "server/policing_goals/deploy/policing-goals.service").read_text("utf-8")
    installed = str(Path(sys.executable).with_name("policing-goals"))
    copy = tmp_path / "policing-goals.service"
    copy.write_text(unit.replace("/opt/policing-goals/.venv/bin/policing-goals", installed), "utf-8")
    result = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)

    assert (result.returncode, result.stderr) == (0, "")
    assert installed in copy.read_text("utf-8")
