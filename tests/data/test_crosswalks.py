"""The crosswalks: the same in the tables and in the graph, with reasons, and only about our concepts."""

import csv
import re
from collections import Counter

import pytest

from policing_goals.builder.crosswalks import ICCS, MATCHES, TABLES
from policing_goals.engine.dataset import Dataset
from tests.conftest import ROOT
from tests.support.rows import rows

PREFIXES = """
    PREFIX gpg: <https://w3id.org/global-policing-goals/>
    PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
    PREFIX owl: <http://www.w3.org/2002/07/owl#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX sssom: <https://w3id.org/sssom/>
"""


def table(name: str) -> list[dict[str, str]]:
    lines = [line for line in (ROOT / name).read_text("utf-8").splitlines() if not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.fixture(scope="module")
def mappings() -> list[dict[str, str]]:
    return [row for name in TABLES.values() for row in table(name)]


def test_the_tables_and_the_graph_hold_the_same_mappings(mappings: list[dict[str, str]], dataset: Dataset) -> None:
    query = (
        PREFIXES
        + """
        SELECT ?subject ?property ?target ?label WHERE {
          ?mapping owl:annotatedSource ?subject ; owl:annotatedProperty ?property ; owl:annotatedTarget ?target ;
                   sssom:object_label ?label .
          ?subject ?property ?target }"""
    )
    expand = dataset.prefixes.expand
    in_table = {
        (*(expand(row[column]).value for column in ("subject_id", "predicate_id", "object_id")), row["object_label"])
        for row in mappings
    }

    assert len(mappings) > 100
    assert set(rows(dataset, query)) == in_table
    assert len(in_table) == len(mappings)


def test_every_match_is_in_a_table(mappings: list[dict[str, str]], dataset: Dataset) -> None:
    query = PREFIXES + f"SELECT ?subject ?target {{ ?subject {'|'.join(MATCHES)} ?target }}"

    assert len(rows(dataset, query)) == len(mappings)


def test_a_concept_has_one_exact_match_in_a_vocabulary_at_most(mappings: list[dict[str, str]]) -> None:
    exact = Counter(
        (row["subject_id"], row["object_id"].partition(":")[0])
        for row in mappings
        if row["predicate_id"] == "skos:exactMatch"
    )

    assert len(exact) > 20
    assert exact.most_common(1)[0][1] == 1


def test_only_facet_concepts_are_mapped(mappings: list[dict[str, str]]) -> None:
    assert [
        row for row in mappings if not re.match(r"gpg:(area|action|actor|capability|topic)-", row["subject_id"])
    ] == []


def test_what_is_not_exact_says_why_in_both_languages(mappings: list[dict[str, str]]) -> None:
    bare = {row["comment"] for row in mappings if row["predicate_id"] == "skos:exactMatch"}
    loose = [row for row in mappings if row["predicate_id"] != "skos:exactMatch"]

    assert [row["record_id"] for row in loose if row["comment"] in bare or not row["ext_comment_fr"]] == []


def test_a_doubtful_term_is_not_mapped(mappings: list[dict[str, str]]) -> None:
    # In French, EuroVoc 8434 is counterfeit money, 4199 a legal form and 4434 testimony.
    assert not {"eurovoc:8434", "eurovoc:4199", "eurovoc:4434"} & {row["object_id"] for row in mappings}


def test_the_codes_of_iccs_are_those_of_their_table(dataset: Dataset) -> None:
    in_graph = rows(dataset, PREFIXES + "SELECT ?area ?code { ?area gpgo:iccsCode ?code }")
    in_table = [(dataset.prefixes.expand(row["subject_id"]).value, row["code"]) for row in table(ICCS)]

    assert sorted(in_graph) == sorted(in_table)
    assert len(in_table) > 10


def test_nothing_manual_is_claimed_for_what_a_model_drafted(mappings: list[dict[str, str]]) -> None:
    assert {row["mapping_justification"] for row in mappings} == {"semapv:BackgroundKnowledgeBasedMatching"}
