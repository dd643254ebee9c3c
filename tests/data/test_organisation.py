"""INTERPOL and the history of the goals: as the text of October 2023 states them, sentence by sentence."""

from policing_goals.engine.dataset import Dataset
from tests.conftest import ROOT
from tests.support.rows import pairs, rows

SOURCE = ROOT / "data/source/interpol-global-policing-goals-2023-fr.txt"
PREFIXES = """
    PREFIX dcterms: <http://purl.org/dc/terms/>
    PREFIX gpg: <https://w3id.org/global-policing-goals/>
    PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
    PREFIX org: <http://www.w3.org/ns/org#>
    PREFIX prov: <http://www.w3.org/ns/prov#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX schema: <https://schema.org/>
"""


def test_every_quoted_sentence_is_in_the_source_once(dataset: Dataset) -> None:
    sentences = rows(
        dataset,
        PREFIXES
        + "SELECT ?words { ?q a schema:Quotation ; gpgo:words ?words ; prov:wasQuotedFrom gpg:source-2023-fr }",
    )
    text = SOURCE.read_text("utf-8")

    assert len(sentences) == 7
    assert [words for (words,) in sentences if text.count(words) != 1] == []


def test_every_event_unit_and_programme_has_its_sentence(dataset: Dataset) -> None:
    things = """{ ?thing a schema:Event } UNION { ?thing a org:OrganizationalUnit } UNION { ?thing a gpgo:Programme }
        UNION { ?thing a schema:Observation }"""
    without = "FILTER NOT EXISTS { ?thing dcterms:source/prov:wasQuotedFrom gpg:source-2023-fr }"

    assert len(rows(dataset, PREFIXES + f"SELECT ?thing {{ {things} }}")) == 16
    assert rows(dataset, PREFIXES + f"SELECT ?thing {{ {things} {without} }}") == []


def test_the_sentence_of_an_event_has_its_year(dataset: Dataset) -> None:
    years = pairs(
        dataset,
        PREFIXES + "SELECT ?words ?year { ?e a schema:Event ; dcterms:date ?year ; dcterms:source/gpgo:words ?words }",
    )

    assert sorted(years.values()) == ["2017", "2020", "2023"]
    assert all(year in words for words, year in years.items())


def test_the_number_of_member_countries_is_dated(dataset: Dataset) -> None:
    query = """SELECT ?value ?date ?words {
        ?o schema:value ?value ; schema:observationDate ?date ; dcterms:source/gpgo:words ?words }"""

    ((value, date, words),) = rows(dataset, PREFIXES + query)
    assert (value, date) == ("195", "2023-10")
    assert f"{value} pays membres" in words


def test_interpol_leads_to_the_checked_entities_and_says_nothing_about_them(dataset: Dataset) -> None:
    leads = "SELECT ?there { gpg:interpol schema:sameAs|rdfs:seeAlso ?there }"

    assert set(rows(dataset, PREFIXES + leads)) == {
        ("http://www.wikidata.org/entity/Q8475",),
        ("http://eurovoc.europa.eu/5688",),
    }
    assert rows(dataset, "SELECT ?p { <http://www.wikidata.org/entity/Q8475> ?p ?o }") == []
