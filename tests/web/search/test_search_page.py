"""The search page: results with what matched, counts that lead to narrower searches, and a briefing on each."""

import re
from html import unescape

from flask.testing import FlaskClient

HTML = {"Accept": "text/html"}


def page(client: FlaskClient, address: str) -> str:
    return client.get(f"/en/{address}", headers=HTML).text


def total(text: str) -> int:
    found = re.search(r'role="status">([\d,]+) result', text)
    assert found
    return int(found[1].replace(",", ""))


def test_each_count_is_what_the_search_that_it_leads_to_finds(client: FlaskClient) -> None:
    first = page(client, "search?q=crime")
    links = re.findall(r'<li><a href="(search\?[^"]+)">.*?</a> <small>(\d+)</small>', first)

    assert len(links) > 15
    for address, number in links:
        assert total(page(client, unescape(address))) == int(number), address


def test_a_result_shows_what_matched_and_leads_to_its_page_and_briefing(client: FlaskClient) -> None:
    text = page(client, "search?q=drug+trafficking")
    results = text.split('<article class="result">')[1:]

    assert 'href="area-drug-trafficking.html"' in results[0]
    assert "/en/briefing?topic=area-drug-trafficking" in results[0]
    assert sum("<mark>" in result for result in results) > len(results) / 2
    for address in re.findall(r'<h2><a href="([^"]+)"', text):
        assert client.get(f"/en/{address}").status_code == 200


def test_a_filter_that_was_chosen_can_be_taken_away(client: FlaskClient) -> None:
    text = page(client, "search?q=cybercrime&kind=objective&area=gpg:area-cybercrime")

    assert 'href="search?q=cybercrime&amp;area=gpg%3Aarea-cybercrime">× objective' in text
    assert total(page(client, "search?q=cybercrime")) > total(text) > 0


def test_a_wrong_name_gets_near_ones_and_no_long_list(client: FlaskClient) -> None:
    query = client.get("/queries/goal-sdg-matricks.html").get_json()["detail"]
    unlike = client.get("/queries/zzzzzz.html").get_json()["detail"]

    assert "Did you mean goal-sdg-matrix" in query
    assert unlike == "There is no saved query zzzzzz. The list is at /queries/."
    assert "Did you mean /goal-3" in client.get("/gaol-3").get_json()["detail"]
    assert "Did you mean " in client.get("/data/goal.csv").get_json()["detail"]


def test_the_search_of_plain_files_leads_to_that_of_the_server(client: FlaskClient) -> None:
    response = client.get("/fr/search.html?q=drogue")

    assert response.status_code == 308
    assert response.location == "search?q=drogue"
    rows = client.get("/fr/search-texts.json").get_json()
    assert {row["address"]: row["label"] for row in rows}["goal-3.html"] == "Protection des groupes vulnérables"
    assert "16.4" in {row["address"]: row["names"] for row in rows}["sdg/16.4"]
