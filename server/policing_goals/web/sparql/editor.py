"""The SPARQL editor page and its completions.

The page is a form that works without scripts; with them it becomes an editor that completes from our own graph.
"""

import json
from collections.abc import Iterator
from itertools import groupby

from flask import Response, request

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.npm_assets import is_bundled
from policing_goals.web.context import current_dataset
from policing_goals.web.http.i18n import unlocalized_url
from policing_goals.web.http.responses import html_response

# The completions: instances of these classes, and the terms of other vocabularies that the graph uses.
CLASSES = ("owl:Class", "owl:ObjectProperty", "owl:DatatypeProperty", "skos:Concept", "skos:ConceptScheme", "sdgo:Goal")
EXTERNAL_TERMS = (
    "rdf:type", "skos:prefLabel", "skos:altLabel", "skos:definition", "skos:notation", "skos:broader", "skos:narrower",
    "skos:inScheme", "skos:exactMatch", "skos:closeMatch", "rdfs:label", "sssom:confidence", "owl:annotatedSource",
    "owl:annotatedTarget", "sdgo:Goal", "sdgo:Target", "sdgo:hasTarget", "sdgo:isTargetOf", "dcterms:source",
    "prov:wasQuotedFrom",
)  # fmt: skip


def page() -> Response:
    """The editor page."""
    queries = current_dataset().queries
    groups = [(group, list(members)) for group, members in groupby(queries, lambda query: query.group)]
    address = request.host_url.rstrip("/") + unlocalized_url("sparql.endpoint")
    return html_response("editor.html", groups=groups, bundled=is_bundled("yasqe"), endpoint=address)


def terms(dataset: Dataset) -> bytes:
    """The completions as JSON: CURIE, prefix, namespace and labels by language of each term."""
    return json.dumps(list(_terms(dataset)), ensure_ascii=False).encode()


def _terms(dataset: Dataset) -> Iterator[dict[str, object]]:
    view, prefixes = GraphView(dataset), dataset.prefixes
    external = {prefixes.expand(name) for name in EXTERNAL_TERMS}
    for node in sorted({*view.instances(*CLASSES), *external}, key=str):
        curie = prefixes.shorten(node.value)
        prefix = curie.partition(":")[0]
        if prefix in prefixes.table:
            yield {
                "curie": curie.replace(".", "\\.") if curie.count(".") > 1 else curie,
                "prefix": prefix,
                "namespace": prefixes.table[prefix],
                "labels": view.labels(node),
            }
