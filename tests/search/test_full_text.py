"""Search: in four languages, tolerant of typing errors, and empty when nothing matches."""

import csv
import re

import pytest
from flask.testing import FlaskClient

from policing_goals.engine.dataset import Dataset
from policing_goals.search.analysis import Analyzer
from policing_goals.search.corpus import KINDS, dump_index, load_index, read_corpus
from policing_goals.search.full_text import Index
from policing_goals.vocabulary import GPG
from tests.conftest import ROOT

AREA = f"{GPG}area-"


@pytest.fixture(scope="module")
def index(dataset: Dataset) -> Index:
    return Index(*load_index(dataset.index))


@pytest.mark.parametrize(
    ("asked", "first", "language"),
    [
        ("drug trafficking", "area-drug-trafficking", "en"),
        ("DRUG TRAFFICKING", "area-drug-trafficking", "en"),
        ("terorism", "area-terrorism", "en"),
        ("corrupcion", "area-corruption", "es"),
        ("trata de personas", "area-human-trafficking", "es"),
        ("criminalite organisee", "area-organized-crime", "fr"),
        ("الارهاب", "area-terrorism", "ar"),
        ("الإِرهاب", "area-terrorism", "ar"),
        ("تهريب المهاجرين", "area-migrant-smuggling", "ar"),
        ("G3.2", "objective-3.2", ""),
        ("G6", "goal-6", ""),
    ],
)
def test_the_right_entity_comes_first_and_says_which_language_matched(
    asked: str, first: str, language: str, index: Index
) -> None:
    matches = index.search(asked)
    assert matches[0].iri == GPG + first
    assert matches[0].matched[0][0] == language


@pytest.mark.parametrize("asked", ["", "   ", "xyzzyx", "gluon chromodynamics", '"; xyzzyx', "\x00\x1b", "*", "NEAR("])
def test_nothing_is_found_where_nothing_fits(asked: str, index: Index) -> None:
    assert index.search(asked) == []


def test_stems_have_no_accents() -> None:
    assert Analyzer().stems("préalables", "fr") == Analyzer().stems("prealables", "fr") == ["prealabl"]


def test_any_language_keeps_every_match(index: Index) -> None:
    [corruption] = [match for match in index.search("corruption") if match.iri == f"{AREA}corruption"]

    assert {language for language, _, _ in corruption.matched} >= {"en", "fr"}
    assert {language for match in index.search("corruption", "fr") for language, _, _ in match.matched} == {"fr"}


def test_kinds_and_facets_narrow_a_search(index: Index) -> None:
    kinds = {match.kind for match in index.search("crime")}
    facet = index.search("crime", facets={"area": f"{AREA}cybercrime"})

    assert len(kinds) > 3
    assert {match.kind for match in index.search("crime", kinds=["goal"])} == {"goal"}
    assert facet
    assert {match.iri for match in facet} < {match.iri for match in index.search("crime", limit=500)}
    assert {match.kind for kind in KINDS for match in index.search("a", kinds=[kind])} <= set(KINDS)


def test_what_another_vocabulary_calls_a_concept_leads_to_it(index: Index) -> None:
    match = index.search("cultural property restitution")[0]

    assert match.iri.startswith(AREA)
    assert match.matched[0][1] == "mapped"


def test_a_suggestion_is_a_label_that_begins_like_the_question(index: Index) -> None:
    suggested = index.suggest("traff", "en")

    assert suggested
    assert all("traff" in " ".join(match.labels.values()).casefold() or match.matched for match in suggested)


def test_search_comes_as_json_and_as_a_page(client: FlaskClient) -> None:
    found = client.get("/search?q=terrorismo&kind=crime-area").get_json()
    page = client.get("/search?q=%3Cscript%3Eterrorismo", headers={"Accept": "text/html"})

    assert found["matches"][0]["curie"] == "gpg:area-terrorism"
    assert found["matches"][0]["matched"][0]["language"] == "es"
    assert page.status_code == 200
    assert b"<script>terr" not in page.data
    assert client.get("/search/suggest?q=terr").get_json()["matches"]


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("q=a&lang=de", "not one of en, fr, es, ar"),
        ("q=a&kind=thing", "not one of goal"),
        ("q=a&page=2", "Choose from action"),
        ("q=a&area=cyber", "an IRI or a CURIE"),
    ],
)
def test_a_wrong_search_parameter_is_refused_with_the_possible_values(
    query: str, says: str, client: FlaskClient
) -> None:
    response = client.get(f"/search?{query}")

    assert response.status_code == 400
    assert says in response.get_json()["detail"]


def test_a_question_of_ten_thousand_characters_is_answered(client: FlaskClient) -> None:
    assert client.get("/search?q=" + "x" * 10_000).get_json()["matches"] == []


def test_the_index_is_the_corpus_of_the_dataset_with_every_stem(dataset: Dataset) -> None:
    corpus, words = load_index(dataset.index)
    fresh = Analyzer()

    assert corpus == read_corpus(dataset.store, dataset.prefixes)
    for text in corpus.texts:
        assert words.stems(text.text, text.language) == fresh.stems(text.text, text.language)
    assert dump_index(corpus).encode() == dataset.index


@pytest.mark.parametrize(
    ("facet", "example"),
    [("sdg=99.99.9", "sdg=sdg:16.4"), ("sdg=gpg:area-cybercrime", "sdg=sdg:16.4"), ("area=gpg:goal-1", "gpg:area-")],
)
def test_a_facet_of_another_kind_is_refused_with_an_example_of_its_own(
    facet: str, example: str, client: FlaskClient
) -> None:
    response = client.get(f"/search?q=crime&{facet}")

    assert response.status_code == 400
    assert example in response.get_json()["detail"]


def test_who_supports_a_target_supports_its_sdg(client: FlaskClient) -> None:
    whole, target = (client.get(f"/search?q=crime&sdg={it}").get_json()["matches"] for it in ("sdg:16", "sdg:16.4"))

    assert len(whole) >= len(target) > 0


@pytest.mark.parametrize("facet", ["area", "action", "actor", "sdg"])
def test_every_choice_of_a_facet_is_one_by_openapi(facet: str, client: FlaskClient) -> None:
    described = client.get("/openapi.json").get_json()["paths"]["/search"]["get"]["parameters"]
    form = next(each["schema"]["pattern"] for each in described if each["name"] == facet)
    page = client.get("/search?q=crime", headers={"Accept": "text/html"}).get_data(as_text=True)
    options = re.findall(r'<option value="((?:gpg|sdg):[^"]+)"', page)

    assert options
    assert [
        each
        for each in options
        if each.startswith(f"gpg:{facet}-" if facet != "sdg" else "sdg:") and not re.search(form, each)
    ] == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("SDG 16", ["sdg:16"]),
        ("sdg16", ["sdg:16"]),
        ("ODD 16", ["sdg:16"]),
        ("SDG target 16.4", ["sdg:16.4"]),
        ("cible 5.2", ["sdg:5.2"]),
        ("Goal 6", ["gpg:goal-6", "sdg:6"]),
        ("Objectif 6", ["gpg:goal-6", "sdg:6"]),
        ("هدف 6", ["gpg:goal-6", "sdg:6"]),
        ("objective 6.2", ["gpg:objective-6.2"]),
        ("6.2", ["gpg:objective-6.2", "sdg:6.2"]),
        ("thème 3", ["gpg:theme-3"]),
        ("commitment 3.1", ["gpg:commitment-3.1"]),
        ("theme 9", []),
        ("goal 99", []),
    ],
)
def test_codes_are_understood_as_people_write_them(text: str, found: list[str], index: Index, dataset: Dataset) -> None:
    assert [dataset.prefixes.shorten(match.iri) for match in index.search(text)] == found


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("cybercrime unicorn", "gpg:area-cybercrime"),
        ("money laundering cartels", "gpg:area-illicit-financial-flows"),
        ("16.4 drugs", "sdg:16.4"),
    ],
)
def test_where_not_every_word_matches_those_follow_that_match_a_part(
    text: str, first: str, index: Index, dataset: Dataset
) -> None:
    found = index.search(text)

    assert dataset.prefixes.shorten(found[0].iri) == first
    assert not any(match.whole for match in found)
    assert index.suggest(text) == []


def test_whole_matches_come_before_parts(index: Index) -> None:
    whole = [match.whole for match in index.search("drug trafficking")]

    assert whole == sorted(whole, reverse=True)
    assert whole[0]
    assert not whole[-1]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vulnerable communities", "gpg:actor-vulnerable-groups"),
        ("border integrity", "gpg:goal-2"),
        ("frontline officers", "gpg:actor-law-enforcement"),
    ],
)
def test_the_words_of_the_first_set_of_goals_find_their_concepts(
    text: str, found: str, index: Index, dataset: Dataset
) -> None:
    assert dataset.prefixes.shorten(index.search(text)[0].iri) == found


def test_no_text_of_an_entity_is_indexed_twice(dataset: Dataset) -> None:
    corpus, _ = load_index(dataset.index)

    assert len(set(corpus.texts)) == len(corpus.texts)


@pytest.mark.parametrize(("name", "share"), [("first", 0.85), ("second", 0.9), ("third", 0.95), ("kept", 0.9)])
def test_the_right_entity_is_among_the_first_three(name: str, share: float, index: Index) -> None:
    with (ROOT / f"tests/phrases/{name}.tsv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["expected"]]
    found = [
        row for row in rows if {match.iri for match in index.search(row["phrase"])[:3]} & set(row["expected"].split())
    ]

    assert len(rows) >= 70
    assert len(found) >= share * len(rows)


def test_a_broader_concept_as_filter_finds_what_has_a_narrower_one(index: Index) -> None:
    found = {match.iri for match in index.search("Internet", facets={"area": f"{AREA}terrorism"})}

    assert f"{GPG}objective-1.6" in found
    assert f"{GPG}objective-3.5" not in found
