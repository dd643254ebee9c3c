"""What machines find: robots, sitemap, feed, schema.org; and addresses as clients see them."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from server import create_app
from server.engine.store import Dataset
from server.settings import Settings

ATOM, SITEMAP = "{http://www.w3.org/2005/Atom}", "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_the_sitemap_names_pages_that_are_there(client: FlaskClient) -> None:
    robots = client.get("/robots.txt").get_data(as_text=True)
    [address] = re.findall(r"Sitemap: (.*)", robots)
    found = ElementTree.fromstring(client.get(address).data)
    pages = [each.text or "" for each in found.iter(f"{SITEMAP}loc")]

    assert "http://localhost/goal-3.html" in pages
    assert len(pages) > 300
    assert {client.get(page).status_code for page in pages[::7]} == {200}


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

    assert f"<loc>{root}goal-3.html</loc>" in sitemap
    assert thing.headers["Location"] == "goal-3.ttl"
    assert 'href="/static/site.css"' in page if root == "http://localhost/" else 'href="/gpg/static/site.css"' in page


def test_the_ontology_page_has_every_term_with_its_guard_and_an_example(client: FlaskClient, dataset: Dataset) -> None:
    page = client.get("/ontology.html").get_data(as_text=True)
    terms = {
        quad.subject.value.partition("#")[2]
        for quad in dataset.graph("https://w3id.org/global-policing-goals/graph-ontology")
        if hasattr(quad.subject, "value") and "#" in quad.subject.value
    }

    assert len(terms) > 25
    for term in terms:
        assert f'<section id="{term}">' in page or f"gpgo:{term}" in page, term
    assert 'href="shapes.html#goal-supports"' in page
    assert 'href="goal-1"' in page
    assert page.count('marker-end="url(#head)"') > 10
