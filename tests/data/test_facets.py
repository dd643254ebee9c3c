"""The index by facet: each assignment quotes its sentence, and every concept is used."""

import csv
from collections import Counter

import pytest

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.saved_queries import rows as saved_rows
from tests.conftest import ROOT
from tests.support.rows import pairs, rows

READINGS = list(
    csv.DictReader(
        (ROOT / "data/facets.readings.tsv").read_text("utf-8").splitlines(),
        delimiter="\t",
        quotechar=None,
        quoting=csv.QUOTE_NONE,
    )
)
GPG = "https://w3id.org/global-policing-goals/"
PREFIXES = f"PREFIX gpg: <{GPG}> PREFIX gpgo: <{GPG}ontology#> PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "
SCHEMES = {
    "area": "crime-areas",
    "action": "action-types",
    "actor": "actors",
    "capability": "capabilities",
    "topic": "topics",
}


def iri(name: str) -> str:
    return name.replace("gpg:", GPG, 1)


def test_every_reading_quotes_the_sentence_that_it_reads(dataset: Dataset) -> None:
    texts = pairs(dataset, PREFIXES + "SELECT ?element ?text { ?element gpgo:officialText ?text }")

    assert len(READINGS) > 200
    assert [each for each in READINGS if each["words"] not in texts[iri(each["element"])]] == []


def test_every_reading_is_decided_and_made_once() -> None:
    made_of = Counter((each["element"], each["concept"]) for each in READINGS)

    assert made_of.most_common(1)[0][1] == 1
    for each in READINGS:
        made = {each["first_reading"], each["second_reading"]}
        assert made <= {"yes", "no"}
        assert "yes" in made
        assert each["settled"] in ("yes", "no")
        assert bool(each["reason"]) == (made != {each["settled"]})


@pytest.mark.parametrize("kind", SCHEMES)
def test_every_concept_is_used_or_has_a_narrower_one_that_is(kind: str, dataset: Dataset) -> None:
    query = PREFIXES + f"SELECT ?c {{ ?c skos:inScheme gpg:scheme-{SCHEMES[kind]} }}"
    concepts = {concept for (concept,) in rows(dataset, query)}
    used = {iri(each["concept"]) for each in READINGS if each["settled"] == "yes"}
    broader = rows(
        dataset, PREFIXES + f"SELECT ?n ?b {{ ?n skos:broader+ ?b ; skos:inScheme gpg:scheme-{SCHEMES[kind]} }}"
    )
    reached = used | {above for below, above in broader if below in used}

    assert concepts
    assert concepts <= reached
    assert {each for each in used if each.startswith(f"{GPG}{kind}-")} <= concepts


def test_the_table_and_the_graph_hold_the_same_assignments(dataset: Dataset) -> None:
    query = (
        PREFIXES
        + """PREFIX owl: <http://www.w3.org/2002/07/owl#>
        SELECT ?element ?concept ?words WHERE {
          ?assignment a gpgo:FacetAssignment ; owl:annotatedSource ?element ; owl:annotatedProperty ?facet ;
                      owl:annotatedTarget ?concept ; gpgo:words ?words .
          ?element ?facet ?concept }"""
    )
    settled = {
        (iri(each["element"]), iri(each["concept"]), each["words"]) for each in READINGS if each["settled"] == "yes"
    }

    assert set(rows(dataset, query)) == settled
    direct = (
        PREFIXES
        + """SELECT ?e ?c { ?e a gpgo:PolicyElement ;
        gpgo:crimeArea|gpgo:actionType|gpgo:actor|gpgo:capability|gpgo:topic ?c }"""
    )
    assert len(rows(dataset, direct)) == len(settled)


def test_nothing_is_handed_down_from_a_heading(dataset: Dataset) -> None:
    # Goal 5 is about corruption; none of its objectives says so.
    query = PREFIXES + "SELECT ?e { ?e gpgo:crimeArea gpg:area-corruption ; gpgo:isObjectiveOf gpg:goal-5 }"

    assert rows(dataset, query) == []


@pytest.mark.parametrize("kind", SCHEMES)
def test_the_agreement_in_the_graph_is_the_one_of_the_readings(kind: str, dataset: Dataset) -> None:
    scheme = f"gpg:scheme-{SCHEMES[kind]}"
    own = [each for each in READINGS if each["concept"].startswith(f"gpg:{kind}-")]
    first, second = (sum(each[f"{which}_reading"] == "yes" for each in own) for which in ("first", "second"))
    both = sum(each["first_reading"] == each["second_reading"] == "yes" for each in own)
    total = 85 * len(rows(dataset, PREFIXES + f"SELECT ?c {{ ?c skos:inScheme {scheme} }}"))
    observed = (both + total - (first + second - both)) / total
    expected = (first * second + (total - first) * (total - second)) / total**2
    stated = pairs(
        dataset,
        PREFIXES
        + f"""PREFIX dcterms: <http://purl.org/dc/terms/> PREFIX dqv: <http://www.w3.org/ns/dqv#>
        SELECT ?metric ?value {{ gpg:graph-facets dqv:hasQualityMeasurement ?m .
        ?m dcterms:subject {scheme} ; dqv:isMeasurementOf ?metric ; dqv:value ?value }}""",
    )
    figures = {metric.rsplit("/metric-", 1)[1]: float(value) for metric, value in stated.items()}

    assert (figures["pairs-first"], figures["pairs-second"], figures["pairs-both"]) == (first, second, both)
    # The aim that was set before the readings.
    assert figures["f1"] == pytest.approx(2 * both / (first + second), abs=0.0005)
    assert figures["f1"] >= 0.93
    assert figures["jaccard"] == pytest.approx(both / len(own), abs=0.0005)
    assert figures["cohens-kappa"] == pytest.approx((observed - expected) / (1 - expected), abs=0.0005)


def test_every_element_has_a_facet_and_every_bullet_an_action(dataset: Dataset) -> None:
    without = (
        """SELECT ?e {{ ?e a {} FILTER NOT EXISTS {{ ?a a gpgo:FacetAssignment ; owl:annotatedSource ?e {} }} }}"""
    )
    prefixes = PREFIXES + "PREFIX owl: <http://www.w3.org/2002/07/owl#> "
    action = "; owl:annotatedProperty gpgo:actionType"

    assert rows(dataset, prefixes + without.format("gpgo:PolicyElement", "")) == []
    assert rows(dataset, prefixes + without.format("gpgo:Objective", action)) == []
    assert rows(dataset, prefixes + without.format("gpgo:Commitment", action)) == []


def test_the_same_word_carries_the_same_concept(dataset: Dataset) -> None:
    query = PREFIXES + "SELECT ?e { ?e gpgo:actionType gpg:action-analyse ; gpgo:officialText ?t "
    understanding = rows(dataset, query + 'FILTER (CONTAINS(?t, "compréhension")) }')

    assert {each.rsplit("/", 1)[1] for (each,) in understanding} == {
        "objective-4.1", "objective-7.6", "commitment-2.3", "commitment-4.2",
    }  # fmt: skip


def test_elements_with_several_concepts_may_have_narrower_ones(dataset: Dataset) -> None:
    given = {"concept": "gpg:area-terrorism", "and": "gpg:actor-private-sector", "also": "gpg:action-disrupt"}

    assert [row["code"] for row in saved_rows(dataset, "elements-with", **given)] == ["G1.6"]


@pytest.mark.parametrize(
    ("query", "parameter", "broader", "found"),
    [
        ("concept-everywhere", "concept", "gpg:area-terrorism", "objective-1.6"),
        ("actor-objectives", "actor", "gpg:actor-vulnerable-groups", "objective-7.4"),
        ("crime-area-sdgs", "within", "gpg:area-terrorism", "area-terrorist-use-of-the-internet"),
    ],
)
def test_a_broader_concept_answers_for_the_narrower(
    query: str, parameter: str, broader: str, found: str, dataset: Dataset
) -> None:
    cells = {str(cell) for row in saved_rows(dataset, query, **{parameter: broader}) for cell in row.values()}

    assert GPG + found in cells
