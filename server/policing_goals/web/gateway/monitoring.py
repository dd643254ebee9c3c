"""Health checks, Prometheus metrics, and the access log (one line of JSON per request)."""

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import TextIO
from urllib.parse import parse_qs

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from policing_goals.engine.live_snapshot import LiveSnapshot
from policing_goals.web.gateway.connections import Connections
from policing_goals.web.http.messages import Reply

# The paths that metrics name; all others share one name, so that clients cannot create series.
ROUTES = ("/", "/sparql", "/graph", "/health", "/ready", "/metrics")
NO_STORE = (("Cache-Control", "no-store"),)
BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0)
# A batch is written after this time, or when it has so many lines: writing more would hold requests up.
FLUSH_SECONDS, BATCH = 0.5, 500
# Why a worker was lost: its query reached the time limit, or its client left; it was preempted for other queries; it
# ran out of memory or stack, or the engine panicked; it was killed from outside, or did not start.
CAUSES = ("killed", "left", "preempted", "memory", "stack", "panic", "died", "failed")


class Metrics:
    """Counts requests; reads the state of workers and cache when the metrics are requested."""

    def __init__(self, live_snapshot: Callable[[], LiveSnapshot], connections: Connections) -> None:
        """live_snapshot: returns the live snapshot."""
        self._registry = CollectorRegistry()
        names = ("route", "status")
        self._requests = Counter("policing_goals_requests", "Requests answered.", names, registry=self._registry)
        self._seconds = Histogram(
            "policing_goals_request_seconds",
            "Seconds from the head of a request to its response.",
            ("route",),
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._registry.register(_EngineCollector(live_snapshot, connections))
        # Finding a series by its labels takes longer than counting.
        self._series = cache(self._find_series)

    def record(self, path: str, status: int, seconds: float) -> None:
        """Count one request."""
        requests, duration = self._series(path if path in ROUTES else "other", status)
        requests.inc()
        duration.observe(seconds)

    def _find_series(self, route: str, status: int) -> tuple[Counter, Histogram]:
        return self._requests.labels(route, str(status)), self._seconds.labels(route)

    def reply(self) -> Reply:
        """All figures in Prometheus' text format."""
        return Reply(200, CONTENT_TYPE_LATEST, generate_latest(self._registry), NO_STORE)


class _EngineCollector(Collector):
    def __init__(self, live_snapshot: Callable[[], LiveSnapshot], connections: Connections) -> None:
        self._live_snapshot = live_snapshot
        self._connections = connections

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        live = self._live_snapshot()
        pool, cache = live.pool, live.cache
        yield GaugeMetricFamily("policing_goals_workers", "Worker processes.", pool.ready())
        yield GaugeMetricFamily("policing_goals_queries", "Running queries, including those that wait.", pool.running)
        yield GaugeMetricFamily("policing_goals_queue", "Queries waiting for a worker.", pool.waiting)
        yield GaugeMetricFamily("policing_goals_paused", "Queries paused for others.", pool.paused)
        yield GaugeMetricFamily("policing_goals_cache_bytes", "Bytes of cached results.", cache.used)
        yield CounterMetricFamily("policing_goals_cache_hits", "Queries answered from the cache.", cache.hits)
        yield CounterMetricFamily("policing_goals_cache_misses", "Queries not found in the cache.", cache.misses)
        lost = CounterMetricFamily("policing_goals_workers_lost", "Workers that exited.", labels=("cause",))
        for cause in CAUSES:
            lost.add_metric((cause,), pool.lost[cause])
        yield lost
        yield GaugeMetricFamily("policing_goals_connections", "Open connections.", len(self._connections))
        refused = "Connections closed at once, as too many were open."
        yield CounterMetricFamily("policing_goals_connections_refused", refused, self._connections.refused)
        files = live.dataset.files
        damaged = len(files.damaged) if files else 0
        yield GaugeMetricFamily("policing_goals_damaged_files", "Downloads that are not sent.", damaged)
        info = GaugeMetricFamily("policing_goals_snapshot_info", "The live snapshot.", labels=("sha256",))
        info.add_metric((live.version,), 1)
        yield info


class AccessLog:
    """One line of JSON per request, written in batches; belongs to one event loop."""

    def __init__(self, stream: TextIO, with_query: bool) -> None:
        """stream: for the lines; with_query: include query strings."""
        self._stream = stream
        self._with_query = with_query
        self._lines: list[str] = []
        self._scheduled = False

    def record(self, method: str, path: str, query: str, client: str, status: int, size: int, seconds: float) -> None:
        """Log a request. size: bytes of the response body."""
        if not self._scheduled:
            self._scheduled = True
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self._flush_as_scheduled)
        now = time.time()
        at = f"{_second(int(now))}.{int(now % 1 * 1000):03}Z"
        query_field = f', "query": {quoted(query)}' if self._with_query else ""
        self._lines.append(
            f'{{"time": "{at}", "client": {quoted(client)}, "method": {quoted(method)}, '
            f'"path": {quoted(path)}{query_field}, "status": {status}, "bytes": {size}, "ms": {seconds * 1000:.1f}}}\n'
        )
        if len(self._lines) >= BATCH:
            self.flush()

    def _flush_as_scheduled(self) -> None:
        self._scheduled = False
        self.flush()

    def flush(self) -> None:
        """Write the batch."""
        lines, self._lines = self._lines, []
        self._stream.write("".join(lines))
        self._stream.flush()


@lru_cache(1)
def _second(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))


def health() -> Reply:
    """The server runs."""
    return Reply(200, "text/plain; charset=utf-8", b"The server runs.\n", NO_STORE)


def ready(live: LiveSnapshot, query: str = "") -> Reply:
    """200 if queries can be answered now, 503 if not.

    query: with snapshot=SHA256, or its beginning, also 503 if another snapshot is served.
    """
    wanted = parse_qs(query).get("snapshot", [""])[-1].lower()
    if not live.version.startswith(wanted):
        said = f"Snapshot {live.version} is served here, not {wanted[:64]}.\n"
        return Reply(503, "text/plain; charset=utf-8", said.encode(), NO_STORE)
    if live.pool.problem is not None:
        return Reply(503, "text/plain; charset=utf-8", f"{live.pool.problem}\n".encode(), NO_STORE)
    if live.pool.ready():
        return Reply(200, "text/plain; charset=utf-8", b"Ready.\n", NO_STORE)
    return Reply(503, "text/plain; charset=utf-8", b"No worker is ready. Try again in a second.\n", NO_STORE)
