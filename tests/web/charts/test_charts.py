"""Charts: their pages, their files, and what each cell leads to."""

import csv
import io
import re
from xml.etree import ElementTree

import pytest
from flask.testing import FlaskClient

from policing_goals.web.charts.catalogue import CHARTS
from tests.conftest import ROOT
from tests.web.pages.test_pages import LANGUAGES

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("name", CHARTS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_chart_says_what_it_shows_and_where_it_is_from(name: str, language: str, client: FlaskClient) -> None:
    drawing = client.get(f"/{language}/charts/{name}.svg")
    page = client.get(f"/{language}/charts/{name}").text
    root = ElementTree.fromstring(drawing.text)
    words = " ".join(text.text or "" for text in root.iter(f"{SVG}text"))

    assert drawing.content_type == "image/svg+xml"
    assert "NaN" not in drawing.text
    assert root.get("role") == "group"
    title, about = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert about is not None
    assert " ".join((title.text or "").split()) in words
    for said in ("CC BY 4.0", "1.0.0", "2026"):
        assert said in words
        assert said in (about.text or "")
    assert "<table>" in page
    query = re.search(rf'href="/{language}/queries/([a-z-]+)\.html', page)
    assert query
    assert client.get(f"/{language}/queries/{query[1]}.html").status_code == 200


@pytest.mark.parametrize("name", CHARTS)
def test_the_csv_of_a_chart_has_labels_and_the_rows_of_its_table(name: str, client: FlaskClient) -> None:
    response = client.get(f"/fr/charts/{name}.csv?bom=1")
    header, *rows = csv.reader(io.StringIO(response.data.decode("utf-8-sig")))
    table = client.get(f"/fr/charts/{name}").text.partition("<tbody>")[2]

    assert response.data.startswith(b"\xef\xbb\xbf")
    assert response.mimetype == "text/csv"
    assert len(rows) == table.count("<tr>") > 0
    assert all(len(row) == len(header) for row in rows)
    # Words for people: the data for programs are at the saved query.
    assert "http" not in response.text


def test_a_cell_of_the_matrix_counts_the_links_that_it_lists(client: FlaskClient) -> None:
    drawing = ElementTree.fromstring(client.get("/charts/matrix.svg").text)
    found = {}
    for cell in drawing.iter(f"{SVG}a"):
        if cell.get("class") == "cell":
            lines = (cell.findtext(f"{SVG}title") or "").splitlines()
            found[(cell.get("href") or "").partition("/sdg/")[2]] = len(lines)
            assert cell.findtext(f"{SVG}text") == str(len(lines))
    answer = csv.DictReader((ROOT / "tests/answers/goal-sdg-matrix.csv").read_text("utf-8").splitlines())
    expected = {
        f"{row['sdg'].rpartition('/')[2]}#G{row['goal'].rpartition('-')[2]}": int(row["n"])
        for row in answer
        if row["n"] != "0"
    }

    assert found == expected


def test_the_links_behind_a_crime_area_are_as_many_as_the_query_counts(client: FlaskClient) -> None:
    drawing = ElementTree.fromstring(client.get("/charts/crime-areas.svg").text)
    cells = [cell for cell in drawing.iter(f"{SVG}a") if cell.get("class") == "cell"]
    answer = list(csv.DictReader((ROOT / "tests/answers/crime-area-sdgs.csv").read_text("utf-8").splitlines()))

    assert len(cells) == len(answer)
    for cell in cells:
        lines = (cell.findtext(f"{SVG}title") or "").splitlines()
        assert cell.findtext(f"{SVG}text") == str(len(lines))


def test_every_link_is_in_the_chart_of_objectives_and_one_goal_is_a_flow(client: FlaskClient) -> None:
    every = client.get("/charts/objectives.svg").text
    one = client.get("/charts/objectives.svg?of=goal-4").text

    links = (ROOT / "tests/answers/sdg-links.csv").read_text("utf-8")
    assert every.count('class="cell"') == links.count("/link-") > 100
    assert one.count("<path") == links.count("/goal-4,") + links.count("/objective-4.") > 0
    assert client.get("/charts/objectives.svg?of=goal-9").status_code == 400
    assert client.get("/charts/timeline?of=goal-1").status_code == 400


def test_the_matrix_can_be_had_for_one_goal_by_objective_and_target(client: FlaskClient) -> None:
    page = client.get("/charts/matrix?of=goal-4").text
    drawing = client.get("/charts/matrix.svg?of=goal-4").text

    assert "G4.2" in drawing
    assert ">16.a</text>" in drawing
    assert "objective-targets.html?goal=gpg:goal-4" in page


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("/pictures/", "/charts/"),
        ("/pictures/matrix?of=goal-4", "/charts/matrix?of=goal-4"),
        ("/charts/network.svg?of=goal-4", "/charts/objectives.svg?of=goal-4"),
        ("/fr/charts/flow", "/fr/charts/crime-areas"),
    ],
)
def test_a_former_address_leads_to_the_chart(former: str, now: str, client: FlaskClient) -> None:
    response = client.get(former)

    assert response.status_code == 308
    assert response.location == now


def test_a_wrong_name_gets_the_nearest(client: FlaskClient) -> None:
    assert "Did you mean matrix?" in client.get("/charts/matrx").text
    assert "Choose from svg, csv." in client.get("/charts/matrix.pdf").text


def test_links_of_a_downloaded_chart_lead_to_the_site(client: FlaskClient) -> None:
    drawing = client.get("/fr/charts/matrix.svg", base_url="https://example.org/").text

    assert 'href="https://example.org/fr/goal-1.html"' in drawing
    assert 'href="../' not in drawing


def test_a_result_is_drawn_as_bars_or_a_line(client: FlaskClient) -> None:
    body = {"title": "Links <b>", "labels": ["Peace & justice", "Oceans"], "values": [11, 0.5]}
    bars = client.post("/fr/charts/result.svg", json={**body, "kind": "bar"})
    line = client.post("/fr/charts/result.svg", json={**body, "kind": "line"})

    assert bars.mimetype == line.mimetype == "image/svg+xml"
    widths = [
        float(each.get("width") or 0)
        for each in ElementTree.fromstring(bars.text).iter(f"{SVG}rect")
        if each.get("class")
    ]
    assert widths[0] == pytest.approx(22 * widths[1], rel=0.01)
    assert "0,5" in bars.text
    assert "Links &lt;b&gt;" in bars.text
    points = ElementTree.fromstring(line.text).find(f".//{SVG}polyline")
    assert points is not None
    assert len((points.get("points") or "").split()) == 2


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"no", "does not describe a chart"),
        (b"[]", "does not describe a chart"),
        (b'{"kind": "pie", "labels": ["a"], "values": [1]}', "Choose from bar, line"),
        (b'{"kind": "bar", "labels": [], "values": []}', "Send 1 to 100"),
        (b'{"kind": "bar", "labels": ["a"], "values": [1, 2]}', "as many of each"),
        (b'{"kind": "bar", "labels": ["a"], "values": [NaN]}', "not a number"),
        (b'{"kind": "bar", "labels": ["a"], "values": ["x"]}', "does not describe a chart"),
    ],
)
def test_what_cannot_be_drawn_is_refused(body: bytes, said: str, client: FlaskClient) -> None:
    response = client.post("/charts/result.svg", data=body)

    assert response.status_code == 400
    assert said in response.text
