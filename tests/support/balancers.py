"""Servers behind nginx and HAProxy, with the printed configurations, and clients that ask without a pause."""

import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPConnection, RemoteDisconnected
from pathlib import Path

from tests.conftest import PACKAGE
from tests.support.processes import free_port, running, wait_for
from tests.support.programs import need
from tests.support.server import SERVE

CLIENTS = 4
DEPLOY = PACKAGE / "deploy"
Switch = Callable[[str], None]


def serving(stack: ExitStack, directory: Path, place: Path, *options: str) -> tuple[int, int]:
    """Start a server; its port and process."""
    place.mkdir()
    port = free_port()
    command: list[str | Path] = [*SERVE, "--snapshot", directory, "--workers", "1", "--trust-proxy", *options]
    _, process = stack.enter_context(running(command, place, port))
    return port, process.pid


@dataclass
class Balancer:
    """A running balancer: its port, and how all traffic is sent to a group."""

    port: int
    switch: Switch


def addresses(text: str, ports: dict[str, list[int]], port: int) -> str:
    """A configuration with the ports of a test in place of those printed: one line for each server of a group."""

    def listed(line: re.Match[str]) -> str:
        group = "blue" if line["group"] == "1" else "green"
        lines = (f"{line['begin']}{number}{line['end']}" for number in ports[group])
        # The names of servers differ.
        return "".join(re.sub(r"(blue|green)\d", rf"\g<1>{place}", each) for place, each in enumerate(lines, 1))

    one = re.sub(r"^ *server .*:8[12]02\b.*\n", "", text, flags=re.MULTILINE)
    many = re.sub(r"^(?P<begin> *server .*:)8(?P<group>[12])01(?P<end>\b.*\n)", listed, one, flags=re.MULTILINE)
    return re.sub(r"8080(?=[;\n])", str(port), many)


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

    def __init__(self, port: int, number: int = CLIENTS) -> None:
        self._port = port
        self._stop = threading.Event()
        self.closed = 0
        self.seconds: list[float] = []
        self.seen: list[list[tuple[int, str]]] = [[] for _ in range(number)]
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
            begun = time.perf_counter()
            try:
                connection.request("POST", "/sparql", body, {"Content-Type": "application/x-www-form-urlencoded"})
                with connection.getresponse() as response:
                    response.read()
                    seen.append((response.status, response.headers["Snapshot"] or ""))
                    self.seconds.append(time.perf_counter() - begun)
            except (RemoteDisconnected, BrokenPipeError, ConnectionResetError):
                # A balancer may close a connection between two requests (RFC 9112, 9.5): that one is sent again.
                connection.close()
                self.closed += 1
        connection.close()


BALANCERS = {"nginx": nginx, "haproxy": haproxy}
