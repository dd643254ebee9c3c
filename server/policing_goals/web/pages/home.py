"""Pages for people: changes when a page is added."""

from itertools import groupby

from flask import Blueprint, redirect, render_template, request, url_for
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.vocabulary import GPG
from policing_goals.web.http.i18n import language
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.linked_data.links import read_tree
from policing_goals.web.npm_assets import is_bundled
from policing_goals.web.pages.charts import matrix_rows
from policing_goals.web.pages.crawlers import dataset_json_ld

DESCRIPTION = f"{GPG}graph-dataset"
QUERIES = f"{GPG}graph-queries"


def blueprint(dataset: Dataset) -> Blueprint:
    """The pages over a dataset."""
    routes = Blueprint("pages", __name__)

    @routes.get("/.well-known/void")
    def void() -> Response:
        """To the description of the dataset (VoID, section 6.2; RFC 8615)."""
        return redirect(url_for("graph", graph=DESCRIPTION), 303)

    @routes.get("/.well-known/sparql-examples")
    def examples() -> Response:
        """To the saved queries as RDF, as the SIB's SPARQL editor looks for them."""
        return redirect(url_for("graph", graph=QUERIES), 303)

    @routes.get("/")
    def home() -> Response:
        """What this is, the goals, how they tie to the SDGs, and how to ask."""
        reader = GraphView(dataset, language())
        scheme = NamedNode(f"{GPG}scheme-goals")
        goals = [(each.it, len(each.below)) for each in read_tree(reader, scheme)[0]]
        page = render_template(
            "home.html",
            manifest=dataset.manifest,
            queries=dataset.queries,
            groups=[group for group, _ in groupby(dataset.queries, lambda query: query.group)],
            goals=goals,
            rows=matrix_rows(dataset, [goal for goal, _ in goals]),
            json_ld=dataset_json_ld(dataset, request.url_root),
        )
        return cacheable_response(page.encode(), "text/html")

    @routes.get("/sparql.html")
    def in_browser() -> Response:
        """SPARQL on the dump, answered by the browser itself (Oxigraph in WebAssembly)."""
        return cacheable_response(
            render_template("in_browser.html", there=is_bundled("oxigraph")).encode(), "text/html"
        )

    @routes.get("/about")
    def about() -> Response:
        """How this was made, its limits, and how to dispute it."""
        return cacheable_response(render_template("about.html").encode(), "text/html")

    return routes
