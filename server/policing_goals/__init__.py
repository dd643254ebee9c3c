"""INTERPOL's Global Policing Goals as a knowledge graph with a SPARQL endpoint.

builder: source files to a snapshot; engine: snapshot to query results; web: results to HTTP.
"""

import tempfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from policing_goals.engine.live_snapshot import LiveSettings
    from policing_goals.settings import Settings
    from policing_goals.web.app import SiteOptions
    from policing_goals.web.gateway.app import GatewayApp
    from policing_goals.web.gateway.connections import Connections


def create_app(settings: "Settings") -> "Flask":
    """The site as a WSGI application, for tests and for other servers.

    Reads the snapshot of the settings; raises SnapshotError if there is none. Its workers end with the process, or
    with `app.extensions["stop"]()`.
    """
    # Imported here so that building and querying do not pay for Flask.
    from policing_goals.engine.live_snapshot import BlockingRunner, EventLoopThread, open_live_snapshot
    from policing_goals.web.app import make_app

    loop_thread = EventLoopThread()
    live = loop_thread.run(open_live_snapshot(_live_settings(settings)))
    app = make_app(live.dataset, BlockingRunner(live.cache, loop_thread.loop), _site_options(settings))

    def stop() -> None:
        loop_thread.run(live.pool.close())
        loop_thread.close()

    app.extensions["stop"] = stop
    return app


def create_gateway_app(settings: "Settings", connections: "Connections") -> "GatewayApp":
    """The application with the site behind it, as `policing-goals serve` runs it."""
    from policing_goals.web.gateway.app import ClientPolicy, GatewayApp

    policy = ClientPolicy(settings.per_client, settings.log_queries, _site_options(settings))
    return GatewayApp(_live_settings(settings), policy, connections)


def _site_options(settings: "Settings") -> "SiteOptions":
    from policing_goals.web.app import SiteOptions
    from policing_goals.web.http.proxy import PublicUrl

    public_url = PublicUrl(settings.base_url, settings.trust_proxy)
    return SiteOptions(public_url, settings.contact, settings.allow_frames)


def _live_settings(settings: "Settings") -> "LiveSettings":
    from policing_goals.engine.backend_messages import BackendSettings
    from policing_goals.engine.evaluator import QueryLimits
    from policing_goals.engine.live_snapshot import LiveSettings
    from policing_goals.engine.pool import PoolSettings

    spool = str(settings.spool or tempfile.gettempdir())
    limits = QueryLimits(settings.query_memory * 2**20, settings.max_result * 2**20, spool)
    authorization = str(settings.backend_authorization or "")
    backend = BackendSettings(settings.backend, authorization, settings.backend_connections)
    handler = "policing_goals.web.sparql.long_requests:request_handler"
    pool = PoolSettings(
        settings.workers, settings.waiting, settings.timeout, limits, handler, settings.per_client, backend
    )
    return LiveSettings(settings.snapshot, settings.pin, settings.services, pool, settings.cache * 2**20)
