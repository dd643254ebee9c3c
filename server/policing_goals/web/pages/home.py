"""The home page, the about page, SPARQL in the browser, and well-known addresses."""

import json
from collections.abc import Iterator
from itertools import groupby

from flask import Blueprint, Response, redirect, request, url_for
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine.graph_view import GraphView
from policing_goals.model.facets import FACETS
from policing_goals.model.labels import LocalizedText
from policing_goals.vocabulary import GPG
from policing_goals.web.charts.catalogue import link_counts
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import language
from policing_goals.web.http.responses import html_response
from policing_goals.web.linked_data.links import link, read_tree
from policing_goals.web.pages.crawlers import dataset_json_ld

# The metrics of agreement that begin like this: over all elements, headings and bullets.
F1 = f"{GPG}metric-f1"

blueprint = Blueprint("home", __name__)


@blueprint.get("/.well-known/void")
def void() -> BaseResponse:
    """A redirect to the description of the dataset (VoID, section 6.2; RFC 8615)."""
    return redirect(url_for("sparql.graph", graph=f"{GPG}graph-dataset"), 303)


@blueprint.get("/.well-known/sparql-examples")
def examples() -> BaseResponse:
    """A redirect to the saved queries as RDF, where the SIB's SPARQL editor looks for them."""
    return redirect(url_for("sparql.graph", graph=f"{GPG}graph-queries"), 303)


@blueprint.get("/")
def home() -> Response:
    """The home page: the goals, how they relate to the SDGs, and how to query them."""
    dataset = current_dataset()
    scheme = NamedNode(f"{GPG}scheme-goals")
    goals = [(each.link, len(each.children)) for each in read_tree(GraphView(dataset, language()), scheme)[0]]
    return html_response(
        "home.html",
        manifest=dataset.manifest,
        queries=dataset.queries,
        groups=[group for group, _ in groupby(dataset.queries, lambda query: query.group)],
        goals=goals,
        themes=read_tree(GraphView(dataset, language()), NamedNode(f"{GPG}scheme-themes"))[0],
        rows=link_counts(dataset, [goal for goal, _ in goals]),
        json_ld=dataset_json_ld(dataset, request.url_root),
    )


@blueprint.get("/about")
def about() -> Response:
    """How the dataset was made, its limits, and how to report an error."""
    dataset = current_dataset()
    agreement = list(_agreement(GraphView(dataset, language())))
    return html_response("about.html", documents=json.loads(dataset.documents), agreement=agreement)


@blueprint.get("/changes")
def changes() -> Response:
    """What has changed for users of the graph, by version."""
    return html_response("changes.html", changes=json.loads(current_dataset().documents)["changes"])


@blueprint.get("/topics")
def topics() -> Response:
    """Every concept of the facets: as trees, and in one alphabetical list."""
    view = GraphView(current_dataset(), language())
    schemes = [view.dataset.prefixes.expand(facet.scheme) for facet in FACETS]
    trees = [(link(view, scheme), read_tree(view, scheme)) for scheme in schemes]
    every = sorted((each for _, (_, index) in trees for each in index), key=lambda each: each.label.text.casefold())
    letters = [(letter, list(members)) for letter, members in groupby(every, lambda each: each.label.text[0].upper())]
    return html_response("topics.html", trees=[(scheme, tree) for scheme, (tree, _) in trees], letters=letters)


def _agreement(view: GraphView) -> Iterator[tuple[LocalizedText, float]]:
    """How far two readings agree (F1, 0 to 1), each with a label of what was read: the links, then each facet."""
    for read in ("links-sdg", "graph-facets"):
        for measurement in view.nodes(NamedNode(GPG + read), "dqv:hasQualityMeasurement"):
            metric = view.node(measurement, "dqv:isMeasurementOf")
            if metric is not None and metric.value.startswith(F1):
                what = view.node(measurement, "dcterms:subject") or metric
                yield view.label(what), float(view.value(measurement, "dqv:value"))
