"""Granian set up for this application: changes when the server in front does."""

import os
import signal
import socket
from functools import partial

from granian.constants import HTTPModes, Interfaces, Loops, RuntimeModes
from granian.http import HTTP1Settings
from granian.server.mp import MPServer

from policing_goals import create_front
from policing_goals.errors import AddressError
from policing_goals.settings import Settings

# Bytes of the head of a request; a longer query is sent with POST.
MAX_HEAD_BYTES = 2**17
# Beyond the time that a query may take, until a server that is told to stop is stopped by force.
STOP_SECONDS = 5


class _ReloadInPlaceServer(MPServer):
    """A Granian server that keeps its process on SIGHUP, which opens the new snapshot itself and drops no request."""

    def signal_handler_reload(self, *_: object, **__: object) -> None:
        for worker in self.wrks:
            os.kill(worker.inner.pid, signal.SIGHUP)


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until told to stop; raises AddressError if the address cannot be had."""
    _refuse_taken(host, port)
    server = _ReloadInPlaceServer(
        "policing_goals:create_front",
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
    # Granian's types know functions alone; an object with __rsgi__ is as good (RSGI, "application protocol").
    server.serve(target_loader=partial(create_front, settings), wrap_loader=False)  # type: ignore[arg-type]


def _refuse_taken(host: str, port: int) -> None:
    # The server would share a taken port (SO_REUSEPORT), and each would get half of the requests.
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
    except OSError as error:
        advice = "Choose another with --host and --port."
        raise AddressError(f"Cannot listen on {host}:{port}: {error.strerror}. {advice}") from error
