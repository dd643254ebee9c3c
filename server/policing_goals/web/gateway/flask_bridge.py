"""Call the Flask app from the event loop, in a thread pool."""

import asyncio
import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

from policing_goals.engine.compression import CODINGS
from policing_goals.engine.turns import Turns
from policing_goals.web.http.departure import HAS_LEFT
from policing_goals.web.http.headers import default_headers
from policing_goals.web.http.messages import Reply, Request

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

# The server sends these itself, or adds them to every response.
SERVER_HEADERS = {"content-type", "content-length", "date", "server"}
# Not If-Range: bytes in one coding do not continue those in another.
ETAG_HEADERS = ("if-match", "if-none-match")
CODING_SUFFIX = re.compile(rf"-(?:{'|'.join(CODINGS)})\"")


class FlaskBridge:
    """Calls a WSGI application from an event loop."""

    def __init__(self, threads: int, per_client: int) -> None:
        """threads: concurrent requests, of which one client may have half; per_client: see Turns."""
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="site")
        self._turns = Turns(threads, per_client, max(1, threads // 2))

    async def call(self, app: "WSGIApplication", request: Request) -> Reply:
        """The application's reply to a request; clients take turns. Raises TooManyRequests if too many wait.

        If the client leaves, the work goes on until it next looks for that, or to its end. Until then it has its place
        and counts as the client's.
        """
        left = threading.Event()
        environ = {**_environ(request), HAS_LEFT: left.is_set}
        async with self._turns.enter(request.client):
            reply = asyncio.get_running_loop().run_in_executor(self._threads, _call, app, environ)
            try:
                return await asyncio.shield(reply)
            except asyncio.CancelledError:
                left.set()
                await asyncio.wait([reply])
                raise

    def close(self) -> None:
        """Start no more requests."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _environ(request: Request) -> dict[str, object]:
    builder = EnvironBuilder(
        # The host is in the headers.
        base_url="http://localhost",
        query_string=request.query,
        method=request.method,
        headers=list(_headers(request)),
        data=request.body,
    )
    try:
        environ = builder.get_environ()
    finally:
        builder.close()
    # The path is decoded already, and the builder would take the first part of //path for a host (PEP 3333: Latin-1).
    path = request.path.encode().decode("latin-1")
    return {**environ, "PATH_INFO": path, "REMOTE_ADDR": request.client, "wsgi.multithread": True}


def _headers(request: Request) -> Iterator[tuple[str, str]]:
    excluded = ("range", "if-range") if _ignores_range(request) else ()
    for name, value in request.headers.items():
        if name in excluded:
            continue
        if name in ETAG_HEADERS:
            # A tag ends in the coding of the reply, which is chosen after the site has made it.
            value = CODING_SUFFIX.sub('"', value)
        # Werkzeug takes the star for a tag; it always holds (RFC 9110, 13.1.1).
        if (name, value.strip()) != ("if-match", "*"):
            yield name, value


def _ignores_range(request: Request) -> bool:
    # Where a range does not apply, or only after a condition that Werkzeug checks too late (RFC 9110, 13.2.2, 14.2),
    # the complete response is always correct.
    in_bytes = request.header("range").strip().lower().startswith("bytes=")
    weak = request.header("if-range").strip().startswith("W/")
    return request.method != "GET" or not in_bytes or weak or "if-none-match" in request.headers


def _call(app: "WSGIApplication", environ: dict[str, object]) -> Reply:
    with Response.from_app(app, environ, buffered=True) as response:
        usual = default_headers(str(environ["PATH_INFO"]))
        headers = tuple(
            (name, value)
            for name, value in response.headers
            if name.lower() not in SERVER_HEADERS and (name, value) not in usual
        )
        return Reply(response.status_code, response.headers.get("Content-Type", ""), response.get_data(), headers)
