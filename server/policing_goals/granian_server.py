"""Granian, configured for this application."""

import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.request import urlopen

from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from policing_goals import create_rsgi_app
from policing_goals.errors import AddressError
from policing_goals.settings import Settings

# Bytes of a request's head; a longer query must be sent with POST.
MAX_HEAD_BYTES = 2**17
# After SIGTERM, queries may finish; this many seconds after their time limit, the server is killed.
STOP_SECONDS = 5
READY_POLL_SECONDS = 0.05


class _Server(MPServer):
    """A Granian server that says when it is ready.

    Its process handles SIGHUP itself: it loads the new snapshot and drops no request.
    """

    announce: Callable[[], None]

    def startup(self, *arguments: Any) -> None:  # noqa: ANN401  # passed on as they are
        super().startup(*arguments)  # type: ignore[no-untyped-call]
        # Started after the processes were forked.
        threading.Thread(target=self.announce, daemon=True).start()

    def signal_handler_reload(self, *_: object, **__: object) -> None:
        for worker in self.wrks:
            os.kill(worker.inner.pid, signal.SIGHUP)


def serve(settings: Settings, host: str, port: int, ready: Callable[[str], None], verbose: bool = False) -> None:
    """Serve until stopped by a signal; raises AddressError if the address is not available.

    ready: called with the address (a URL) once the server can run queries; verbose: also log what Granian does.
    """
    _check_address(host, port)
    server = _Server(
        "policing_goals:create_rsgi_app",
        address=host,
        port=port,
        interface=Interfaces.RSGI,
        loop=Loops.uvloop,
        runtime_mode=RuntimeModes.mt,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(max_buffer_size=MAX_HEAD_BYTES),
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=int(settings.timeout) + STOP_SECONDS,
        log_level=LogLevels.info if verbose else LogLevels.warning,
    )
    server.announce = partial(_announce, host, port, ready)
    # Granian's annotation has functions only, but an object with __rsgi__ works too (RSGI, "application protocol").
    server.serve(target_loader=partial(create_rsgi_app, settings), wrap_loader=False)  # type: ignore[arg-type]


def _announce(host: str, port: int, ready: Callable[[str], None]) -> None:
    # An address that means every interface is none to connect to.
    name = {"0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "localhost"}.get(host, host)  # noqa: S104
    address = f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
    while not _is_ready(address):
        time.sleep(READY_POLL_SECONDS)
    ready(address)


def _is_ready(address: str) -> bool:
    try:
        with urlopen(f"{address}/ready", timeout=STOP_SECONDS):  # noqa: S310  # our own address
            return True
    except (OSError, HTTPException):
        return False


def _check_address(host: str, port: int) -> None:
    # Granian would share a port in use (SO_REUSEPORT), and each server would get half of the requests.
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        advice = "Choose another with --host and --port."
        raise AddressError(f"Cannot listen on {host}:{port}: {error.strerror}. {advice}") from error
