"""The RSGI application: SPARQL and cached pages here, everything else to Flask.

It reads bodies with a deadline and a size limit.
"""

import asyncio
import gc
import os
import re
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask

from policing_goals.engine.live_snapshot import BlockingRunner, LiveSnapshot
from policing_goals.errors import BodyTooLarge, MethodNotAllowed, QueryError, SnapshotError, UriTooLong
from policing_goals.languages import LANGUAGES
from policing_goals.web.app import make_app, warm_up
from policing_goals.web.gateway import monitoring
from policing_goals.web.gateway.flask_bridge import FlaskBridge
from policing_goals.web.gateway.monitoring import AccessLog, Metrics
from policing_goals.web.gateway.page_cache import PageCache, cache_key
from policing_goals.web.gateway.rsgi import (
    CancelOnDisconnect,
    Scope,
    Transport,
    header_value,
    read_body,
    to_request,
    validate_host,
    write_reply,
)
from policing_goals.web.http.headers import default_headers
from policing_goals.web.http.messages import BODY_LIMIT, Reply, Request
from policing_goals.web.http.problems import problem
from policing_goals.web.http.proxy import PublicUrl
from policing_goals.web.queries.fast_path import FastQueries
from policing_goals.web.sparql.long_requests import READ_BYTES, LongRequest
from policing_goals.web.sparql.request_parsers import request_parsers
from policing_goals.web.sparql.responses import (
    PlannedQuery,
    Preconditions,
    RequestParser,
    build_response,
    early_not_modified,
)

SITE_THREADS = 32
GC_THRESHOLD = 50_000
PAGE_CACHE_BYTES = 32 * 2**20
CACHED_PLANS, MAX_CACHED_HEAD = 1024, 8192
PARENT_POLL_SECONDS = 1.0
BODILESS_METHODS = ("GET", "HEAD", "OPTIONS")
CONDITIONAL_HEADERS = {"if-none-match", "if-match", "if-modified-since", "if-unmodified-since", "range"}
LOCALIZED_ENDPOINT = re.compile(rf"/(?:{'|'.join(LANGUAGES)})(/(?:sparql|graph))$")
MONITORING = ("/health", "/ready", "/metrics")
# The client has disconnected; only the log shows this status.
CLIENT_CLOSED = Reply(499, "", b"")


@dataclass(frozen=True)
class ServingState:
    """Everything needed to serve one snapshot.

    parsers: of requests that a query answers, by path; cached_plan: the same for short GET requests, with a cache;
    pages: the page cache; fast_queries: saved queries that need no site.
    """

    live: LiveSnapshot
    site: Flask
    parsers: dict[str, RequestParser]
    cached_plan: Callable[[str, str, str, str, str], PlannedQuery]
    pages: PageCache
    fast_queries: FastQueries


@dataclass(frozen=True)
class ClientPolicy:
    """The limits for clients, what is logged of them, and the public URL.

    body_timeout: seconds for the body of a request to arrive; log_queries: include query strings in the access log.
    """

    body_timeout: float
    log_queries: bool
    public_url: PublicUrl = field(default_factory=PublicUrl)


class GatewayApp:
    """The RSGI application. It serves one snapshot, and the newest after a SIGHUP."""

    def __init__(self, open_live_snapshot: Callable[[], Awaitable[LiveSnapshot]], policy: ClientPolicy) -> None:
        """open_live_snapshot: opens the newest snapshot, or raises SnapshotError."""
        self._open_live_snapshot = open_live_snapshot
        self._policy = policy
        self._bridge = FlaskBridge(SITE_THREADS)
        self._metrics = Metrics(lambda: self._state.live)
        self._log = AccessLog(sys.stdout, policy.log_queries)
        self._tasks: set[asyncio.Task[None]] = set()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the snapshot before the first request; raises SnapshotError if there is none."""
        self._state = loop.run_until_complete(self._new_state(loop))
        # These objects stay; requests leave few reference cycles behind.
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._track_task(loop.create_task(self._reload_snapshot(loop))))
        self._track_task(loop.create_task(_stop_with_parent(os.getppid())))

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the workers after the last request."""
        self._log.flush()
        self._bridge.close()
        loop.run_until_complete(self._state.live.pool.close())

    async def __rsgi__(self, scope: Scope, transport: Transport) -> None:
        """Answer a request."""
        begun, status, size = time.perf_counter(), 500, 0
        try:
            reply = await self._reply(scope, transport)
            write_reply(transport, reply, default_headers(scope.path))
            status, size = reply.status, reply.size()
        finally:
            seconds = time.perf_counter() - begun
            self._metrics.record(scope.path, status, seconds)
            client = _client(scope, self._policy)
            self._log.record(scope.method, scope.path, scope.query_string, client, status, size, seconds)

    async def _reply(self, scope: Scope, transport: Transport) -> Reply:
        try:
            validate_host(scope)
            if scope.method != scope.method.upper():
                problem_text = f"{scope.method[:20]} is not a method: write it in capitals."
                raise MethodNotAllowed(problem_text, ("GET", "HEAD"))
            body = b""
            if scope.method not in BODILESS_METHODS:
                body = await read_body(scope, transport, BODY_LIMIT, self._policy.body_timeout)
            state = self._state
            with state.live.in_use():
                return await self._serve(state, scope, body, transport)
        except QueryError as error:
            return problem(error, header_value(scope, "accept"))

    async def _serve(self, state: ServingState, scope: Scope, body: bytes, transport: Transport) -> Reply:
        path = self._strip_prefix(scope.path)
        if path in state.parsers and (scope.query_string or scope.method not in BODILESS_METHODS):
            if scope.method != "OPTIONS":
                if len(scope.query_string) + len(body) > READ_BYTES:
                    return await self._answer_long(state, LongRequest(path, to_request(scope, body)), scope, transport)
                return await self._answer_query(state, _plan(state, path, scope, body), scope, transport)
        elif path in MONITORING:
            return self._monitor(state, path, scope)
        _refuse_long(scope, body)
        key = cache_key(scope)
        cached = state.pages.find(scope, key)
        if cached is not None:
            return cached
        reply = state.fast_queries.reply(path, scope.query_string) if _is_unconditional_get(scope) else None
        if reply is None:
            reply = await self._bridge.call(state.site, scope, body)
        return state.pages.add(scope, key, reply)

    def _strip_prefix(self, path: str) -> str:
        # The proxy may have left the path of the public URL.
        prefix = urlsplit(self._policy.public_url.base_url).path.rstrip("/")
        inside = path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path
        # The endpoint is the same in every language; pages are the site's.
        return LOCALIZED_ENDPOINT.sub(r"\1", inside)

    def _monitor(self, state: ServingState, path: str, scope: Scope) -> Reply:
        if scope.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(f"{scope.method} is refused: this address is read-only.", ("GET", "HEAD"))
        if path == "/metrics":
            return self._metrics.reply()
        return monitoring.health() if path == "/health" else monitoring.ready(state.live)

    async def _answer_query(
        self, state: ServingState, planned: PlannedQuery, scope: Scope, transport: Transport
    ) -> Reply:
        version = state.live.version
        none_match = header_value(scope, "if-none-match")
        conditions = Preconditions(scope.method, scope.headers.get("if-match") or "", none_match)
        known = early_not_modified(planned, version, conditions)
        if known is not None:
            return known
        result = state.live.cache.get(planned.job)
        if result is None:
            async with CancelOnDisconnect(transport):
                result = await state.live.cache.run(planned.job, _client(scope, self._policy))
        return CLIENT_CLOSED if result is None else build_response(planned, result, version, conditions)

    async def _answer_long(self, state: ServingState, job: LongRequest, scope: Scope, transport: Transport) -> Reply:
        async with CancelOnDisconnect(transport):
            return await state.live.pool.run(job, _client(scope, self._policy))
        return CLIENT_CLOSED

    async def _new_state(self, loop: asyncio.AbstractEventLoop) -> ServingState:
        live = await self._open_live_snapshot()
        parsers = request_parsers(live.dataset)
        site = make_app(live.dataset, BlockingRunner(live.cache, loop), self._policy.public_url)
        await loop.run_in_executor(None, warm_up, site)
        cached_plan = lru_cache(CACHED_PLANS)(_plan_function(parsers))
        return ServingState(live, site, parsers, cached_plan, PageCache(PAGE_CACHE_BYTES), FastQueries(live.dataset))

    async def _reload_snapshot(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            state = await self._new_state(loop)
        except SnapshotError as error:
            _log(f"The live snapshot stays: {error}")
            return
        self._state, old = state, self._state
        _log(f"In service: snapshot {state.live.version}.")
        await old.live.retire()
        # Frozen objects are never freed, and a snapshot takes some 15 MB.
        del old
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _track_task(self, task: "asyncio.Task[None]") -> None:
        # The event loop holds tasks only weakly.
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _refuse_long(scope: Scope, body: bytes) -> None:
    # Pages are made in a process that serves others.
    if len(scope.path) + len(scope.query_string) > READ_BYTES:
        raise UriTooLong(f"The address is longer than {READ_BYTES // 1024} KiB. Send less in it.")
    if len(body) > READ_BYTES:
        raise BodyTooLarge(f"The body of this request may have {READ_BYTES // 1024} KiB. Send several requests.")


def _is_unconditional_get(scope: Scope) -> bool:
    return scope.method == "GET" and CONDITIONAL_HEADERS.isdisjoint(scope.headers.keys())


def _plan(state: ServingState, path: str, scope: Scope, body: bytes) -> PlannedQuery:
    accept, coding = header_value(scope, "accept"), header_value(scope, "accept-encoding")
    if scope.method == "POST" or len(scope.query_string) + len(accept) + len(coding) > MAX_CACHED_HEAD:
        return state.parsers[path](to_request(scope, body))
    return state.cached_plan(path, scope.method, scope.query_string, accept, coding)


def _plan_function(parsers: dict[str, RequestParser]) -> Callable[[str, str, str, str, str], PlannedQuery]:
    def plan(path: str, method: str, query: str, accept: str, coding: str) -> PlannedQuery:
        return parsers[path](Request(method, query, {"accept": accept, "accept-encoding": coding}))

    return plan


def _client(scope: Scope, policy: ClientPolicy) -> str:
    # The proxy appends the address that it saw; anybody can write what is before it.
    forwarded = header_value(scope, "x-forwarded-for") if policy.public_url.trust_proxy else ""
    return forwarded.rpartition(",")[2].strip() or scope.client.rpartition(":")[0]


def _log(message: str) -> None:
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


async def _stop_with_parent(parent: int) -> None:
    # Without this, a restarted server would find the address in use.
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
