"""The Flask application: changes when a part of the site is added."""

from pathlib import Path

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from server.engine.cache import Cache
from server.engine.jobs import Answerer
from server.engine.pool import Pool, Rules
from server.engine.store import Dataset, read_snapshot
from server.web import graph_store, pages, problems, service, sparql
from server.web.wsgi import to_request, to_response

# Flask answers OPTIONS and sorts out methods by itself; here the protocol does.
ANY = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "QUERY"]


def make_app(snapshot: Path, services: frozenset[str], rules: Rules, cache: int) -> Flask:
    """An application that serves the snapshot in a directory; raises SnapshotError if there is none.

    services: the IRIs of the endpoints that a SERVICE clause may ask; rules: how queries are shared out;
    cache: bytes of answers to keep.
    """
    # Templates and static files stand beside the package, not below web/.
    app = Flask("server")
    contents = read_snapshot(snapshot)
    dataset = contents.open(services)
    app.register_blueprint(pages.blueprint(dataset))
    pool = app.extensions["pool"] = Pool(contents, services, rules)
    _add_protocols(app, dataset, Cache(pool, cache))
    app.register_error_handler(HTTPException, _refusal)
    app.after_request(_open_to_all)
    return app


def _add_protocols(app: Flask, dataset: Dataset, answerer: Answerer) -> None:
    def ask() -> Response:
        message = to_request(request)
        if sparql.is_bare(message):
            return to_response(service.describe(dataset, message, request.base_url))
        return to_response(sparql.answer(answerer, message))

    def read_graph() -> Response:
        return to_response(graph_store.answer(dataset, to_request(request)))

    app.add_url_rule("/sparql", "sparql", ask, methods=ANY, provide_automatic_options=False)
    app.add_url_rule("/graph", "graph", read_graph, methods=ANY, provide_automatic_options=False)


def _refusal(error: HTTPException) -> Response:
    members = {"title": error.name, "status": error.code or 500, "detail": error.description or error.name}
    allow = tuple((name, value) for name, value in error.get_headers() if name == "Allow")
    return to_response(problems.reply(members, request.headers.get("Accept", ""), allow))


def _open_to_all(response: Response) -> Response:
    # Reads are open to scripts of any site (CORS), refusals included.
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
    response.headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
