"""The pictures beside links to pages: drawn in each language, named by the pages, and of known pages alone."""

import io
import re

import pytest
from flask.testing import FlaskClient
from PIL import Image

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.query_job import QueryJob, QueryResult
from policing_goals.web.app import make_app
from policing_goals.web.pages import social_cards as cards
from tests.support.server import need_bundle

LANGUAGES = ("en", "fr", "es", "ar")


class Nobody:
    """Stands for the workers, which no card needs."""

    version = ""

    def answer(self, job: QueryJob) -> QueryResult:
        raise AssertionError(job)


@pytest.fixture(scope="module")
def drawing(dataset: Dataset) -> FlaskClient:
    need_bundle("plex")
    return make_app(dataset, Nobody()).test_client()


def picture(client: FlaskClient, address: str) -> Image.Image:
    response = client.get(address)
    assert response.status_code == 200
    assert response.content_type == "image/png"
    assert len(response.data) < 60_000
    return Image.open(io.BytesIO(response.data)).convert("RGB")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["/", "/goal-4.html", "/sdg/16.4", "/queries/sdg-gaps.html", "/about"])
def test_a_page_names_its_card_and_the_card_is_there(path: str, language: str, drawing: FlaskClient) -> None:
    page = drawing.get(f"/{language}{path}").get_data(as_text=True)
    (address,) = re.findall(r'<meta property="og:image" content="(.*?)">', page)
    (title,) = re.findall(r'<meta property="og:title" content="(.*?)">', page)

    assert address.startswith(f"http://localhost/{language}/cards/")
    assert f"<title>{title}" in page
    assert len(re.findall('<meta name="description" content=".+">', page)) == 1
    assert picture(drawing, address).size == (1200, 630)


def test_each_language_has_a_card_of_its_own_and_arabic_begins_at_the_right(drawing: FlaskClient) -> None:
    found = {each: picture(drawing, f"/{each}/cards/goal-4.png") for each in LANGUAGES}
    assert len({image.tobytes() for image in found.values()}) == len(LANGUAGES)

    def empty(image: Image.Image, box: tuple[int, int, int, int]) -> bool:
        return len(image.crop(box).getcolors() or [()] * 256) == 1

    left, right = (0, 460, 300, 540), (900, 460, 1200, 540)
    assert not empty(found["fr"], left)
    assert empty(found["fr"], right)
    assert empty(found["ar"], left)
    assert not empty(found["ar"], right)


def test_no_text_leaves_the_card(drawing: FlaskClient, dataset: Dataset) -> None:
    names = [name for name in dataset.names if name.startswith(("goal-", "theme-", "objective-2", "area-c"))]
    for name in names:
        for language in LANGUAGES:
            image = picture(drawing, f"/{language}/cards/{name}.png")
            for box in ((0, 30, 60, 630), (1140, 30, 1200, 630)):
                assert len(image.crop(box).getcolors() or [()] * 256) == 1, (language, name)


@pytest.mark.parametrize(
    "name",
    ["nothing", "sdg-99", "sdg-", "query-nothing", "goal-4.ttl", "..%2Fsite", "%D8%A7", "a%20b", "sdg-%3C%3E", "%00"],
)
def test_there_is_no_card_of_what_is_not_there(name: str, drawing: FlaskClient) -> None:
    assert drawing.get(f"/cards/{name}.png").status_code == 404


def test_without_the_typeface_no_page_names_a_card(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "is_bundled", lambda _: False)
    client = make_app(dataset, Nobody()).test_client()

    assert "og:image" not in client.get("/").get_data(as_text=True)
    response = client.get("/cards/home.png", headers={"Accept": "application/json"})
    assert response.status_code == 404
    assert "policing-goals bundle" in response.get_data(as_text=True)
