"""INTERPOL's Global Policing Goals as a knowledge graph with a SPARQL endpoint.

graph: files to one checked dataset; engine: dataset to answers; web: answers to HTTP.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from server.settings import Settings


def create_app(settings: "Settings") -> "Flask":
    """The one door to the web application, for tests and for service alike.

    Reads the snapshot named by the settings; raises SnapshotError if there is none.
    """
    # Imported here so that building and querying do not pay for Flask.
    from server.engine.pool import Rules
    from server.engine.worker import Limits
    from server.web.app import make_app

    limits = Limits(settings.query_memory * 2**20, settings.max_result * 2**20)
    rules = Rules(settings.workers, settings.waiting, settings.timeout, limits)
    return make_app(settings.snapshot, settings.services, rules, settings.cache * 2**20)
