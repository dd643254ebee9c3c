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
KINDS = {
    "owl:Class": "class",
    "owl:ObjectProperty": "property",
    "owl:DatatypeProperty": "property",
    "skos:Concept": "concept",
    "skos:ConceptScheme": "concept",
    "sdgo:Goal": "concept",
}
EXTERNAL_TERMS = (
    "rdf:type", "skos:prefLabel", "skos:altLabel", "skos:definition", "skos:notation", "skos:broader", "skos:narrower",
    "skos:inScheme", "skos:exactMatch", "skos:closeMatch", "rdfs:label", "sssom:confidence", "owl:annotatedSource",
    "owl:annotatedTarget", "sdgo:Goal", "sdgo:Target", "sdgo:hasTarget", "sdgo:isTargetOf", "dcterms:source",
    "prov:wasQuotedFrom",
)  # fmt: skip


def page(local: bool = False) -> Response:
    """The editor page. local: its queries run in the browser, on the dump, and not at the endpoint."""
    dataset = current_dataset()
    groups = [(group, list(members)) for group, members in groupby(dataset.queries, lambda query: query.group)]
    address = request.host_url.rstrip("/") + unlocalized_url("sparql.endpoint")
    return html_response(
        "editor.html",
        groups=groups,
        local=local,
        runs=not local or is_bundled("oxigraph"),
        bundled=is_bundled("yasqe"),
        prefixes=dataset.prefixes.table,
        endpoint=address,
    )


def terms(dataset: Dataset) -> bytes:
    """The completions as JSON: CURIE, prefix, namespace, kind (class, property or concept) and labels of each term."""
    return json.dumps(list(_terms(dataset)), ensure_ascii=False).encode()


def _terms(dataset: Dataset) -> Iterator[dict[str, object]]:
    view, prefixes = GraphView(dataset), dataset.prefixes
    kinds = {prefixes.expand(name): _kind(name) for name in EXTERNAL_TERMS}
    kinds |= {node: kind for name, kind in KINDS.items() for node in view.instances(name)}
    for node, kind in sorted(kinds.items(), key=lambda each: each[0].value):
        curie = prefixes.shorten(node.value)
        prefix = curie.partition(":")[0]
        if prefix in prefixes.table:
            yield {
                "curie": curie.replace(".", "\\.") if curie.count(".") > 1 else curie,
                "prefix": prefix,
                "namespace": prefixes.table[prefix],
                "kind": kind,
                "labels": view.labels(node),
            }


def _kind(curie: str) -> str:
    # In the vocabularies of EXTERNAL_TERMS, the names of classes alone begin with a capital letter.
    return "class" if curie.partition(":")[2][0].isupper() else "property"
