"""The query editor, at /sparql for browsers: changes when it offers something else.

The page is a form that works without scripts; with them it becomes an editor that completes from our own graph.
"""

import json
from collections.abc import Iterator
from itertools import groupby

from flask import Blueprint, Response, render_template, request
from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.web.http.i18n import unlocalized_url
from policing_goals.web.http.once import Once
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.npm_assets import is_bundled

# What a query is about: our classes and properties, those of others that the graph uses, and every concept.
KINDS = ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty", "skos:Concept", "skos:ConceptScheme", "sdgo:Goal")
EXTERNAL_TERMS = ("rdf:type", "skos:prefLabel", "skos:altLabel", "skos:definition", "skos:notation", "skos:broader",
        "skos:narrower", "skos:inScheme", "skos:exactMatch", "skos:closeMatch", "rdfs:label", "sssom:confidence",
        "owl:annotatedSource", "owl:annotatedTarget", "sdgo:Goal", "sdgo:Target", "sdgo:hasTarget",
        "sdgo:isTargetOf", "dcterms:source", "prov:wasQuotedFrom")  # fmt: skip


def blueprint(dataset: Dataset) -> Blueprint:
    """What the editor asks for besides answers."""
    routes = Blueprint("editor", __name__)
    told = Once(lambda: json.dumps(list(_terms(dataset)), ensure_ascii=False).encode())

    @routes.get("/terms.json")
    def terms() -> Response:
        return cacheable_response(told(), "application/json")

    return routes


def page(dataset: Dataset) -> Response:
    """The editor."""
    groups = [(group, list(queries)) for group, queries in groupby(dataset.queries, lambda query: query.group)]
    address = request.host_url.rstrip("/") + unlocalized_url("sparql")
    made = render_template("editor.html", groups=groups, bundled=is_bundled("yasqe"), endpoint=address)
    return cacheable_response(made.encode(), "text/html")


def _terms(dataset: Dataset) -> Iterator[dict[str, object]]:
    reader, prefixes = GraphView(dataset), dataset.prefixes
    nodes = {node for kind in KINDS for node in reader.subjects("rdf:type", prefixes.expand(kind))}
    for node in sorted({*nodes, *(prefixes.expand(name) for name in EXTERNAL_TERMS)}, key=str):
        curie = prefixes.shorten(node.value)
        prefix = curie.partition(":")[0]
        if curie != node.value and prefix in prefixes.table:
            yield {
                "curie": curie.replace(".", "\\.") if curie.count(".") > 1 else curie,
                "prefix": prefix,
                "namespace": prefixes.table[prefix],
                "labels": _labels(reader, node),
            }


def _labels(reader: GraphView, node: NamedNode) -> dict[str, str]:
    return reader.texts(node, "skos:prefLabel") or reader.texts(node, "rdfs:label")
