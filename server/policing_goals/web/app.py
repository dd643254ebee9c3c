"""The Flask application: changes when a part of the site is added."""

from functools import partial

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.query_job import QueryRunner
from policing_goals.errors import PreconditionFailed, QueryError
from policing_goals.search.corpus import load_index
from policing_goals.search.index import Index
from policing_goals.search.matcher import Matcher
from policing_goals.web.http import i18n as language
from policing_goals.web.http import problems
from policing_goals.web.http.messages import BODY_LIMIT, Reply
from policing_goals.web.http.once import Once
from policing_goals.web.http.proxy import PublicUrl, install_proxy_middleware
from policing_goals.web.http.responses import default_headers, to_request, to_response
from policing_goals.web.linked_data import routes as things
from policing_goals.web.pages import charts as pictures
from policing_goals.web.pages import crawlers as discovery
from policing_goals.web.pages import downloads as files
from policing_goals.web.pages import home as pages
from policing_goals.web.pages import sdgs, statistics, validation
from policing_goals.web.pages import social_cards as cards
from policing_goals.web.queries import openapi
from policing_goals.web.queries import routes as queries
from policing_goals.web.search import reconciliation as reconciling
from policing_goals.web.search import routes as search
from policing_goals.web.sparql import editor, graph_store
from policing_goals.web.sparql import protocol as sparql
from policing_goals.web.sparql import service_description as service
from policing_goals.web.sparql.responses import RequestParser, respond

# Flask answers OPTIONS and sorts out methods by itself; here the protocol does.
ANY = ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE", "QUERY"]


def make_app(dataset: Dataset, answerer: QueryRunner, seen: PublicUrl | None = None) -> Flask:
    """The site over a dataset.

    answerer: who answers queries on it; it may be asked from any thread; seen: how its clients see it.
    """
    # Templates and static files stand beside the package, not below web/.
    app = Flask("policing_goals")
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.url_map.merge_slashes = False  # A redirect to the path with one slash would lose the query.
    app.register_blueprint(pages.blueprint(dataset))
    app.register_blueprint(validation.blueprint(dataset))
    app.register_blueprint(files.blueprint(dataset))
    _add_finding(app, dataset)
    app.register_blueprint(queries.blueprint(dataset))
    app.register_blueprint(openapi.blueprint(dataset))
    app.register_blueprint(discovery.blueprint(dataset))
    app.register_blueprint(editor.blueprint(dataset))
    app.register_blueprint(sdgs.blueprint(dataset))
    app.register_blueprint(statistics.blueprint(dataset))
    app.register_blueprint(pictures.blueprint(dataset))
    app.register_blueprint(cards.blueprint(dataset))
    app.register_blueprint(things.blueprint(dataset))
    _add_protocols(app, dataset, answerer)
    app.register_error_handler(QueryError, _refused)
    app.register_error_handler(HTTPException, _refusal)
    language.install(app)
    cards.install(app)
    app.after_request(_harden)
    app.after_request(_say_why)
    install_proxy_middleware(app, seen or PublicUrl())
    return app


def _add_finding(app: Flask, dataset: Dataset) -> None:
    # Nobody who does not search should wait for it.
    kept = Once(lambda: load_index(dataset.index))
    corpus = Once(lambda: kept()[0])
    index = Once(lambda: Index(*kept()))
    app.register_blueprint(search.blueprint(dataset, corpus, index))
    app.register_blueprint(reconciling.blueprint(dataset, corpus, index, Once(lambda: Matcher(*kept()))))


def planners(dataset: Dataset) -> dict[str, RequestParser]:
    """How the requests to each path are read that a job can answer."""
    return {
        "/sparql": sparql.parse_query_request,
        "/graph": partial(graph_store.parse_graph_request, dataset.manifest.graphs),
    }


def _add_protocols(app: Flask, dataset: Dataset, answerer: QueryRunner) -> None:
    readers = planners(dataset)

    def ask() -> Response:
        message = to_request(request)
        if message.method == "OPTIONS":
            return to_response(_options(sparql.METHODS))
        if sparql.is_bare(message) and service.wants_page(message.header("accept")):
            return editor.page(dataset)
        if sparql.is_bare(message):
            return to_response(service.describe(dataset, message, request.base_url))
        return to_response(respond(answerer, readers["/sparql"], message))

    def read_graph() -> Response:
        if request.method == "OPTIONS":
            return to_response(_options(graph_store.METHODS))
        return to_response(respond(answerer, readers["/graph"], to_request(request)))

    app.add_url_rule("/sparql", "sparql", ask, methods=ANY, provide_automatic_options=False)
    app.add_url_rule("/graph", "graph", read_graph, methods=ANY, provide_automatic_options=False)


def _options(methods: tuple[str, ...]) -> Reply:
    return Reply(204, "", b"", (("Allow", ", ".join(methods)),))


def _refused(error: QueryError) -> Response:
    return to_response(problems.problem(error, request.headers.get("Accept", "")))


def _refusal(error: HTTPException) -> Response:
    members = {"title": error.name, "status": error.code or 500, "detail": error.description or error.name}
    allow = tuple((name, value) for name, value in error.get_headers() if name == "Allow")
    return to_response(problems.reply(members, request.headers.get("Accept", ""), allow))


def _say_why(response: Response) -> Response:
    # Werkzeug sends what was asked for along with its refusal.
    if response.status_code != PreconditionFailed.status or response.mimetype == problems.JSON:
        return response
    error = PreconditionFailed("If-Match or If-Unmodified-Since does not hold: ask without it for what is there now.")
    return _refused(error)


def _harden(response: Response) -> Response:
    response.headers.extend(default_headers(request.path))
    return response
