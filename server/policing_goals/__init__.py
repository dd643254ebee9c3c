"""INTERPOL's Global Policing Goals as a knowledge graph with a SPARQL endpoint.

graph: files to one checked dataset; engine: dataset to answers; web: answers to HTTP.
"""

import tempfile
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask import Flask

    from policing_goals.engine.live_snapshot import Edition
    from policing_goals.settings import Settings
    from policing_goals.web.gateway.rsgi_app import Front


def create_app(settings: "Settings") -> "Flask":
    """The site as a WSGI application, for tests and for servers that speak nothing else.

    Reads the snapshot named by the settings; raises SnapshotError if there is none.
    Its workers end with the process, or with `app.extensions["stop"]()`.
    """
    # Imported here so that building and querying do not pay for Flask.
    from policing_goals.engine.live_snapshot import Background, Bridge
    from policing_goals.web.app import make_app
    from policing_goals.web.http.proxy import Seen

    background = Background()
    edition = background.run(_open_edition(settings))
    seen = Seen(settings.base_url, settings.trust_proxy)
    app = make_app(edition.dataset, Bridge(edition.cache, background.loop), seen)

    def stop() -> None:
        background.run(edition.pool.close())
        background.close()

    app.extensions["stop"] = stop
    return app


def create_front(settings: "Settings") -> "Front":
    """The RSGI application with the site behind it, as `policing-goals serve` runs it."""
    from policing_goals.web.gateway.rsgi_app import Front, Manners
    from policing_goals.web.http.proxy import Seen

    seen = Seen(settings.base_url, settings.trust_proxy)
    manners = Manners(settings.body_timeout, settings.per_client, settings.log_queries, seen)
    return Front(partial(_open_edition, settings), manners)


def _open_edition(settings: "Settings") -> "Coroutine[Any, Any, Edition]":
    from policing_goals.engine.evaluator import Limits
    from policing_goals.engine.live_snapshot import open_edition
    from policing_goals.engine.pool import Rules

    spool = str(settings.spool or tempfile.gettempdir())
    limits = Limits(settings.query_memory * 2**20, settings.max_result * 2**20, spool)
    rules = Rules(settings.workers, settings.waiting, settings.timeout, limits)
    return open_edition(settings.snapshot, settings.services, rules, settings.cache * 2**20)
