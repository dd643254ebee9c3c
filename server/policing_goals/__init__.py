"""INTERPOL's Global Policing Goals as a knowledge graph with a SPARQL endpoint.

graph: files to one checked dataset; engine: dataset to answers; web: answers to HTTP.
"""

import tempfile
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from policing_goals.engine.live_snapshot import LiveSnapshot
    from policing_goals.settings import Settings
    from policing_goals.web.gateway.rsgi_app import GatewayApp


def create_app(settings: "Settings") -> "Flask":
    """The site as a WSGI application, for tests and for servers that speak nothing else.

    Reads the snapshot named by the settings; raises SnapshotError if there is none.
    Its workers end with the process, or with `app.extensions["stop"]()`.
    """
    # Imported here so that building and querying do not pay for Flask.
    from policing_goals.engine.live_snapshot import BlockingRunner, EventLoopThread
    from policing_goals.web.app import make_app
    from policing_goals.web.http.proxy import PublicUrl

    background = EventLoopThread()
    edition = background.run(_open_edition(settings))
    seen = PublicUrl(settings.base_url, settings.trust_proxy)
    app = make_app(edition.dataset, BlockingRunner(edition.cache, background.loop), seen)

    def stop() -> None:
        background.run(edition.pool.close())
        background.close()

    app.extensions["stop"] = stop
    return app


def create_front(settings: "Settings") -> "GatewayApp":
    """The RSGI application with the site behind it, as `policing-goals serve` runs it."""
    from policing_goals.web.gateway.rsgi_app import ClientPolicy, GatewayApp
    from policing_goals.web.http.proxy import PublicUrl

    seen = PublicUrl(settings.base_url, settings.trust_proxy)
    manners = ClientPolicy(settings.body_timeout, settings.per_client, settings.log_queries, seen)
    return GatewayApp(partial(_open_edition, settings), manners)


def _open_edition(settings: "Settings") -> "Coroutine[Any, Any, LiveSnapshot]":
    from policing_goals.engine.evaluator import QueryLimits
    from policing_goals.engine.live_snapshot import open_live_snapshot
    from policing_goals.engine.pool import PoolSettings

    spool = str(settings.spool or tempfile.gettempdir())
    limits = QueryLimits(settings.query_memory * 2**20, settings.max_result * 2**20, spool)
    rules = PoolSettings(settings.workers, settings.waiting, settings.timeout, limits)
    return open_live_snapshot(settings.snapshot, settings.services, rules, settings.cache * 2**20)
