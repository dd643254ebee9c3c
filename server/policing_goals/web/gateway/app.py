"""What the listening process answers itself: SPARQL, cached pages and monitoring. Everything else goes to Flask."""

import asyncio
import gc
import logging
import re
import sys
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from flask import Flask

from policing_goals.engine.live_snapshot import (
    BlockingRunner,
    LiveSettings,
    LiveSnapshot,
    open_live_snapshot,
    served_name,
)
from policing_goals.errors import BodyTooLarge, MethodNotAllowed, QueryError, SnapshotError, UriTooLong
from policing_goals.languages import LANGUAGES
from policing_goals.web.app import SiteOptions, make_app, warm_up
from policing_goals.web.gateway import monitoring
from policing_goals.web.gateway.connection import Prepared
from policing_goals.web.gateway.connections import Connections
from policing_goals.web.gateway.flask_bridge import FlaskBridge
from policing_goals.web.gateway.monitoring import AccessLog, Metrics
from policing_goals.web.gateway.page_cache import PageCache, cache_key
from policing_goals.web.http.headers import SNAPSHOT
from policing_goals.web.http.messages import READ_BYTES, Reply, Request
from policing_goals.web.http.problems import problem
from policing_goals.web.queries.fast_path import FastQueries
from policing_goals.web.sparql.long_requests import LongRequest
from policing_goals.web.sparql.protocol import is_for_page
from policing_goals.web.sparql.request_parsers import request_parsers
from policing_goals.web.sparql.responses import (
    PlannedQuery,
    Preconditions,
    RequestParser,
    build_response,
    early_not_modified,
)

LOGGER = logging.getLogger(__name__)
SITE_THREADS = 16
GC_THRESHOLD = 50_000
PAGE_CACHE_BYTES = PREPARED_BYTES = 32 * 2**20
# A larger response is not prepared: making its head takes little beside sending it.
MAX_PREPARED = 2**20
CACHED_PLANS, MAX_CACHED_HEAD = 1024, 8192
BODILESS_METHODS = ("GET", "HEAD", "OPTIONS")
CONDITIONAL_HEADERS = {"if-none-match", "if-match", "if-modified-since", "if-unmodified-since", "range"}
LOCALIZED_ENDPOINT = re.compile(rf"/(?:{'|'.join(LANGUAGES)})(/(?:sparql|graph))$")
SPARQL = "/sparql"
MONITORING = ("/health", "/ready", "/metrics")


class PreparedReplies:
    """LRU cache of replies by the bytes of the requests; belongs to one event loop."""

    def __init__(self, size: int) -> None:
        """size: bytes of requests and replies, 0 for none."""
        self._size = size
        self._replies: OrderedDict[bytes, Prepared] = OrderedDict()
        self._used = 0

    def get(self, raw: bytes) -> Prepared | None:
        """The reply to the bytes of a request, if it is here."""
        found = self._replies.get(raw)
        if found is not None:
            self._replies.move_to_end(raw)
        return found

    def add(self, raw: bytes, prepared: Prepared) -> None:
        """Keep a reply."""
        size = len(raw) + len(prepared.content)
        if raw in self._replies or size > min(MAX_PREPARED, self._size):
            return
        self._replies[raw] = prepared
        self._used += size
        while self._used > self._size:
            oldest, removed = self._replies.popitem(last=False)
            self._used -= len(oldest) + len(removed.content)


@dataclass(frozen=True)
class ServingState:
    """Everything needed to serve one snapshot.

    parsers: of requests that a query answers, by path; cached_plan: the same for short GET requests, with a cache;
    pages: the page cache; fast_queries: saved queries that need no site; prepared: replies by the bytes of requests.
    """

    live: LiveSnapshot
    site: Flask
    parsers: dict[str, RequestParser]
    cached_plan: Callable[[str, str, str, str, str, str], PlannedQuery]
    pages: PageCache
    fast_queries: FastQueries
    prepared: PreparedReplies

    def signed(self, reply: Reply) -> Reply:
        """A reply that says which snapshot it is from."""
        return reply._replace(headers=(*reply.headers, (SNAPSHOT, self.live.version)))


@dataclass(frozen=True)
class ClientPolicy:
    """How the clients of a server are treated, and what they are told of it.

    per_client: pages of one client that may wait; log_queries: include query strings in the access log.
    """

    per_client: int
    log_queries: bool
    site: SiteOptions = field(default_factory=SiteOptions)


class GatewayApp:
    """Answers requests. It serves one snapshot, and the newest after reload()."""

    def __init__(
        self,
        settings: LiveSettings,
        policy: ClientPolicy,
        connections: Connections,
    ) -> None:
        """settings: what is served, and how; connections: for the metrics."""
        self._settings = settings
        self._policy = policy
        self._prefix = urlsplit(policy.site.public_url.base_url).path.rstrip("/")
        self._bridge = FlaskBridge(SITE_THREADS, policy.per_client)
        self._metrics = Metrics(lambda: self._state.live, connections)
        self._log = AccessLog(sys.stdout, policy.log_queries)
        self._reloading = self._reload_again = False

    async def open(self) -> None:
        """Open the snapshot before the first request; raises SnapshotError if there is none."""
        self._state = await self._new_state()
        # Queries need no templates, so the first of them need not wait for these.
        self._warming = asyncio.ensure_future(_warm_up(self._state.site))
        # These objects stay; requests leave few reference cycles behind.
        gc.freeze()
        gc.set_threshold(GC_THRESHOLD)

    async def close(self) -> None:
        """End the workers after the last request."""
        self._log.flush()
        await self._warming
        self._bridge.close()
        await self._state.live.pool.close()

    @property
    def version(self) -> str:
        """The SHA-256 of the snapshot in service."""
        return self._state.live.version

    # Application

    def prepared(self, raw: bytes) -> Prepared | None:
        """The reply to the bytes of a request, if it was kept."""
        found = self._state.prepared.get(raw)
        if found is not None:
            self._state.live.cache.hits += 1
        return found

    def keep(self, raw: bytes, prepared: Prepared) -> None:
        """Keep the reply to the bytes of a request."""
        self._state.prepared.add(raw, prepared)

    def answer_now(self, request: Request) -> tuple[Reply, bool] | None:
        """The reply, if it takes no waiting, and whether the same bytes always get it."""
        state = self._state
        try:
            path = self._strip_prefix(request.path)
            if self._is_query(state, path, request):
                if _is_long(request):
                    return None
                found = self._cached_result(state, self._plan(state, path, request), request)
                return found and (state.signed(found[0]), found[1])
            if path in MONITORING:
                return state.signed(self._monitor(state, path, request)), False
            _refuse_long(request)
        except QueryError as error:
            return state.signed(problem(error, request.header("accept"))), False
        cached = state.pages.find(request, cache_key(request))
        return (state.signed(cached), False) if cached is not None else None

    async def answer(self, request: Request) -> Reply:
        """The reply."""
        state = self._state
        with state.live.in_use():
            try:
                return state.signed(await self._answer(state, self._strip_prefix(request.path), request))
            except QueryError as error:
                return state.signed(problem(error, request.header("accept")))

    def record(self, request: Request, status: int, size: int, seconds: float) -> None:
        """Log and count a request."""
        self._metrics.record(request.path, status, seconds)
        client = self._client(request)
        self._log.record(request.method, request.path, request.query, client, status, size, seconds)

    async def reload(self) -> None:
        """Serve the newest snapshot; requests for this in the meantime are merged into one."""
        self._reload_again = True
        if self._reloading:
            return
        self._reloading = True
        try:
            while self._reload_again:
                self._reload_again = False
                await self._reload_snapshot()
        finally:
            self._reloading = False

    async def _answer(self, state: ServingState, path: str, request: Request) -> Reply:
        if self._is_query(state, path, request):
            if _is_long(request):
                located = request._replace(origin=self._policy.site.public_url.origin(request))
                return await state.live.pool.run(LongRequest(path, located), self._client(request))
            planned = self._plan(state, path, request)
            result = await state.live.cache.run(planned.job, self._client(request))
            return build_response(planned, result, state.live.version, _preconditions(request))
        reply = state.fast_queries.reply(path, request.query) if _is_unconditional_get(request) else None
        if reply is None:
            reply = await self._bridge.call(state.site, request._replace(client=self._client(request)))
        return state.pages.add(request, cache_key(request), reply)

    def _is_query(self, state: ServingState, path: str, request: Request) -> bool:
        asks = bool(request.query) or request.method not in BODILESS_METHODS
        if path not in state.parsers or not asks or request.method == "OPTIONS":
            return False
        # A browser gets a page, which Flask makes; but not with a request that only a worker may read.
        from_browser = path == SPARQL and "text/html" in request.header("accept")
        return not from_browser or _is_long(request) or not is_for_page(request)

    def _plan(self, state: ServingState, path: str, request: Request) -> PlannedQuery:
        accept, coding = request.header("accept"), request.header("accept-encoding")
        origin = self._policy.site.public_url.origin(request)
        if request.method == "POST" or len(request.query) + len(accept) + len(coding) > MAX_CACHED_HEAD:
            return state.parsers[path](request._replace(origin=origin))
        return state.cached_plan(path, request.method, request.query, accept, coding, origin)

    def _cached_result(self, state: ServingState, planned: PlannedQuery, request: Request) -> tuple[Reply, bool] | None:
        version, conditions = state.live.version, _preconditions(request)
        known = early_not_modified(planned, version, conditions)
        if known is not None:
            return known, False
        result = state.live.cache.get(planned.job)
        if result is None or result.file is not None:
            return None
        return build_response(planned, result, version, conditions), True

    def _strip_prefix(self, path: str) -> str:
        # The proxy may have left the path of the public URL.
        prefix = self._prefix
        inside = path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path
        # The endpoint is the same in every language; pages are the site's.
        return LOCALIZED_ENDPOINT.sub(r"\1", inside)

    def _monitor(self, state: ServingState, path: str, request: Request) -> Reply:
        if request.method not in ("GET", "HEAD"):
            raise MethodNotAllowed(f"{request.method} is refused: this address is read-only.", ("GET", "HEAD"))
        if path == "/metrics":
            return self._metrics.reply()
        return monitoring.health() if path == "/health" else monitoring.ready(state.live, request.query)

    async def _new_state(self) -> ServingState:
        loop, policy = asyncio.get_running_loop(), self._policy
        live = await open_live_snapshot(self._settings)
        parsers = request_parsers(live.dataset)
        site = make_app(live.dataset, BlockingRunner(live.cache, loop), policy.site)
        cached_plan = lru_cache(CACHED_PLANS)(_plan_function(parsers))
        pages, prepared = PageCache(PAGE_CACHE_BYTES), PreparedReplies(min(PREPARED_BYTES, live.cache.size))
        return ServingState(live, site, parsers, cached_plan, pages, FastQueries(live.dataset), prepared)

    async def _reload_snapshot(self) -> None:
        try:
            if await asyncio.to_thread(served_name, self._settings) == self._state.live.version:
                LOGGER.warning("Snapshot %s is in service already.", self._state.live.version)
                return
            state = await self._new_state()
            await _warm_up(state.site)
        except SnapshotError as error:
            LOGGER.warning("The live snapshot stays: %s", error)
            return
        self._state, old = state, self._state
        LOGGER.warning("In service: snapshot %s.", state.live.version)
        await old.live.retire()
        # Frozen objects are never freed, and a snapshot takes some 15 MB.
        del old
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _client(self, request: Request) -> str:
        # The proxy appends the address that it saw; anybody can write what is before it.
        forwarded = request.header("x-forwarded-for") if self._policy.site.public_url.trust_proxy else ""
        return forwarded.rpartition(",")[2].strip() or request.client


async def _warm_up(site: Flask) -> None:
    await asyncio.get_running_loop().run_in_executor(None, warm_up, site)


def _is_long(request: Request) -> bool:
    return len(request.query) + len(request.body) > READ_BYTES


def _refuse_long(request: Request) -> None:
    # Pages are made in a process that serves others.
    if len(request.path) + len(request.query) > READ_BYTES:
        raise UriTooLong(f"The address is longer than {READ_BYTES // 1024} KiB. Send less in it.")
    if len(request.body) > READ_BYTES:
        raise BodyTooLarge(f"The body of this request may have {READ_BYTES // 1024} KiB. Send several requests.")


def _is_unconditional_get(request: Request) -> bool:
    return request.method == "GET" and CONDITIONAL_HEADERS.isdisjoint(request.headers)


def _preconditions(request: Request) -> Preconditions:
    return Preconditions(request.method, request.header("if-match"), request.header("if-none-match"))


def _plan_function(parsers: dict[str, RequestParser]) -> Callable[[str, str, str, str, str, str], PlannedQuery]:
    def plan(path: str, method: str, query: str, accept: str, coding: str, origin: str) -> PlannedQuery:
        return parsers[path](Request(method, query, {"accept": accept, "accept-encoding": coding}, origin=origin))

    return plan
