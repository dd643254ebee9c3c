"""Flask application factory."""

from flask import Flask, Response, request

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.query_job import QueryRunner
from policing_goals.web.context import install_context
from policing_goals.web.http.error_handlers import install_error_handlers
from policing_goals.web.http.headers import default_headers
from policing_goals.web.http.i18n import install_languages
from policing_goals.web.http.messages import BODY_LIMIT
from policing_goals.web.http.proxy import PublicUrl, install_proxy_middleware
from policing_goals.web.http.trailing_slash import install_trailing_slash
from policing_goals.web.linked_data import routes as linked_data
from policing_goals.web.pages import (
    briefing,
    charts,
    crawlers,
    downloads,
    home,
    sdgs,
    social_cards,
    statistics,
    validation,
)
from policing_goals.web.queries import openapi
from policing_goals.web.queries import routes as queries
from policing_goals.web.search import reconciliation
from policing_goals.web.search import routes as search
from policing_goals.web.sparql import routes as sparql

PARTS = (
    home, validation, downloads, search, reconciliation, queries, openapi, crawlers, sdgs, statistics, charts,
    briefing, social_cards, sparql, linked_data,
)  # fmt: skip


def make_app(dataset: Dataset, runner: QueryRunner, public_url: PublicUrl | None = None, contact: str = "") -> Flask:
    """The site over a dataset.

    runner: runs queries on it, from any thread; public_url: where clients see the site; contact: the mail
    address or URL that the site gives for questions and corrections, if any.
    """
    # Templates and static files are in the package, not in web/.
    app = Flask("policing_goals")
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.config["BASE_URL"] = public_url.base_url.rstrip("/") if public_url else ""
    app.config["CONTACT"] = contact
    app.url_map.merge_slashes = False  # A redirect to the path with one slash would lose the query.
    install_context(app, dataset, runner)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    install_languages(app)
    install_trailing_slash(app)
    social_cards.install_cards(app)
    app.after_request(_add_default_headers)
    install_error_handlers(app)
    install_proxy_middleware(app, public_url or PublicUrl())
    return app


def warm_up(app: Flask) -> None:
    """Compile every template and read the search index, so that no first reader waits for them."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    with app.app_context():
        search.index()


def _add_default_headers(response: Response) -> Response:
    response.headers.extend(default_headers(request.path))
    return response
