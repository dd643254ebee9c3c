"""The Flask application: changes when a part of the site is added."""

from pathlib import Path

from flask import Flask, Response

from server.engine.store import open_snapshot
from server.web import pages, problems, sparql


def make_app(snapshot: Path) -> Flask:
    """An application that serves the snapshot in a directory; raises SnapshotError if there is none."""
    # Templates and static files stand beside the package, not below web/.
    app = Flask("server")
    dataset = open_snapshot(snapshot)
    app.register_blueprint(sparql.blueprint(dataset))
    app.register_blueprint(pages.blueprint(dataset))
    problems.register(app)
    app.after_request(_allow_every_origin)
    return app


def _allow_every_origin(response: Response) -> Response:
    # Reads are open to scripts of any site (CORS), refusals included.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
