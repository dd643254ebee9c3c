"""Several servers behind a balancer: one may die, and a new snapshot takes the place of the old for all at once."""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from policing_goals.model.snapshot_format import CURRENT
from policing_goals.model.snapshot_locks import sole_writer
from tests.support.balancers import BALANCERS, CLIENTS, Balancer, Clients, serving
from tests.support.processes import free_port
from tests.support.programs import need
from tests.support.server import SERVE, eventually
from tests.support.snapshots import write_another


@pytest.fixture(scope="module")
def two(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A directory with two snapshots, and their SHA-256: the older and the newer, which is live."""
    directory = Path(shutil.copytree(snapshot, tmp_path_factory.mktemp("rollout") / "snapshots", symlinks=True))
    older = (directory / CURRENT).readlink().name
    with sole_writer(directory) as writer:
        return directory, older, write_another(writer, "newer")


def asked(port: int, path: str) -> tuple[int, str, bytes]:
    """Status, snapshot and body of a request."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    with closing(connection):
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, response.headers["Snapshot"] or "", response.read()


def test_a_pinned_server_serves_its_snapshot_and_says_so(two: tuple[Path, str, str], tmp_path: Path) -> None:
    directory, older, newer = two
    with ExitStack() as stack:
        port, pid = serving(stack, directory, tmp_path / "pinned", "--pin", older[:12])
        for path in ("/", "/sparql?query=ASK%20%7B%7D", "/nothing", "/static/site.css", "/health", "/sparql?query=x"):
            assert asked(port, path)[1] == older, path
        assert asked(port, f"/ready?snapshot={older[:8]}")[0] == 200
        status, _, body = asked(port, f"/ready?snapshot={newer}")
        assert status == 503
        assert older in body.decode()
        assert newer in body.decode()
        # A pinned server is not stale, and a reload finds nothing new.
        os.kill(pid, signal.SIGHUP)
        log = tmp_path / "pinned/serve.log"
        assert eventually(lambda: "is in service already" in log.read_text())
        assert "Building" not in log.read_text()
        assert asked(port, "/")[1] == older


@pytest.mark.parametrize("pin", ["ffffffff", "0000000000"])
def test_a_pin_of_no_snapshot_is_refused_with_those_that_there_are(
    pin: str, two: tuple[Path, str, str], tmp_path: Path
) -> None:
    command: list[str | Path] = [*SERVE, "--snapshot", two[0], "--port", str(free_port()), "--pin", pin]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert f"There is no snapshot {pin}" in done.stderr
    assert two[1][:16] in done.stderr


@pytest.fixture(params=["nginx", "haproxy"])
def balanced(
    request: pytest.FixtureRequest, two: tuple[Path, str, str], tmp_path: Path
) -> Iterator[tuple[Balancer, dict[str, list[int]]]]:
    """A balancer before two groups of two servers, blue with the older snapshot; and the processes by group."""
    need(request.param)
    directory, older, newer = two
    start = BALANCERS[request.param]
    with ExitStack() as stack:
        groups = {
            name: [serving(stack, directory, tmp_path / f"{name}{number}", "--pin", sha) for number in range(2)]
            for name, sha in (("blue", older), ("green", newer))
        }
        balancer = start(stack, tmp_path, {name: [port for port, _ in group] for name, group in groups.items()})
        yield balancer, {name: [pid for _, pid in group] for name, group in groups.items()}


def test_no_request_fails_and_no_client_sees_an_older_version_after_a_newer(
    balanced: tuple[Balancer, dict[str, list[int]]], two: tuple[Path, str, str]
) -> None:
    balancer, processes = balanced
    _, older, newer = two
    with Clients(balancer.port) as clients:
        assert eventually(lambda: clients.number() > 200)
        os.killpg(processes["blue"][0], signal.SIGKILL)
        before = clients.number()
        assert eventually(lambda: clients.number() > before + 200)
        balancer.switch("green")
        assert eventually(lambda: all(seen[-1][1] == newer for seen in clients.seen))
        time.sleep(0.5)

    # nginx does when it reads its configuration again; a server that dies is nothing that a client sees.
    assert clients.closed <= CLIENTS
    for seen in clients.seen:
        assert {status for status, _ in seen} == {200}
        versions = [version for _, version in seen]
        first = versions.index(newer)
        assert set(versions[:first]) == {older}
        assert set(versions[first:]) == {newer}
