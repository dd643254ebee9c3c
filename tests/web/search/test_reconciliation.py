"""Reconciliation of terms with our concepts (Reconciliation Service API 0.2)."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient

from policing_goals.vocabulary import GPG
from policing_goals.web.http.departure import HAS_LEFT
from policing_goals.web.search.reconciliation import ReconciliationService, _Batch
from tests.conftest import ROOT

Json = dict[str, Any]
PHRASES = ROOT / "tests/phrases"
AREA = f"{GPG}area-"


def ask(client: FlaskClient, **queries: object) -> Json:
    response = client.post("/reconcile", data={"queries": json.dumps(queries)})
    assert response.status_code == 200, response.get_data(as_text=True)
    answer: Json = response.get_json()
    return answer


def first(client: FlaskClient, term: str, **more: object) -> Json:
    found: list[Json] = ask(client, q={"query": term, **more})["q"]["result"]
    return found[0] if found else {}


@dataclass(frozen=True)
class Aim:
    """What is asked of a set of phrases: shares that are right first, right and certain, and without any match.

    wrong: how many may be certain and not what their writer meant.
    """

    right: float
    certain: float
    nothing: float
    wrong: int = 0


# The first set was there before the scores were chosen, and the third when labels were written; the others were not
# looked at until then. The figures of the README are those of the kept set.
AIMS = {
    "first": Aim(0.85, 0.4, 0.8),
    "second": Aim(0.9, 0.6, 0.9),
    "third": Aim(0.9, 0.6, 0.95),
    # One writer meant online crime by “cybercriminalite”.
    "kept": Aim(0.9, 0.6, 0.95, 1),
}


def phrases(name: str) -> list[dict[str, str]]:
    with (PHRASES / f"{name}.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t"))


@pytest.mark.parametrize("name", AIMS)
def test_phrases_that_others_wrote_find_their_concepts(name: str, client: FlaskClient) -> None:
    rows, found = phrases(name), list[list[Json]]()
    for start in range(0, len(rows), 100):
        part = {
            str(number): {"query": row["phrase"], **({"type": row["type"]} if row["type"] else {})}
            for number, row in enumerate(rows[start : start + 100])
        }
        answers = ask(client, **part)
        found += [answers[number]["result"] for number in part]
    meant = [(row["expected"].split(), results) for row, results in zip(rows, found, strict=True) if row["expected"]]
    meant_nothing = [results for row, results in zip(rows, found, strict=True) if not row["expected"]]
    right = [results[0] for expected, results in meant if results and results[0]["id"] in expected]
    wrong = [results[0] for expected, results in meant if results and results[0]["id"] not in expected]

    assert len(meant) >= 70
    assert len(right) >= AIMS[name].right * len(meant)
    assert sum(first["match"] for first in right) >= AIMS[name].certain * len(meant)
    assert sum(not results for results in meant_nothing) >= AIMS[name].nothing * len(meant_nothing)
    assert sum(first["match"] for first in wrong) <= AIMS[name].wrong


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("drug trafficking", "area-drug-trafficking"),
        ("blanchiment", "area-illicit-financial-flows"),
        ("terorismo", "area-terrorism"),
        ("الجريمه البيئيه", "area-environmental-crime"),
        ("cyber crime", "area-cybercrime"),
        ("G3.2", "objective-3.2"),
    ],
)
def test_a_term_finds_its_concept_and_says_by_what(term: str, found: str, client: FlaskClient) -> None:
    candidate = first(client, term)

    assert candidate["id"] == GPG + found
    assert candidate["description"].startswith("matched")
    assert 0 < candidate["score"] <= 100
    assert candidate["type"][0]["id"].startswith("http")


def test_only_the_whole_label_alone_is_certain(client: FlaskClient) -> None:
    assert first(client, "Human trafficking")["match"] is True
    assert first(client, "human traficking victims")["match"] is False


@pytest.mark.parametrize("term", ["", " ", "goal keeper", "xyzzy", "\x00", "a" * 1000, "the of and", "'; DROP"])
def test_nothing_matches_a_phrase_without_a_counterpart(term: str, client: FlaskClient) -> None:
    assert first(client, term) == {}


@pytest.mark.parametrize("kind", ["gpgo:Actor", "https://w3id.org/global-policing-goals/ontology#Actor", "actor"])
def test_a_type_narrows_the_candidates(kind: str, client: FlaskClient) -> None:
    found: list[Json] = ask(client, q={"query": "victims", "type": kind, "limit": 50})["q"]["result"]

    assert found[0]["id"] == f"{GPG}actor-victims"
    assert {each["type"][0]["id"] for each in found} == {f"{GPG}ontology#Actor"}


def test_another_column_settles_between_candidates(client: FlaskClient) -> None:
    agreeing = first(client, "Corruption", properties=[{"pid": "iccs", "v": "0703"}])
    other = first(client, "Corruption", properties=[{"pid": "iccs", "v": "9999"}])

    assert agreeing["match"] is True
    assert other["match"] is False
    assert other["score"] < agreeing["score"]


def test_the_manifest_leads_to_every_part(client: FlaskClient) -> None:
    manifest = client.get("/reconcile").get_json()
    root = "http://localhost/reconcile"

    assert manifest["versions"] == ["0.2"]
    assert manifest["identifierSpace"] == GPG
    assert {each["id"] for each in manifest["defaultTypes"]} >= {f"{GPG}ontology#CrimeArea"}
    for part in manifest["suggest"].values():
        assert part["service_url"] == root
        answer = client.get(f"{part['service_url']}{part['service_path']}?prefix=crime").get_json()
        assert all(each["id"] and each["name"] for each in answer["result"])
        assert answer["result"] or part["service_path"].endswith("property")
    assert manifest["preview"]["url"] == f"{root}/preview?id={{{{id}}}}"


def test_a_preview_may_be_shown_in_a_frame_and_nothing_else_may(client: FlaskClient) -> None:
    preview = client.get("/reconcile/preview", query_string={"id": f"{AREA}cybercrime"})
    view = client.get("/reconcile/view", query_string={"id": f"{AREA}cybercrime"})

    assert "Ciberdelincuencia" in preview.get_data(as_text=True)
    assert "frame-ancestors *" in preview.headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in client.get("/reconcile").headers["Content-Security-Policy"]
    assert (view.status_code, view.headers["Location"]) == (303, "/area-cybercrime")
    assert client.get("/reconcile/view?id=https://example.org/").status_code == 404


def test_the_terms_of_other_vocabularies_are_carried_back(client: FlaskClient) -> None:
    proposed = client.get("/reconcile/properties?type=gpgo:CrimeArea").get_json()["properties"]
    asked = {
        "ids": [f"{AREA}corruption", "https://example.org/unknown"],
        "properties": [{"id": each["id"]} for each in proposed],
    }
    answer = client.post("/reconcile", data={"extend": json.dumps(asked)}).get_json()
    row = answer["rows"][f"{AREA}corruption"]

    assert {"unbis", "eurovoc", "wikidata", "sdg"} <= {each["id"] for each in answer["meta"]}
    assert row["unbis"][0]["id"].startswith("http://metadata.un.org/thesaurus/")
    assert "Match, confidence " in row["unbis"][0]["description"]
    assert row["iccs"] == [{"str": "0703"}]
    assert row["label"] == [{"str": "Corruption"}]
    assert not any(answer["rows"]["https://example.org/unknown"].values())
    french = {"ids": [f"{AREA}corruption"], "properties": [{"id": "definition", "settings": {"lang": "fr"}}]}
    words = client.get("/reconcile", query_string={"extend": json.dumps(french)}).get_json()
    assert "criminalité" in words["rows"][f"{AREA}corruption"]["definition"][0]["str"]


@pytest.mark.parametrize(
    ("field", "sent", "says"),
    [
        ("queries", "{", "is not JSON"),
        ("queries", "[]", "not a JSON object"),
        ("queries", "[" * 100_000, "nested too deeply"),
        ("queries", '{"q": 1}', "is not a query"),
        ("queries", '{"q": {"query": 1}}', "is not a query"),
        ("queries", '{"q": {"query": "x", "limit": -1}}', "Write a whole number"),
        ("queries", '{"q": {"query": "x", "type": "gpgo:Nothing"}}', "there is no type"),
        ("queries", '{"q": {"query": "x", "lang": "xx"}}', "lang is not one of"),
        ("extend", '{"ids": []}', "lacks ids or properties"),
        ("extend", '{"ids": [], "properties": [{"id": "shoe-size"}]}', "There is no property shoe-size"),
    ],
)
def test_an_invalid_batch_is_refused_with_what_to_write(field: str, sent: str, says: str, client: FlaskClient) -> None:
    response = client.post("/reconcile", data={field: sent})

    assert response.status_code == 400
    assert says in response.get_json()["detail"]


@pytest.mark.parametrize(
    "field",
    [
        {"queries": '{"q": {"query": "drugs", "properties": [{"pid": [], "v": "x"}]}}'},
        {"queries": '{"\\ud800": {"query": "drugs"}}'},
        {"queries": '{"q": {"query": "\\ud800"}}'},
        {"queries": '{"q": {"query": "drugs", "type": "\\ud800"}}'},
        {"queries": f'{{"q": {{"query": "drugs", "limit": {"9" * 5000}}}}}'},
        {"extend": '{"ids": ["x"], "properties": [{"id": []}]}'},
        {"extend": '{"ids": ["\\ud800"], "properties": [{"id": "unbis"}]}'},
        {"extend": '{"ids": [[]], "properties": [{"id": "unbis"}]}'},
    ],
)
def test_what_is_no_question_is_never_a_fault_of_the_server(field: dict[str, str], client: FlaskClient) -> None:
    response = client.post("/reconcile", data=field)

    assert response.status_code in (200, 400)


def test_repeated_ids_are_looked_up_once_and_too_many_are_refused(client: FlaskClient) -> None:
    iri = "https://w3id.org/global-policing-goals/area-cybercrime"
    asked = {"ids": [iri] * 1000, "properties": [{"id": "unbis"}] * 5000}
    response = client.post("/reconcile", data={"extend": json.dumps(asked)})
    many = {"ids": [f"{iri}{number}" for number in range(501)], "properties": [{"id": "unbis"}]}
    refused = client.post("/reconcile", data={"extend": json.dumps(many)})

    assert len(response.get_json()["meta"]) == 1
    assert list(response.get_json()["rows"]) == [iri]
    assert refused.status_code == 413


@pytest.mark.parametrize("narrower", ["theft", "murder", "tax evasion", "forced labour"])
def test_a_hidden_label_is_never_certain(narrower: str, client: FlaskClient) -> None:
    found = first(client, narrower)

    assert found["score"] > 90
    assert found["match"] is False


COLUMN = {"pid": "broader", "v": "x"}


@pytest.mark.parametrize(
    ("data", "number"),
    [
        ({"queries": {str(n): {"query": "crime"} for n in range(501)}}, "501 queries"),
        ({"queries": {"q": {"query": "crime", "properties": [COLUMN] * 3000}}}, "3000 columns"),
        ({"queries": {"q": {"query": "crime", "properties": [{"pid": "broader", "v": ["x"] * 51}]}}}, "51 values"),
        ({"queries": {"q": {"query": "c" * 1001}}}, "longer than 1000 characters"),
        ({"extend": {"ids": [str(n) for n in range(501)], "properties": [{"id": "unbis"}]}}, "500 ids"),
    ],
)
def test_a_batch_beyond_a_limit_is_refused_with_the_number(data: Json, number: str, client: FlaskClient) -> None:
    [(name, content)] = data.items()
    response = client.post("/reconcile", data={name: json.dumps(content)}, headers={"Accept": "application/json"})

    assert response.status_code == 413
    assert number in response.text


def test_the_manifest_tells_the_limits(client: FlaskClient) -> None:
    manifest = client.get("/reconcile").get_json()

    assert manifest["limits"] == {"bytes": 16384, "queries": 500, "characters": 1000, "columns": 20, "values": 50}
    assert manifest["batchSize"] == 50


def test_a_value_is_looked_up_once_for_a_whole_batch(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_up: list[tuple[str, str]] = []
    look_up = _Batch._look_up

    def count(batch: _Batch, iri: str, name: str) -> Iterator[str]:
        looked_up.append((iri, name))
        return look_up(batch, iri, name)

    monkeypatch.setattr(_Batch, "_look_up", count)
    query = {"query": "crime", "properties": [COLUMN, COLUMN, {"pid": "sdg", "v": "y"}], "limit": 50}
    ask(client, **{str(number): query for number in range(50)})

    assert looked_up
    assert len(set(looked_up)) == len(looked_up)


def test_the_work_for_a_client_that_has_left_ends(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    matched: list[object] = []
    match_one = ReconciliationService._matched

    def count(service: ReconciliationService, name: str, query: object, batch: _Batch) -> list[dict[str, Any]]:
        matched.append(query)
        return match_one(service, name, query, batch)

    monkeypatch.setattr(ReconciliationService, "_matched", count)
    queries = {str(number): {"query": "crime"} for number in range(50)}
    client.post(
        "/reconcile", data={"queries": json.dumps(queries)}, environ_overrides={HAS_LEFT: lambda: len(matched) > 3}
    )

    assert len(matched) == 4
