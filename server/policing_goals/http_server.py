"""The server's first process: it owns the listening socket, and starts the serving process again if it dies.

The serving process is forked from it and runs the event loop. Each learns through a pipe when the other has ended, so
that neither an orphan keeps the port nor a reused process id is taken for the parent.
"""

import asyncio
import os
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType

import uvloop

from policing_goals import create_gateway_app
from policing_goals.errors import AddressError, HostError, SnapshotError
from policing_goals.host_limits import possible_connections
from policing_goals.settings import Settings
from policing_goals.web.gateway.connection import HttpConnection
from policing_goals.web.gateway.connections import ConnectionLimits, Connections

BACKLOG = 4096
# Bytes that the system holds for a client (it doubles them); by itself, it would hold megabytes for one that is deaf.
SEND_BUFFER = 2**17
# After SIGTERM, queries may finish; this many seconds after their time limit, the server is killed.
STOP_SECONDS = 5.0
# A serving process that dies sooner than this is not started again at once.
RESTART_SECONDS = 0.5
READY = b"R"
NO_SNAPSHOT = 3
FORWARDED = (signal.SIGHUP,)
STOPPING = (signal.SIGINT, signal.SIGTERM)


def serve(settings: Settings, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until stopped by a signal.

    ready: called with the address (a URL) once the server can run queries. Raises AddressError if the address is not
    available, SnapshotError if there is no snapshot to serve, and HostError if the serving process dies of anything
    else before it is ready.
    """
    with _listen(host, port) as listener:
        code = _Supervisor(settings, listener, lambda: ready(_url(host, port))).run()
    if code == NO_SNAPSHOT:
        raise SnapshotError("The snapshot cannot be served; the reason is above.")
    if code == -signal.SIGKILL:
        raise HostError("The serving process was killed, most likely for lack of memory. Give it more, or import less.")
    if code:
        raise HostError(f"The serving process ended with code {code}; the reason is above.")


class _Supervisor:
    """Starts the serving process, restarts it, and passes signals on."""

    def __init__(self, settings: Settings, listener: socket.socket, ready: Callable[[], None]) -> None:
        self._settings = settings
        self._listener = listener
        self._ready = ready
        self._child = 0
        # Our end of the pipe by which the serving process learns that this one has ended.
        self._held = -1
        self._stopping = False

    def run(self) -> int:
        """Run until stopped; returns the exit code of the serving process."""
        handlers = dict.fromkeys(STOPPING, self._stop) | dict.fromkeys(FORWARDED, self._forward)
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            return self._keep_serving()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _keep_serving(self) -> int:
        was_ready, code = False, 0
        while not self._stopping:
            begun = time.monotonic()
            is_ready = self._start()
            if is_ready and not was_ready:
                was_ready = True
                self._ready()
            code = self._wait()
            if self._stopping or not was_ready:
                return code
            sys.stderr.write(f"The serving process ended with code {code}; starting another.\n")
            time.sleep(max(0.0, RESTART_SECONDS - (time.monotonic() - begun)))
        return code

    def _start(self) -> bool:
        """Fork the serving process; returns whether it became ready."""
        ready, says_ready = os.pipe()
        parent, held = os.pipe()
        signal.pthread_sigmask(signal.SIG_BLOCK, STOPPING)
        self._child = os.fork()
        if not self._child:
            os.close(ready)
            os.close(held)
            _serve_in_child(self._settings, self._listener, parent, says_ready)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        os.close(says_ready)
        os.close(parent)
        self._held = held
        said = os.read(ready, 1)
        os.close(ready)
        return said == READY

    def _wait(self) -> int:
        _, status = os.waitpid(self._child, 0)
        self._child = 0
        os.close(self._held)
        return os.waitstatus_to_exitcode(status)

    def _stop(self, number: int, _: FrameType | None) -> None:
        if self._stopping:
            return
        self._stopping = True
        # Clients that connect from now on are told at once.
        self._listener.close()
        if self._child:
            os.kill(self._child, signal.SIGTERM)
            signal.signal(signal.SIGALRM, lambda *_: os.kill(self._child, signal.SIGKILL))
            signal.alarm(int(self._settings.timeout + STOP_SECONDS))

    def _forward(self, number: int, _: FrameType | None) -> None:
        if self._child:
            os.kill(self._child, number)


def _serve_in_child(settings: Settings, listener: socket.socket, parent: int, says_ready: int) -> None:
    code = 1
    try:
        for number in (*STOPPING, *FORWARDED):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # The first process passes it on as SIGTERM.
        signal.pthread_sigmask(signal.SIG_UNBLOCK, STOPPING)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_Serving(settings, listener).run(parent, says_ready))
        code = 0
    except SnapshotError as error:
        sys.stderr.write(f"{error}\n")
        code = NO_SNAPSHOT
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # The first process cleans up.
        os._exit(code)


class _Serving:
    """The event loop of the serving process."""

    def __init__(self, settings: Settings, listener: socket.socket) -> None:
        self._settings = settings
        self._listener = listener
        self._connections = Connections(_connection_limits(settings))
        self._app = create_gateway_app(settings, self._connections)
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self, parent: int, says_ready: int) -> None:
        """Serve until stopped. parent: a pipe that ends with the first process; says_ready: a pipe to it."""
        loop, stopped = asyncio.get_running_loop(), asyncio.Event()
        await self._app.open()
        for number in STOPPING:
            loop.add_signal_handler(number, stopped.set)
        loop.add_signal_handler(signal.SIGHUP, self._reload)
        loop.add_reader(parent, stopped.set)
        server = await loop.create_server(
            lambda: HttpConnection(self._app, self._connections), sock=self._listener, backlog=BACKLOG
        )
        os.write(says_ready, READY)
        os.close(says_ready)
        await stopped.wait()
        loop.remove_reader(parent)
        server.close()
        await self._finish(loop.time() + self._settings.timeout + STOP_SECONDS)
        await self._app.close()

    def _reload(self) -> None:
        task = asyncio.ensure_future(self._app.reload())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _finish(self, deadline: float) -> None:
        """Let the requests under way finish, until a deadline."""
        loop = asyncio.get_running_loop()
        for connection in self._connections:
            connection.finish()
        while len(self._connections) and loop.time() < deadline:
            await asyncio.sleep(0.05)


def _connection_limits(settings: Settings) -> ConnectionLimits:
    """The limits of connections, as far as the system allows so many descriptors."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return ConnectionLimits(
        connections=possible_connections(settings),
        # Behind a proxy, all connections are the proxy's.
        per_address=0 if settings.trust_proxy else settings.connections_per_address,
        head=settings.head_timeout,
        body=settings.body_timeout,
        write=settings.write_timeout,
        idle=settings.idle_timeout,
    )


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _unavailable(host, port, error) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise _unavailable(host, port, error) from error
    return listener


def _unavailable(host: str, port: int, error: OSError) -> AddressError:
    advice = "Choose another with --host and --port."
    return AddressError(f"Cannot listen on {host}:{port}: {error.strerror}. {advice}")


def _url(host: str, port: int) -> str:
    # An address that means every interface is none to connect to.
    name = {"0.0.0.0": "localhost", "::": "localhost", "127.0.0.1": "localhost"}.get(host, host)  # noqa: S104
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"
