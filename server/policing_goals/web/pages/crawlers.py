"""robots.txt (RFC 9309), sitemap.xml (sitemaps.org), the Atom feed of versions (RFC 4287), and schema.org JSON-LD."""

import json
from collections.abc import Iterator

from flask import Blueprint, Response, redirect, render_template, request
from pyoxigraph import NamedNode
from werkzeug.wrappers import Response as BaseResponse

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.languages import LANGUAGES
from policing_goals.vocabulary import GPG, LICENCE
from policing_goals.web.charts.catalogue import CHARTS
from policing_goals.web.context import DATASET, current_dataset, dataset_date
from policing_goals.web.http.responses import cacheable_response
from policing_goals.web.linked_data.links import link
from policing_goals.web.pages.documentation import ORDER

# Single pages. Search is left out: it shows nothing until it is given words.
PAGES = (
    "", "about", "api", "briefing", "changes", "charts/", "data/", "docs/", "ontology.html", "queries/", "sdg/",
    "shapes.html", "sparql", "sparql.html", "statistics", "topics", "validation",
)  # fmt: skip
# The classes whose instances have a page for people; other nodes (mappings, counts, parameters) are on these pages.
LISTED = (
    "skos:Concept", "skos:ConceptScheme", "skos:Collection", "gpgo:SDGLink", "gpgo:Programme", "org:FormalOrganization",
    "org:OrganizationalUnit", "schema:Event", "schema:Place", "schema:Quotation", "dcat:Dataset",
)  # fmt: skip

blueprint = Blueprint("crawlers", __name__)


@blueprint.get("/robots.txt")
def robots() -> Response:
    """What crawlers may fetch, and where the sitemap is."""
    rules = f"User-agent: *\nDisallow: /sparql\nDisallow: /graph\nSitemap: {request.url_root}sitemap.xml\n"
    return cacheable_response(rules.encode(), "text/plain")


@blueprint.get("/favicon.ico")
def favicon() -> BaseResponse:
    """The icon, at the address where programs look that read no page."""
    return redirect("static/icon.svg", 308)


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every page for people, in every language."""
    dataset = current_dataset()
    addresses = [f"{request.url_root}{each}/{path}" for path in sorted(_paths(dataset)) for each in LANGUAGES]
    body = render_template("sitemap.xml", addresses=addresses, modified=dataset_date(dataset))
    return cacheable_response(body.encode(), "application/xml; charset=utf-8")


@blueprint.get("/feed.xml")
def feed() -> Response:
    """The versions of the dataset."""
    dataset = current_dataset()
    view = GraphView(dataset)
    body = render_template("feed.xml", versions=_versions(view), root=request.url_root, modified=dataset_date(dataset))
    return cacheable_response(body.encode(), "application/atom+xml; charset=utf-8")


def dataset_json_ld(dataset: Dataset, root: str) -> str:
    """The dataset in schema.org terms, for search engines. root: the URL of the site."""
    view = GraphView(dataset)
    described = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "@id": DATASET.value,
        "name": view.texts(DATASET, "dcterms:title")["en"],
        "description": view.texts(DATASET, "dcterms:description")["en"],
        "version": dataset.manifest.version,
        "url": root,
        "license": LICENCE,
        "creator": {"@type": "Organization", "name": "Policing Goals project"},
        "dateModified": dataset_date(dataset),
        "inLanguage": LANGUAGES,
        "distribution": [
            {"@type": "DataDownload", "encodingFormat": fields["media_type"], "contentUrl": f"{root}data/{name}"}
            for name, fields in sorted(dataset.manifest.data.items())
            if name.startswith("global-policing-goals")
        ],
    }
    return json.dumps(described, indent=1, ensure_ascii=False).replace("<", "\\u003c")


def _paths(dataset: Dataset) -> Iterator[str]:
    # Every page for people, without its language.
    view = GraphView(dataset)
    yield from PAGES
    ours = (node.value for node in view.instances(*LISTED) if node.value.startswith(GPG))
    yield from (f"{iri.removeprefix(GPG)}.html" for iri in ours)
    yield from (link(view, node).href for node in view.instances("sdgo:Goal", "sdgo:Target"))
    yield from (f"queries/{query.name}.html" for query in dataset.queries)
    yield from (f"charts/{name}" for name in CHARTS)
    yield from (f"docs/{name}" for name in ORDER)


def _versions(view: GraphView) -> list[tuple[str, str]]:
    # Each version and what its change note says, in English, the newest first.
    notes = (
        each.value for each in view.literals(NamedNode(f"{GPG}ontology"), "skos:changeNote") if each.language == "en"
    )
    split = (note.partition(": ") for note in notes)
    return sorted(((version, text) for version, _, text in split), reverse=True)
