"""The layer in front of Flask: changes when a request takes another way through the server.

An RSGI application. It reads bodies with a deadline and a cap, answers the SPARQL
protocols itself, from what is kept if it can, and hands everything else over to Flask.
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
from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.errors import MethodNotAllowed, QueryError, SnapshotError
from policing_goals.vocabulary import LANGUAGES
from policing_goals.web.app import make_app, planners
from policing_goals.web.gateway import monitoring as operations
from policing_goals.web.gateway.client_limit import ClientLimit
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
from policing_goals.web.http.messages import BODY_LIMIT, Reply, Request
from policing_goals.web.http.problems import problem
from policing_goals.web.http.proxy import PublicUrl
from policing_goals.web.http.responses import default_headers
from policing_goals.web.queries.fast_path import FastQueries
from policing_goals.web.sparql.responses import PlannedQuery, Preconditions, RequestParser, build_response, not_modified

SITE_THREADS = 32
GC_THRESHOLD = 50_000
PAGE_CACHE_BYTES = 32 * 2**20
CACHED_PLANS, MAX_CACHED_HEAD = 1024, 8192
PARENT_POLL_SECONDS = 1.0
BODILESS_METHODS = ("GET", "HEAD", "OPTIONS")
CONDITIONAL_HEADERS = {"if-none-match", "if-match", "if-modified-since", "if-unmodified-since", "range"}
LOCALIZED_ENDPOINT = re.compile(rf"/(?:{'|'.join(LANGUAGES)})(/(?:sparql|graph))$")
OPERATIONS = ("/health", "/ready", "/metrics")
# The client has hung up; nobody reads this status but the log.
CLIENT_CLOSED = Reply(499, "", b"")


@dataclass(frozen=True)
class ServingState:
    """What serves the requests of one edition.

    planners: how requests are read, by path; remembered: the same for short ones with GET, from memory;
    shelf: pages that are kept; quick: saved queries that need no site.
    """

    edition: LiveSnapshot
    site: Flask
    planners: dict[str, RequestParser]
    remembered: Callable[[str, str, str, str, str], PlannedQuery]
    shelf: PageCache
    quick: FastQueries


@dataclass(frozen=True)
class ClientPolicy:
    """How clients are treated.

    body_timeout: seconds for the body of a request to arrive; per_client: queries of
    one client at once, 0 for no limit; log_queries: whether the access log tells query strings;
    seen: how they see the site.
    """

    body_timeout: float
    per_client: int
    log_queries: bool
    seen: PublicUrl = field(default_factory=PublicUrl)


class GatewayApp:
    """The RSGI application. It serves one edition, and another after a SIGHUP."""

    def __init__(self, open_edition: Callable[[], Awaitable[LiveSnapshot]], manners: ClientPolicy) -> None:
        """open_edition: opens the newest edition, or raises SnapshotError."""
        self._open_edition = open_edition
        self._manners = manners
        self._gate = ClientLimit(manners.per_client)
        self._handover = FlaskBridge(SITE_THREADS)
        self._metrics = Metrics(lambda: self._desk.edition)
        self._log = AccessLog(sys.stdout, manners.log_queries)
        self._tasks: set[asyncio.Task[None]] = set()

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Open the edition before the first request; raises SnapshotError if there is none."""
        self._desk = loop.run_until_complete(self._new_desk(loop))
        # What is there now stays; the requests leave few cycles behind.
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._track_task(loop.create_task(self._reload_snapshot(loop))))
        self._track_task(loop.create_task(_stop_with_parent(os.getppid())))

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the workers when the last request is answered."""
        self._log.flush()
        self._handover.close()
        loop.run_until_complete(self._desk.edition.pool.close())

    async def __rsgi__(self, scope: Scope, transport: Transport) -> None:
        """Answer one request."""
        begun, status, size = time.perf_counter(), 500, 0
        try:
            reply = await self._reply(scope, transport)
            write_reply(transport, reply, default_headers(scope.path))
            status, size = reply.status, reply.size()
        finally:
            seconds = time.perf_counter() - begun
            self._metrics.record(scope.path, status, seconds)
            client = _client(scope, self._manners)
            self._log.record(scope.method, scope.path, scope.query_string, client, status, size, seconds)

    async def _reply(self, scope: Scope, transport: Transport) -> Reply:
        try:
            validate_host(scope)
            if scope.method != scope.method.upper():
                raise MethodNotAllowed(f"{scope.method[:20]} is no method: write it in capitals.", ("GET", "HEAD"))
            body = b""
            if scope.method not in BODILESS_METHODS:
                body = await read_body(scope, transport, BODY_LIMIT, self._manners.body_timeout)
            desk = self._desk
            with desk.edition.in_use():
                return await self._serve(desk, scope, body, transport)
        except QueryError as error:
            return problem(error, header_value(scope, "accept"))

    async def _serve(self, desk: ServingState, scope: Scope, body: bytes, transport: Transport) -> Reply:
        path = self._strip_prefix(scope.path)
        if path in desk.planners and (scope.query_string or scope.method not in BODILESS_METHODS):
            if scope.method != "OPTIONS":
                return await self._answer(desk, _plan(desk, path, scope, body), scope, transport)
        elif path in OPERATIONS:
            return self._operate(desk, path, scope)
        key = cache_key(scope)
        kept = desk.shelf.find(scope, key)
        if kept is not None:
            return kept
        reply = desk.quick.reply(path, scope.query_string) if _is_unconditional_get(scope) else None
        if reply is None:
            reply = await self._handover.call(desk.site, scope, body)
        return desk.shelf.keep(scope, key, reply)

    def _strip_prefix(self, path: str) -> str:
        # What a proxy left of the path of the site's address.
        prefix = urlsplit(self._manners.seen.base_url).path.rstrip("/")
        inside = path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path
        # The endpoint is one in every language; pages are the site's to give.
        return LOCALIZED_ENDPOINT.sub(r"\1", inside)

    def _operate(self, desk: ServingState, path: str, scope: Scope) -> Reply:
        if scope.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(f"{scope.method} is refused: this can only be read.", ("GET", "HEAD"))
        if path == "/metrics":
            return self._metrics.reply()
        return operations.health() if path == "/health" else operations.ready(desk.edition)

    async def _answer(self, desk: ServingState, planned: PlannedQuery, scope: Scope, transport: Transport) -> Reply:
        version = desk.edition.version
        conditions = Preconditions(
            scope.method, scope.headers.get("if-match") or "", header_value(scope, "if-none-match")
        )
        known = not_modified(planned, version, conditions)
        if known is not None:
            return known
        answer = desk.edition.cache.get(planned.job)
        if answer is None:
            answer = await self._evaluate(desk.edition, planned.job, scope, transport)
        return CLIENT_CLOSED if answer is None else build_response(planned, answer, version, conditions)

    async def _evaluate(
        self, edition: LiveSnapshot, job: QueryJob, scope: Scope, transport: Transport
    ) -> QueryResult | None:
        with self._gate.enter(_client(scope, self._manners)):
            async with CancelOnDisconnect(transport):
                return await edition.cache.answer(job)
        return None

    async def _new_desk(self, loop: asyncio.AbstractEventLoop) -> ServingState:
        edition = await self._open_edition()
        readers = planners(edition.dataset)
        site = make_app(edition.dataset, BlockingRunner(edition.cache, loop), self._manners.seen)
        return ServingState(
            edition,
            site,
            readers,
            lru_cache(CACHED_PLANS)(_plan_function(readers)),
            PageCache(PAGE_CACHE_BYTES),
            FastQueries(edition.dataset),
        )

    async def _reload_snapshot(self, loop: asyncio.AbstractEventLoop) -> None:
        try:
            desk = await self._new_desk(loop)
        except SnapshotError as error:
            _log(f"The snapshot in service stays: {error}")
            return
        self._desk, old = desk, self._desk
        _log(f"In service: snapshot {desk.edition.version}.")
        await old.edition.retire()
        # Frozen, what is gone would stay for ever: a snapshot takes some 15 MB.
        del old
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _track_task(self, task: "asyncio.Task[None]") -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_unconditional_get(scope: Scope) -> bool:
    return scope.method == "GET" and CONDITIONAL_HEADERS.isdisjoint(scope.headers.keys())


def _plan(desk: ServingState, path: str, scope: Scope, body: bytes) -> PlannedQuery:
    accept, coding = header_value(scope, "accept"), header_value(scope, "accept-encoding")
    if scope.method == "POST" or len(scope.query_string) + len(accept) + len(coding) > MAX_CACHED_HEAD:
        return desk.planners[path](to_request(scope, body))
    return desk.remembered(path, scope.method, scope.query_string, accept, coding)


def _plan_function(readers: dict[str, RequestParser]) -> Callable[[str, str, str, str, str], PlannedQuery]:
    def plan(path: str, method: str, query: str, accept: str, coding: str) -> PlannedQuery:
        return readers[path](Request(method, query, {"accept": accept, "accept-encoding": coding}))

    return plan


def _client(scope: Scope, manners: ClientPolicy) -> str:
    # The proxy adds the address that it saw at the end; what stands before it anybody can write.
    forwarded = header_value(scope, "x-forwarded-for") if manners.seen.trust_proxy else ""
    return forwarded.rpartition(",")[2].strip() or scope.client.rpartition(":")[0]


def _log(operator: str) -> None:
    sys.stderr.write(f"{operator}\n")
    sys.stderr.flush()


async def _stop_with_parent(parent: int) -> None:
    # Whoever restarts the server finds the address free.
    while os.getppid() == parent:
        await asyncio.sleep(PARENT_POLL_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
