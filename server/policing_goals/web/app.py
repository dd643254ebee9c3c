"""Flask application factory."""

from dataclasses import dataclass, field

from flask import Flask, Response, current_app, request

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.query_job import QueryRunner
from policing_goals.web.charts import routes as charts
from policing_goals.web.context import install_context
from policing_goals.web.http.error_handlers import install_error_handlers
from policing_goals.web.http.headers import default_headers
from policing_goals.web.http.i18n import install_languages
from policing_goals.web.http.messages import BODY_LIMIT
from policing_goals.web.http.proxy import PublicUrl, install_proxy_middleware
from policing_goals.web.http.trailing_slash import install_trailing_slash
from policing_goals.web.linked_data import routes as linked_data
from policing_goals.web.linked_data.citations import install_citations
from policing_goals.web.pages import (
    briefing,
    crawlers,
    documentation,
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
    home, documentation, validation, downloads, search, reconciliation, queries, openapi, crawlers, sdgs, statistics,
    charts, briefing, social_cards, sparql, linked_data,
)  # fmt: skip


@dataclass(frozen=True)
class SiteOptions:
    """How the operator of a site presents it.

    public_url: where clients see it; contact: the mail address or URL that it gives for questions and corrections, if
    any; allow_frames: whether other sites may show its charts in a frame.
    """

    public_url: PublicUrl = field(default_factory=PublicUrl)
    contact: str = ""
    allow_frames: bool = False


def make_app(dataset: Dataset, runner: QueryRunner, options: SiteOptions | None = None) -> Flask:
    """The site over a dataset.

    runner: runs queries on it, from any thread.
    """
    options = options or SiteOptions()
    # Templates and static files are in the package, not in web/.
    app = Flask("policing_goals")
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.config["BASE_URL"] = options.public_url.base_url.rstrip("/")
    app.config["CONTACT"] = options.contact
    app.config["FRAMES"] = options.allow_frames
    app.url_map.merge_slashes = False  # A redirect to the path with one slash would lose the query.
    install_context(app, dataset, runner)
    for part in PARTS:
        app.register_blueprint(part.blueprint)
    install_languages(app)
    install_trailing_slash(app)
    social_cards.install_cards(app)
    install_citations(app)
    app.jinja_env.globals.update(contact=options.contact)
    app.after_request(_add_default_headers)
    install_error_handlers(app)
    install_proxy_middleware(app, options.public_url)
    return app


def warm_up(app: Flask) -> None:
    """Compile every template and read the search index, so that no first reader waits for them."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    with app.app_context():
        search.index()


def _add_default_headers(response: Response) -> Response:
    response.headers.extend(default_headers(request.path, current_app.config["FRAMES"]))
    return response
