"""The SDG links: justified, complete, and the same in the table and in the graph."""

import csv
import re

import pytest

from policing_goals.builder.codebook import read_codebook
from policing_goals.builder.sdg_links import agreement, read_readings
from policing_goals.builder.sources import open_sources
from policing_goals.engine.dataset import Dataset
from policing_goals.vocabulary import GPG
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
QUOTED = re.compile(r"“([^”]+)”|« ([^»]+) »|«([^» ][^»]*)»")
RATIONALES = {"comment": "en", "ext_comment_fr": "fr", "ext_comment_es": "es", "ext_comment_ar": "ar"}


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


def test_every_rationale_quotes_all_its_evidence_in_its_language(table: list[dict[str, str]], dataset: Dataset) -> None:
    official = pairs(dataset, PREFIXES + "SELECT ?e ?t { ?e gpgo:officialText ?t }")
    translated = {
        (entity, language): text
        for entity, language, text in rows(
            dataset,
            PREFIXES + "SELECT ?e (LANG(?t) AS ?l) ?t { ?e a gpgo:PolicyElement ; skos:definition ?t }",
        )
    }
    for row in table:
        if row["ext_basis"] == "gpg:basis-interpol-published":
            continue
        evidence = [f"{GPG}{part[4:]}" for part in row["ext_evidence"].split("|")]
        for column, language in RATIONALES.items():
            quoted = ["".join(groups) for groups in QUOTED.findall(row[column])]
            for each in evidence:
                assert any(words in official[each] for words in quoted), (row["record_id"], column, each)
                assert any(words in translated[each, language] for words in quoted) or language == "fr"
            texts = [text for each in evidence for text in (official[each], translated[each, language])]
            assert all(any(words in text for text in texts) for words in quoted), row["record_id"]


def test_a_heading_is_linked_by_its_own_words(links: list[dict[str, str]]) -> None:
    headings = [row for row in links if row["subject_id"].startswith(("gpg:goal-", "gpg:theme-"))]
    own = [row for row in headings if row["ext_basis"] == "gpg:basis-project-analysis"]

    assert len(own) == 17
    assert all(row["subject_id"] == row["ext_evidence"].split("|")[0] for row in own)


def test_the_same_target_and_words_have_the_same_figure(links: list[dict[str, str]]) -> None:
    figures: dict[tuple[str, str], set[str]] = {}
    for row in links:
        if row["ext_basis"] == "gpg:basis-project-analysis":
            words = QUOTED.findall(row["ext_comment_fr"])[0][1].casefold()
            figures.setdefault((row["object_id"], words), set()).add(row["confidence"])

    assert [pair for pair, found in figures.items() if len(found) > 1] == []


def test_every_figure_is_one_of_the_codebook(links: list[dict[str, str]]) -> None:
    by_strength = {("direct", "0.95"), ("direct", "0.85"), ("indirect", "0.7"), ("indirect", "0.55")}
    analysis = [row for row in links if row["ext_basis"] == "gpg:basis-project-analysis"]
    codebook = read_codebook(open_sources(ROOT))

    assert {(row["ext_strength"].removeprefix("gpg:strength-"), row["confidence"]) for row in analysis} == by_strength
    assert {(strength, figure) for figure, strength in codebook.strengths.items()} == by_strength
    assert {row["object_id"].removeprefix("sdg:") for row in analysis} <= codebook.earned.keys()


def test_every_element_is_decided_once(table: list[dict[str, str]]) -> None:
    decided = [row for row in table if row["ext_basis"] != "gpg:basis-interpol-published"]
    elements = {row["subject_id"] for row in decided}
    without = [row["subject_id"] for row in table if row["object_id"] == "sssom:NoTermFound"]
    linked = {row["subject_id"] for row in decided if row["object_id"] != "sssom:NoTermFound"}

    assert len(elements) == 85
    assert len(without) == len(set(without))
    assert not set(without) & linked


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


def test_an_element_without_a_link_has_a_row_but_no_triple(dataset: Dataset) -> None:
    query = (
        PREFIXES
        + """
        SELECT ?element ?why WHERE {
          ?row owl:annotatedSource ?element ; owl:annotatedTarget sssom:NoTermFound ; rdfs:comment ?why .
          FILTER (LANG(?why) = "en")
          FILTER NOT EXISTS { ?link gpgo:basis gpg:basis-project-analysis ; owl:annotatedSource ?element }
          FILTER NOT EXISTS { ?row a gpgo:SDGLink } }"""
    )

    assert len(rows(dataset, query)) == 19
    assert rows(dataset, PREFIXES + "SELECT ?s { ?s gpgo:supports sssom:NoTermFound }") == []


def test_the_links_are_what_was_settled(links: list[dict[str, str]]) -> None:
    readings = read_tsv(READINGS.read_text("utf-8"))
    settled = {(row["subject_id"], row["object_id"]): row for row in readings if row["settled"] != "dropped"}
    published = {
        (row["subject_id"], row["object_id"]): row for row in links if row["ext_basis"] == "gpg:basis-project-analysis"
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
    total = 85 * 186
    observed = (both + total - (first + second - both)) / total
    expected = (first * second + (total - first) * (total - second)) / total**2
    query = (
        PREFIXES
        + """SELECT ?metric ?value { gpg:links-sdg dqv:hasQualityMeasurement ?m .
        ?m dqv:isMeasurementOf ?metric ; dqv:value ?value ; dqv:computedOn gpg:links-sdg }"""
    )
    stated = {metric.rsplit("/metric-", 1)[1]: float(value) for metric, value in rows(dataset, query)}

    assert (stated["pairs-first"], stated["pairs-second"], stated["pairs-both"]) == (first, second, both)
    assert stated["f1"] == pytest.approx(2 * both / (first + second), abs=0.0005)
    # The aims that were set before the readings.
    assert stated["f1-bullets"] >= 0.85
    assert stated["f1-headings"] >= 0.8
    assert stated["jaccard"] == pytest.approx(both / len(pairs), abs=0.0005)
    assert stated["cohens-kappa"] == pytest.approx((observed - expected) / (1 - expected), abs=0.0005)
    assert agreement(read_readings(open_sources(ROOT))).kappa() == pytest.approx((observed - expected) / (1 - expected))


def test_nothing_manual_is_claimed_for_what_a_model_drafted(table: list[dict[str, str]]) -> None:
    assert not {row["mapping_justification"] for row in table} & {
        "semapv:ManualMappingCuration",
        "semapv:MappingReview",
    }
