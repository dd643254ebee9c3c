"""Several servers behind a balancer: one may die, and a new snapshot takes the place of the old for all at once."""

import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path

import pytest

from policing_goals.model.snapshot_format import CURRENT
from policing_goals.model.snapshot_locks import sole_writer
from tests.conftest import PACKAGE
from tests.support.processes import free_port, running, wait_for
from tests.support.programs import need
from tests.support.server import SERVE, eventually
from tests.support.snapshots import write_another

CLIENTS = 4
DEPLOY = PACKAGE / "deploy"
Switch = Callable[[str], None]


@pytest.fixture(scope="module")
def two(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A directory with two snapshots, and their SHA-256: the older and the newer, which is live."""
    directory = Path(shutil.copytree(snapshot, tmp_path_factory.mktemp("rollout") / "snapshots", symlinks=True))
    older = (directory / CURRENT).readlink().name
    with sole_writer(directory) as writer:
        return directory, older, write_another(writer, "newer")


def serving(stack: ExitStack, directory: Path, place: Path, *options: str) -> tuple[int, int]:
    """Start a server; its port and process."""
    place.mkdir()
    port = free_port()
    command: list[str | Path] = [*SERVE, "--snapshot", directory, "--workers", "1", "--trust-proxy", *options]
    _, process = stack.enter_context(running(command, place, port))
    return port, process.pid


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


@dataclass
class Balancer:
    """A running balancer: its port, and how all traffic is sent to a group."""

    port: int
    switch: Switch


def addresses(text: str, ports: dict[str, list[int]], port: int) -> str:
    """A configuration with the ports of a test in place of those printed."""
    printed = {"8101": ports["blue"][0], "8102": ports["blue"][1], "8201": ports["green"][0], "8202": ports["green"][1]}
    return re.sub("8[0-9]{3}(?=[; \n])", lambda found: str({"8080": port, **printed}[found[0]]), text)


def nginx(stack: ExitStack, place: Path, ports: dict[str, list[int]]) -> Balancer:
    """nginx with the printed configuration."""
    port, live = free_port(), place / "live.conf"
    conf = addresses((DEPLOY / "nginx.conf").read_text("utf-8"), ports, port)
    conf = conf.replace("/etc/nginx/policing-goals-live.conf", str(live))
    main = place / "nginx.conf"
    logs = f"error_log {place}/error.log; pid {place}/pid;"
    main.write_text(f"daemon off; worker_processes 2; {logs} events {{}} http {{ access_log off; {conf} }}", "utf-8")
    command = [need("nginx"), "-p", str(place), "-e", f"{place}/error.log", "-c", str(main)]

    def choose(group: str) -> None:
        live.write_text(f'map "" $policing_goals {{ default policing_goals_{group}; }}\n', "utf-8")

    def switch(group: str) -> None:
        choose(group)
        process.send_signal(signal.SIGHUP)

    choose("blue")
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    wait_for(port, process)
    return Balancer(port, switch)


def haproxy(stack: ExitStack, place: Path, ports: dict[str, list[int]]) -> Balancer:
    """HAProxy with the printed configuration."""
    port, live, control = free_port(), place / "live.map", place / "admin.sock"
    conf = addresses((DEPLOY / "haproxy.cfg").read_text("utf-8"), ports, port)
    conf = conf.replace("/etc/haproxy/policing-goals.map", str(live)).replace("/run/haproxy/admin.sock", str(control))
    main = place / "haproxy.cfg"
    main.write_text(conf, "utf-8")
    live.write_text("live policing_goals_blue\n", "utf-8")
    process = subprocess.Popen([need("haproxy"), "-f", str(main)], stderr=subprocess.DEVNULL)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    wait_for(port, process)

    def switch(group: str) -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(control))
            client.sendall(f"set map {live} live policing_goals_{group}\n".encode())
            client.recv(1000)

    return Balancer(port, switch)


class Clients:
    """Clients that ask on, each on a connection of its own, and what they got."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._stop = threading.Event()
        self.closed = 0
        self.seen: list[list[tuple[int, str]]] = [[] for _ in range(CLIENTS)]
        self._threads = [threading.Thread(target=self._ask, args=(seen,)) for seen in self.seen]

    def __enter__(self) -> "Clients":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def number(self) -> int:
        """How many replies came."""
        return sum(map(len, self.seen))

    def _ask(self, seen: list[tuple[int, str]]) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=30)
        number = 0
        while not self._stop.is_set():
            number += 1
            # No two alike, so that none is answered from a cache.
            body = f"query=SELECT%20(%22{threading.get_ident()}-{number}%22%20AS%20%3Fx)%20%7B%7D"
            try:
                connection.request("POST", "/sparql", body, {"Content-Type": "application/x-www-form-urlencoded"})
                with connection.getresponse() as response:
                    response.read()
                    seen.append((response.status, response.headers["Snapshot"] or ""))
            except (RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # A balancer may close a connection between two requests (RFC 9112, 9.5): that one is sent again.
                connection.close()
                self.closed += 1
        connection.close()


@pytest.fixture(params=["nginx", "haproxy"])
def balanced(
    request: pytest.FixtureRequest, two: tuple[Path, str, str], tmp_path: Path
) -> Iterator[tuple[Balancer, dict[str, list[int]]]]:
    """A balancer before two groups of two servers, blue with the older snapshot; and the processes by group."""
    need(request.param)
    directory, older, newer = two
    start = {"nginx": nginx, "haproxy": haproxy}[request.param]
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
