"""The SDG links: justified, complete, and the same in the table and in the graph."""

import csv
import re

import pytest

from policing_goals.builder.sdg_links import agreement, read_readings
from policing_goals.builder.sources import open_sources
from policing_goals.engine.dataset import Dataset
from tests.conftest import ROOT
from tests.support.rows import pairs, rows

PREFIXES = """
    PREFIX dqv: <http://www.w3.org/ns/dqv#>
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX gpg: <https://w3id.org/global-policing-goals/>
    PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
    PREFIX owl: <http://www.w3.org/2002/07/owl#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX sdg: <http://metadata.un.org/sdg/>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX sssom: <https://w3id.org/sssom/>
"""
TABLE = ROOT / "data/links/sdg.sssom.tsv"
READINGS = ROOT / "data/links/sdg.readings.tsv"
QUOTED = re.compile(r"“([^”]+)”|« ([^»]+) »")


def read_tsv(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def table() -> list[dict[str, str]]:
    lines = TABLE.read_text("utf-8").splitlines()
    return read_tsv("\n".join(line for line in lines if not line.startswith("#")))


@pytest.fixture(scope="module")
def links(table: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in table if row["object_id"] != "sssom:NoTermFound"]


def test_interpol_is_quoted_for_three_statements_only(links: list[dict[str, str]]) -> None:
    published = [row for row in links if row["ext_basis"] == "gpg:basis-interpol-published"]
    claims = {(row["subject_id"], row["object_id"]) for row in published}

    assert claims == {("gpg:scheme-goals", "sdg:16")} | {
        (f"gpg:goal-{number}", target) for number in range(1, 8) for target in ("sdg:5", "sdg:17")
    }
    assert {row["ext_strength"] for row in published} == {"gpg:strength-unspecified"}
    assert {row["ext_evidence"] for row in published} == {""}
    assert all(row["ext_source"].startswith("https://www.interpol.int/") and row["ext_note"] for row in published)


def test_everything_else_is_the_projects_analysis_with_evidence(links: list[dict[str, str]]) -> None:
    analysis = [row for row in links if row["ext_basis"] != "gpg:basis-interpol-published"]

    assert {row["ext_basis"] for row in analysis} == {"gpg:basis-project-analysis"}
    assert all(row["ext_evidence"] and not row["ext_source"] for row in analysis)
    assert {row["ext_strength"] for row in analysis} == {"gpg:strength-direct", "gpg:strength-indirect"}


def test_no_link_claims_equivalence(dataset: Dataset) -> None:
    matches = (
        PREFIXES
        + """SELECT ?s ?o { ?s skos:exactMatch|skos:closeMatch|skos:broadMatch|
        skos:narrowMatch|skos:relatedMatch|owl:sameAs ?o FILTER (STRSTARTS(STR(?o), STR(sdg:))) }"""
    )

    assert rows(dataset, matches) == []


def test_every_rationale_names_words_that_its_evidence_has(table: list[dict[str, str]], dataset: Dataset) -> None:
    texts = pairs(dataset, PREFIXES + "SELECT ?e ?t { ?e gpgo:officialText ?t }")
    checked = 0
    for row in table:
        if row["ext_basis"] == "gpg:basis-interpol-published":
            continue
        evidence = [
            texts["https://w3id.org/global-policing-goals/" + part[4:]] for part in row["ext_evidence"].split("|")
        ]
        for rationale in (row["comment"], row["ext_comment_fr"]):
            words = ["".join(groups) for groups in QUOTED.findall(rationale)]
            assert words, row["record_id"]
            assert all(any(word in text for text in evidence) for word in words), row["record_id"]
            checked += len(words)
    assert checked >= 2 * (len(table) - 15)


def test_every_bullet_is_decided_once(table: list[dict[str, str]]) -> None:
    bullets = {row["subject_id"] for row in table if re.match(r"gpg:(objective|commitment)-", row["subject_id"])}
    without = [row["subject_id"] for row in table if row["object_id"] == "sssom:NoTermFound"]
    linked = {row["subject_id"] for row in table if row["object_id"] != "sssom:NoTermFound"}

    assert len(bullets) == 73
    assert len(without) == len(set(without))
    assert not set(without) & linked


def test_nothing_is_published_below_half_confidence(links: list[dict[str, str]]) -> None:
    assert min(float(row["confidence"]) for row in links) >= 0.5


def test_the_table_and_the_graph_hold_the_same_links(links: list[dict[str, str]], dataset: Dataset) -> None:
    query = (
        PREFIXES
        + """
        SELECT ?link ?source ?target ?confidence ?strength WHERE {
          ?link a gpgo:SDGLink ; owl:annotatedSource ?source ; owl:annotatedTarget ?target ;
                sssom:confidence ?confidence ; gpgo:strength ?strength .
          ?source gpgo:supports ?target }"""
    )
    in_graph = {tuple(value.rsplit("/", 1)[-1] for value in row) for row in rows(dataset, query)}
    in_table = {
        tuple(row[column].partition(":")[2] or row[column] for column in columns)
        for row in links
        if (columns := ("record_id", "subject_id", "object_id", "confidence", "ext_strength"))
    }

    assert in_graph == in_table
    assert len(in_graph) == len(links)


def test_a_bullet_without_a_target_has_a_row_but_no_triple(dataset: Dataset) -> None:
    query = (
        PREFIXES
        + """
        SELECT ?bullet ?why WHERE {
          ?row owl:annotatedSource ?bullet ; owl:annotatedTarget sssom:NoTermFound ; rdfs:comment ?why .
          FILTER (LANG(?why) = "en")
          FILTER NOT EXISTS { ?bullet gpgo:supports ?any }
          FILTER NOT EXISTS { ?row a gpgo:SDGLink } }"""
    )

    assert len(rows(dataset, query)) == 11
    assert rows(dataset, PREFIXES + "SELECT ?s { ?s gpgo:supports sssom:NoTermFound }") == []


def test_the_links_of_the_bullets_are_what_was_settled(links: list[dict[str, str]]) -> None:
    readings = read_tsv(READINGS.read_text("utf-8"))
    settled = {(row["subject_id"], row["object_id"]): row for row in readings if row["settled"] != "dropped"}
    published = {
        (row["subject_id"], row["object_id"]): row
        for row in links
        if re.match(r"gpg:(objective|commitment)-", row["subject_id"])
    }

    assert settled.keys() == published.keys()
    for pair, reading in settled.items():
        assert published[pair]["ext_strength"] == f"gpg:strength-{reading['settled']}"
        given = [
            float(reading[f"{which}_confidence"]) for which in ("first", "second") if reading[f"{which}_confidence"]
        ]
        if reading["first_strength"] and reading["second_strength"]:
            assert float(published[pair]["confidence"]) == min(given), pair


def test_every_difference_between_the_readings_has_a_reason() -> None:
    for row in read_tsv(READINGS.read_text("utf-8")):
        differs = row["first_strength"] != row["second_strength"]
        assert bool(row["reason"]) == differs, row


def test_the_agreement_in_the_graph_is_the_one_of_the_readings(dataset: Dataset) -> None:
    pairs = read_tsv(READINGS.read_text("utf-8"))
    first = sum(bool(row["first_strength"]) for row in pairs)
    second = sum(bool(row["second_strength"]) for row in pairs)
    both = sum(bool(row["first_strength"] and row["second_strength"]) for row in pairs)
    total = 73 * 186
    observed = (both + total - (first + second - both)) / total
    expected = (first * second + (total - first) * (total - second)) / total**2
    query = (
        PREFIXES
        + """SELECT ?metric ?value { gpg:links-sdg dqv:hasQualityMeasurement ?m .
        ?m dqv:isMeasurementOf ?metric ; dqv:value ?value ; dqv:computedOn gpg:links-sdg }"""
    )
    stated = {metric.rsplit("/metric-", 1)[1]: float(value) for metric, value in rows(dataset, query)}

    assert (stated["pairs-first"], stated["pairs-second"], stated["pairs-both"]) == (first, second, both)
    assert stated["jaccard"] == pytest.approx(both / len(pairs), abs=0.0005)
    assert stated["cohens-kappa"] == pytest.approx((observed - expected) / (1 - expected), abs=0.0005)
    assert agreement(read_readings(open_sources(ROOT))).kappa() == pytest.approx((observed - expected) / (1 - expected))


def test_nothing_manual_is_claimed_for_what_a_model_drafted(table: list[dict[str, str]]) -> None:
    assert not {row["mapping_justification"] for row in table} & {
        "semapv:ManualMappingCuration",
        "semapv:MappingReview",
    }
