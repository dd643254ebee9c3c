"""For crawlers: robots.txt, sitemap, feed and schema.org; and public addresses."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask import Flask
from flask.testing import FlaskClient

from policing_goals import create_app
from policing_goals.engine.dataset import Dataset
from policing_goals.settings import Settings

ATOM, SITEMAP = "{http://www.w3.org/2005/Atom}", "{http://www.sitemaps.org/schemas/sitemap/0.9}"


# Routes without a page of their own to read: for machines, redirects, and what needs a question first.
NO_PAGE = {
    "briefing.file", "charts.former_address", "charts.result", "crawlers.favicon", "crawlers.feed", "crawlers.robots",
    "crawlers.sitemap", "documentation.model",
    "downloads.checksums", "downloads.file", "home.examples", "home.void", "openapi.document",
    "reconciliation.preview", "reconciliation.propose_properties", "reconciliation.reconcile",
    "reconciliation.suggest_entity", "reconciliation.suggest_property", "reconciliation.suggest_type",
    "reconciliation.view", "search.on_plain_files", "search.search", "search.suggest", "search.texts",
    "social_cards.former_address", "sparql.graph", "sparql.terms", "static",
}  # fmt: skip


@pytest.fixture(scope="module")
def listed(app: Flask) -> set[str]:
    """The addresses in the sitemap that robots.txt names, below the site's own."""
    client = app.test_client()
    [address] = re.findall(r"Sitemap: (.*)", client.get("/robots.txt").get_data(as_text=True))
    found = ElementTree.fromstring(client.get(address).data)
    pages = [(each.text or "").removeprefix("http://localhost/") for each in found.iter(f"{SITEMAP}loc")]
    assert len(pages) == len(set(pages))
    return set(pages)


def test_the_sitemap_names_pages_that_are_there(listed: set[str], client: FlaskClient) -> None:
    for page in sorted(listed)[::29]:
        response = client.get(f"/{page}", headers={"Accept": "text/html"})
        assert (response.status_code, response.mimetype) == (200, "text/html"), page


def test_the_sitemap_has_a_page_of_every_route_that_has_one(listed: set[str], app: Flask) -> None:
    routes = app.url_map.bind("localhost")
    reached = {routes.match(f"/{page.partition('/')[2]}")[0] for page in listed}

    assert {rule.endpoint for rule in app.url_map.iter_rules()} - NO_PAGE == reached


@pytest.mark.parametrize(
    ("pattern", "number"),
    [
        (r"goal-\d\.html", 7),
        (r"objective-[\d.]+\.html", 38),
        (r"theme-\d\.html", 5),
        (r"commitment-[\d.]+\.html", 35),
        (r"area-.*\.html", 33),
        (r"actor-.*\.html", 21),
        (r"scheme-.*\.html", 10),
        (r"link-.*-sdg-.*\.html", 125),
        (r"sdg/\d+", 17),
        (r"sdg/\d+\.\w+", 169),
        (r"queries/.+\.html", 55),
        (r"(mapping|query|prefix|parameter|partition|facet|checksum|graph)-.*", 0),
        (r"link-.*-none.*", 0),
    ],
)
def test_the_sitemap_has_what_people_read_in_each_language(pattern: str, number: int, listed: set[str]) -> None:
    for language in ("en", "fr", "es", "ar"):
        found = [page for page in listed if re.fullmatch(f"{language}/{pattern}", page)]
        assert len(found) == number


def test_the_feed_tells_the_versions(client: FlaskClient, dataset: Dataset) -> None:
    response = client.get("/feed.xml")
    entries = list(ElementTree.fromstring(response.data).iter(f"{ATOM}entry"))

    assert response.headers["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert entries[0].findtext(f"{ATOM}title") == f"Version {dataset.manifest.version}"
    assert client.get("/feed.xml", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304


def test_the_home_page_describes_the_dataset_to_search_engines(client: FlaskClient) -> None:
    page = client.get("/").get_data(as_text=True)
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found
    described = json.loads(found[1])

    assert described["@type"] == "Dataset"
    assert described["license"].startswith("https://creativecommons.org/")
    assert len(described["distribution"]) >= 5
    for each in described["distribution"]:
        with client.get(each["contentUrl"]) as file:
            assert file.status_code == 200


@pytest.mark.parametrize(
    ("settings", "path", "headers", "root"),
    [
        ({}, "/sitemap.xml", {"X-Forwarded-Host": "evil.example"}, "http://localhost/"),
        ({"base_url": "https://e.org/gpg/"}, "/sitemap.xml", {}, "https://e.org/gpg/"),
        ({"base_url": "https://e.org/gpg"}, "/gpg/sitemap.xml", {"Host": "evil.example"}, "https://e.org/gpg/"),
        (
            {"trust_proxy": True},
            "/sitemap.xml",
            {"X-Forwarded-Host": "e.org", "X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/gpg"},
            "https://e.org/gpg/",
        ),
        (
            {"trust_proxy": True},
            "/sitemap.xml",
            {"X-Forwarded-Prefix": "//evil.example", "X-Forwarded-Proto": "javascript"},
            "http://localhost/",
        ),
    ],
)
def test_addresses_are_those_that_clients_see(
    settings: dict[str, str | bool], path: str, headers: dict[str, str], root: str, snapshot: Path
) -> None:
    app = create_app(Settings(snapshot, workers=1, **settings))  # type: ignore[arg-type]  # a table of choices
    client = app.test_client()
    sitemap = client.get(path, headers=headers).get_data(as_text=True)
    prefix = path.removesuffix("/sitemap.xml")
    thing = client.get(f"{prefix}/goal-3", headers=headers)
    page = client.get(f"{prefix}/goal-3.html", headers=headers).get_data(as_text=True)
    app.extensions["stop"]()

    assert f"<loc>{root}en/goal-3.html</loc>" in sitemap
    assert thing.headers["Location"] == "goal-3.ttl"
    assert 'href="/static/site.css"' in page if root == "http://localhost/" else 'href="/gpg/static/site.css"' in page


def test_the_ontology_page_has_every_term_with_its_guard_and_an_example(client: FlaskClient, dataset: Dataset) -> None:
    page = client.get("/ontology.html").get_data(as_text=True)
    terms = {
        str(quad.subject).rstrip(">").partition("#")[2]
        for quad in dataset.graph("https://w3id.org/global-policing-goals/graph-ontology")
        if quad.predicate.value.endswith("#isDefinedBy")
    }

    assert len(terms) > 25
    for term in terms:
        assert f'<section id="{term}">' in page or f"gpgo:{term}" in page, term
    assert 'href="shapes.html#goal-supports"' in page
    assert 'href="goal-1"' in page
    assert page.count('marker-end="url(#head)"') > 10
