"""How machines find their way: changes when another kind of machine is told.

robots.txt (RFC 9309), sitemap.xml (sitemaps.org), a feed of versions (Atom, RFC 4287), and schema.org in the home page.
"""

import json
from collections.abc import Iterable, Iterator

from flask import Blueprint, Response, render_template, request
from pyoxigraph import DefaultGraph, Literal, NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.vocabulary import GPG, LANGUAGES, LICENCE
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.linked_data.links import link
from policing_goals.web.pages.charts import CHARTS

# Pages that are there once. What needs a question first (search) is no page to list.
PAGES = (
    "", "about", "api", "data/", "ontology.html", "pictures/", "queries/", "sdg/", "shapes.html", "sparql",
    "sparql.html", "statistics", "validation",
)  # fmt: skip
# Whose instances people read about; all other nodes (mappings, counts, parameters) are shown with these.
LISTED = (
    "skos:Concept", "skos:ConceptScheme", "skos:Collection", "gpgo:SDGLink", "gpgo:Programme", "org:FormalOrganization",
    "org:OrganizationalUnit", "schema:Event", "schema:Place", "schema:Quotation", "dcat:Dataset",
)  # fmt: skip
UTF_8 = "charset=utf-8"
DATASET = NamedNode(f"{GPG}dataset")


def blueprint(dataset: Dataset) -> Blueprint:
    """What robots, feed readers and search engines ask for."""
    routes = Blueprint("discovery", __name__)

    @routes.get("/robots.txt")
    def robots() -> Response:
        rules = f"User-agent: *\nDisallow: /sparql\nDisallow: /graph\nSitemap: {request.url_root}sitemap.xml\n"
        return cacheable_response(rules.encode(), "text/plain")

    @routes.get("/sitemap.xml")
    def sitemap() -> Response:
        paths = sorted(_paths(dataset))
        every = [f"{request.url_root}{each}/{path}" for path in paths for each in LANGUAGES]
        return cacheable_response(
            render_template("sitemap.xml", addresses=every, modified=_modified(dataset)).encode(),
            f"application/xml; {UTF_8}",
        )

    @routes.get("/feed.xml")
    def feed() -> Response:
        page = render_template(
            "feed.xml", versions=versions(dataset), root=request.url_root, modified=_modified(dataset)
        )
        return cacheable_response(page.encode(), f"application/atom+xml; {UTF_8}")

    return routes


def _paths(dataset: Dataset) -> Iterator[str]:
    # Every page that people read, below the language.
    yield from PAGES
    reader = GraphView(dataset)
    nodes = {node for name in LISTED for node in reader.subjects("rdf:type", dataset.prefixes.expand(name))}
    yield from (f"{node.value.removeprefix(GPG)}.html" for node in nodes if node.value.startswith(GPG))
    for name in ("sdgo:Goal", "sdgo:Target"):
        yield from (link(reader, each).href for each in reader.subjects("rdf:type", dataset.prefixes.expand(name)))
    yield from (f"queries/{query.name}.html" for query in dataset.queries)
    yield from (f"pictures/{name}" for name in CHARTS)


def versions(dataset: Dataset) -> list[tuple[str, str]]:
    """Each version that the ontology tells of, and what it says of it in English, the newest first."""
    notes = _texts(dataset, NamedNode(f"{GPG}ontology"), "skos:changeNote", "en")
    told = (note.partition(": ") for note in notes)
    return sorted(((version, text) for version, _, text in told), reverse=True)


def dataset_json_ld(dataset: Dataset, root: str) -> str:
    """The dataset in the words of schema.org, for search engines. root: the address of the site."""
    version = dataset.manifest.version
    described = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": DATASET.value,
        "name": _texts(dataset, DATASET, "dcterms:title", "en")[0],
        "description": _texts(dataset, DATASET, "dcterms:description", "en")[0],
        "version": version,
        "url": root,
        "license": LICENCE,
        "creator": {"@type": "Organization", "name": "Policing Goals project"},
        "dateModified": _modified(dataset),
        "inLanguage": LANGUAGES,
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": fields["media_type"], "contentUrl": f"{root}data/{name}"}
            for name, fields in sorted(dataset.manifest.data.items())
            if name.startswith("global-policing-goals")
        ],
    }
    return json.dumps(described, indent=1, ensure_ascii=False).replace("<", "\\u003c")


def _texts(dataset: Dataset, node: NamedNode, name: str, language: str | None) -> list[str]:
    quads = dataset.store.quads_for_pattern(node, dataset.prefixes.expand(name), None, DefaultGraph())
    texts: Iterable[Literal] = (quad.object for quad in quads if isinstance(quad.object, Literal))
    return sorted(text.value for text in texts if text.language == language)


def _modified(dataset: Dataset) -> str:
    return _texts(dataset, DATASET, "dcterms:modified", None)[0]
