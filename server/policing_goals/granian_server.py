"""Granian, configured for this application."""

import os
import signal
import socket
from functools import partial

from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from policing_goals import create_rsgi_app
from policing_goals.errors import AddressError
from policing_goals.settings import Settings

# Bytes of a request's head; a longer query must be sent with POST.
MAX_HEAD_BYTES = 2**17
# After SIGTERM, queries may finish; this many seconds after their time limit, the server is killed.
STOP_SECONDS = 5


class _ReloadInPlaceServer(MPServer):
    """A Granian server whose process handles SIGHUP itself: it loads the new snapshot and drops no request."""

    def signal_handler_reload(self, *_: object, **__: object) -> None:
        for worker in self.wrks:
            os.kill(worker.inner.pid, signal.SIGHUP)


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until stopped by a signal; raises AddressError if the address is not available."""
    _check_address(host, port)
    server = _ReloadInPlaceServer(
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
    )
    # Granian's annotation has functions only, but an object with __rsgi__ works too (RSGI, "application protocol").
    server.serve(target_loader=partial(create_rsgi_app, settings), wrap_loader=False)  # type: ignore[arg-type]


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
