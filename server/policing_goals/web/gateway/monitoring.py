"""What an operator sees of a running server: changes when an operator wants to know more.

/health and /ready for whoever starts and stops it, /metrics for Prometheus, and one line of JSON a request.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from json.encoder import encode_basestring_ascii as quoted
from typing import TextIO

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from policing_goals.engine.live_snapshot import LiveSnapshot
from policing_goals.web.http.messages import Reply

# Paths as the metrics name them; whatever else there is goes by one name, so that nobody can make up series.
ROUTES = ("/", "/sparql", "/graph", "/health", "/ready", "/metrics")
NO_STORE = (("Cache-Control", "no-store"),)
BUCKETS = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 30.0)
FLUSH_SECONDS = 0.5


class Metrics:
    """Counts requests, and reads the workers and the cache when it is asked."""

    def __init__(self, edition: Callable[[], LiveSnapshot]) -> None:
        """edition: gives the edition in service."""
        self._registry = CollectorRegistry()
        names = ("route", "status")
        self._requests = Counter("policing_goals_requests", "Requests answered.", names, registry=self._registry)
        self._seconds = Histogram(
            "policing_goals_request_seconds",
            "Seconds from the head of a request to its reply.",
            ("route",),
            registry=self._registry,
            buckets=BUCKETS,
        )
        self._registry.register(_EngineCollector(edition))
        # To find a series by its labels takes longer than to count.
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
    def __init__(self, edition: Callable[[], LiveSnapshot]) -> None:
        self._edition = edition

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        edition = self._edition()
        pool, cache = edition.pool, edition.cache
        yield GaugeMetricFamily("policing_goals_workers", "Worker processes.", pool.ready())
        yield GaugeMetricFamily("policing_goals_queries", "Queries under way, waiting ones included.", pool.running)
        yield GaugeMetricFamily("policing_goals_queue", "Queries waiting for a worker.", pool.waiting)
        yield GaugeMetricFamily("policing_goals_cache_bytes", "Bytes of answers kept.", cache.used)
        yield CounterMetricFamily("policing_goals_cache_hits", "Queries answered from the cache.", cache.hits)
        yield CounterMetricFamily("policing_goals_cache_misses", "Queries not found in the cache.", cache.misses)
        lost = CounterMetricFamily("policing_goals_workers_lost", "Workers that ended.", labels=("cause",))
        for cause in ("killed", "died", "failed"):
            lost.add_metric((cause,), pool.lost[cause])
        yield lost
        info = GaugeMetricFamily("policing_goals_snapshot_info", "The snapshot in service.", labels=("sha256",))
        info.add_metric((edition.version,), 1)
        yield info


class AccessLog:
    """One line of JSON a request, written a moment later, many at a time; belongs to one event loop."""

    def __init__(self, stream: TextIO, with_query: bool) -> None:
        """stream: where lines go; with_query: whether a line tells the query string too."""
        self._stream = stream
        self._with_query = with_query
        self._lines: list[str] = []

    def record(self, method: str, path: str, query: str, client: str, status: int, size: int, seconds: float) -> None:
        """Log one request. size: bytes of the reply."""
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        now = time.time()
        at = f"{_second(int(now))}.{int(now % 1 * 1000):03}Z"
        asked = f', "query": {quoted(query)}' if self._with_query else ""
        self._lines.append(
            f'{{"time": "{at}", "client": {quoted(client)}, "method": {quoted(method)}, '
            f'"path": {quoted(path)}{asked}, "status": {status}, "bytes": {size}, "ms": {seconds * 1000:.1f}}}\n'
        )

    def flush(self) -> None:
        """Write what is waiting."""
        lines, self._lines = self._lines, []
        self._stream.write("".join(lines))
        self._stream.flush()


@lru_cache(1)
def _second(now: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))


def health() -> Reply:
    """The server runs."""
    return Reply(200, "text/plain; charset=utf-8", b"The server runs.\n", NO_STORE)


def ready(edition: LiveSnapshot) -> Reply:
    """Whether queries can be answered now: 200 if so, 503 if not."""
    if edition.pool.ready():
        return Reply(200, "text/plain; charset=utf-8", b"Queries are answered.\n", NO_STORE)
    return Reply(503, "text/plain; charset=utf-8", b"No worker is up: ask again in a second.\n", NO_STORE)
