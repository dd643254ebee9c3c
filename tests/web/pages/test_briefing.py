"""Briefings: the sentences, links and evidence on what is chosen, on one page and as files."""

import csv
import io
import zipfile

import pytest
from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset
from policing_goals.vocabulary import GPG
from tests.support.rows import rows

HTML = {"Accept": "text/html"}
DRUGS = "/en/briefing{}?sdg=16&topic=drug-trafficking&goal=6"


def links(client: FlaskClient, query: str) -> list[dict[str, str]]:
    response = client.get(f"/en/briefing.csv?{query}")
    assert response.status_code == 200
    return list(csv.DictReader(io.StringIO(response.get_data(as_text=True))))


def test_a_briefing_has_what_every_choice_allows(client: FlaskClient) -> None:
    found = links(client, "sdg=16&topic=drug-trafficking&goal=6")

    # Of goal 6, the sentences that name drug trafficking and support SDG 16 or a target of it.
    assert {(each["from"], each["to"]) for each in found} == {("G6", "16.4"), ("G6.2", "16.4"), ("G6.4", "16.4")}
    assert all("“" in each["rationale"] and each["sentences"] for each in found)


def test_a_broader_subject_and_a_whole_goal_have_what_is_below(client: FlaskClient, dataset: Dataset) -> None:
    broader = {each["from"] for each in links(client, "topic=area-terrorism")}
    assert "G1.6" in broader  # It names terrorists' use of the Internet alone.

    query = f"""PREFIX gpgo: <{GPG}ontology#> PREFIX owl: <http://www.w3.org/2002/07/owl#> SELECT ?l {{
        ?l a gpgo:SDGLink ; owl:annotatedSource ?e . ?e gpgo:isObjectiveOf? <{GPG}goal-7> }}"""
    assert {each["link"] for each in links(client, "goal=7")} == {link for (link,) in rows(dataset, query)}


@pytest.mark.parametrize(
    ("wanted", "passes"),
    [
        ("strength=direct", lambda each: each["strength"] == "direct"),
        ("basis=interpol-published", lambda each: each["basis"] == "interpol-published"),
        ("least=0.85", lambda each: float(each["confidence"]) >= 0.85),
    ],
)
def test_a_filter_leaves_out_the_rest(wanted: str, passes: object, client: FlaskClient) -> None:
    every, some = links(client, "goal=6"), links(client, f"goal=6&{wanted}")

    assert callable(passes)
    assert some == [each for each in every if passes(each)]
    assert 0 < len(some) < len(every)


def test_the_page_and_its_files_say_the_same(client: FlaskClient) -> None:
    page = client.get(DRUGS.format(""), headers=HTML).get_data(as_text=True)
    text = client.get(DRUGS.format(".md")).get_data(as_text=True)
    found = links(client, "sdg=16&topic=drug-trafficking&goal=6")

    assert page.count('<article class="sdg-link') == text.count("| Analysis by the project |") == len(found) == 3
    for french in ("LUTTER CONTRE LES FORMES GRAVES", "Identifier les personnes se livrant à la production"):
        assert french in page
        assert french in text
    assert "Combat serious organized crime and drug trafficking" in page
    assert "INTERPOL" in page.partition('id="cite"')[2]
    workbook = client.get(DRUGS.format(".xlsx")).data
    assert "xl/workbook.xml" in zipfile.ZipFile(io.BytesIO(workbook)).namelist()
    assert client.get(DRUGS.format(".csv") + "&bom=1").data.startswith(b"\xef\xbb\xbflink,")


def test_two_goals_are_compared(client: FlaskClient) -> None:
    page = client.get("/en/briefing?goal=5&goal=6&basis=project-analysis", headers=HTML).get_data(as_text=True)
    shared = page.partition("Both support:")[2].partition("</p>")[0]

    assert "sdg/16" in shared
    assert "sdg/3" not in shared


@pytest.mark.parametrize("language", ["fr", "es", "ar"])
def test_a_briefing_is_in_the_readers_language(language: str, client: FlaskClient) -> None:
    page = client.get(f"/{language}/briefing?element=objective-6.2", headers=HTML).get_data(as_text=True)

    assert "Identifier les personnes se livrant" in page
    assert ("<details><summary>" in page.partition('id="sentences"')[2]) == (language != "fr")


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("goal=9", "There is no 9"),
        ("topic=drug-traficking", "area-drug-trafficking"),
        ("sdg=99", "There is no SDG or target 99"),
        ("sdg=%3Cscript%3E", "There is no SDG or target"),
        ("goal=6&strength=strong", "Choose from direct, indirect, unspecified"),
        ("sdg=" + ",".join(["16"] * 41), "at most 40"),
    ],
)
def test_what_there_is_not_is_refused_with_advice(query: str, says: str, client: FlaskClient) -> None:
    response = client.get(f"/briefing.csv?{query}")

    assert response.status_code == 400
    assert says in response.get_json()["detail"]


def test_a_format_that_there_is_not_is_not_found(client: FlaskClient) -> None:
    assert client.get("/briefing.pdf?goal=6").status_code == 404


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/en/goal-6.html", "element=goal-6"),
        ("/en/area-drug-trafficking.html", "topic=area-drug-trafficking"),
        ("/en/sdg/16.4", "sdg=16.4"),
    ],
)
def test_a_page_filters_its_links_and_leads_to_their_briefing(path: str, name: str, client: FlaskClient) -> None:
    every = client.get(path, headers=HTML).get_data(as_text=True)
    direct = client.get(f"{path}?strength=direct", headers=HTML).get_data(as_text=True)

    assert every.count(" data-strength=") == len(links(client, name))
    assert direct.count(" data-strength=") == len(links(client, f"{name}&strength=direct"))
    assert f'/briefing.csv?{name}&amp;strength=direct"' in direct
    assert client.get(f"{path}?strength=strong", headers=HTML).status_code == 400
