"""The preview images of pages: one per language, rendered by the bundle command and served as static files."""

import io
import re

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from PIL import Image, features

from policing_goals import npm_assets
from policing_goals.__main__ import main
from policing_goals.engine.dataset import Dataset
from policing_goals.web.app import make_app
from policing_goals.web.pages import social_cards
from policing_goals.web.static_site import NoEndpoint
from tests.support.server import need_bundle

LANGUAGES = ("en", "fr", "es", "ar")


@pytest.fixture(scope="module")
def site(dataset: Dataset) -> FlaskClient:
    """A site with the bundle."""
    need_bundle("plex")
    return make_app(dataset, NoEndpoint()).test_client()


def image(client: FlaskClient, url: str) -> Image.Image:
    with client.get(url) as response:
        assert response.status_code == 200
        assert response.content_type == "image/png"
        assert len(response.data) < 60_000
        return Image.open(io.BytesIO(response.data)).convert("RGB")


def preview_url(client: FlaskClient, path: str) -> str:
    """The URL of the preview image that a page names."""
    (url,) = re.findall(r'<meta property="og:image" content="(.*?)">', client.get(path).get_data(as_text=True))
    return str(url)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/goal-4.html", "/sdg/16.4", "/queries/sdg-gaps.html", "/about"])
def test_every_page_names_the_image_of_its_language(path: str, language: str, site: FlaskClient) -> None:
    url = preview_url(site, f"/{language}{path}")

    assert url == f"http://localhost/static/bundle/card-{language}.png"
    assert image(site, url).size == (1200, 630)


@pytest.mark.parametrize("path", ["/", "/goal-4.html", "/queries/sdg-gaps.html"])
def test_every_page_has_a_title_and_a_description_of_its_own(path: str, site: FlaskClient) -> None:
    page = site.get(f"/en{path}").get_data(as_text=True)
    (title,) = re.findall(r'<meta property="og:title" content="(.*?)">', page)

    assert f"<title>{title}" in page
    assert len(re.findall('<meta name="description" content=".+">', page)) == 1


def test_each_language_has_its_own_image_and_arabic_starts_at_the_right(site: FlaskClient) -> None:
    images = {each: image(site, preview_url(site, f"/{each}/")) for each in LANGUAGES}
    assert len({each.tobytes() for each in images.values()}) == len(LANGUAGES)

    def empty(language: str, box: tuple[int, int, int, int]) -> bool:
        return len(images[language].crop(box).getcolors() or [()] * 256) == 1

    left, right = (80, 110, 200, 190), (1040, 110, 1120, 190)
    assert not empty("fr", left)
    assert empty("fr", right)
    assert empty("ar", left)
    assert not empty("ar", right)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_leaves_the_image(language: str, site: FlaskClient) -> None:
    card = image(site, preview_url(site, f"/{language}/"))

    for box in ((0, 30, 60, 630), (1140, 30, 1200, 630)):
        assert len(card.crop(box).getcolors() or [()] * 256) == 1


def test_an_image_url_of_version_1_0_0_redirects_to_the_image_of_its_language(site: FlaskClient) -> None:
    response = site.get("/ar/cards/goal-4.png")

    assert response.status_code == 308
    assert response.headers["Location"].endswith("/static/bundle/card-ar.png")


def test_without_the_bundle_no_page_names_an_image(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(social_cards, "available", lambda: False)
    client = make_app(dataset, NoEndpoint()).test_client()

    assert "og:image" not in client.get("/").get_data(as_text=True)


def test_without_the_library_for_arabic_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    monkeypatch.setattr(npm_assets, "bundle", list)
    result = CliRunner().invoke(main, ["bundle"])

    assert result.exit_code == 0
    assert "No preview images: Pillow cannot set Arabic: FriBiDi is missing. On Debian, run: " in result.stderr
