"""Queries by somebody who knows SKOS, Dublin Core, schema.org and the UN's vocabulary, but not ours, find something."""

import pytest

from policing_goals.engine.dataset import Dataset
from tests.support.rows import rows

PREFIXES = """
    PREFIX dcat: <http://www.w3.org/ns/dcat#>
    PREFIX dct: <http://purl.org/dc/terms/>
    PREFIX gpg: <https://w3id.org/global-policing-goals/>
    PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
    PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
    PREFIX schema: <https://schema.org/>
    PREFIX sdg: <http://metadata.un.org/sdg/>
    PREFIX sdgo: <http://metadata.un.org/sdg/ontology#>
    PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
    PREFIX void: <http://rdfs.org/ns/void#>
"""
# What is meant, the query, and what it has to find: a value of its first column, or a number of rows.
GUESSES = [
    ("the labels of goals", "SELECT ?l { ?g a gpgo:Goal ; rdfs:label ?l FILTER (LANG(?l) = 'fr') }", 7),
    ("what supports a target, with its label", "SELECT DISTINCT ?o { ?o gpgo:supports sdg:16.4 ; rdfs:label ?l }", 19),
    ("a goal by its code", "SELECT ?g { ?g dct:identifier 'G1' }", "gpg:goal-1"),
    ("an objective by its code", "SELECT ?o { ?o dct:identifier 'G6.2' }", "gpg:objective-6.2"),
    ("the code of a goal", "SELECT ?c { gpg:goal-3 dct:identifier ?c }", "G3"),
    ("a concept by its English label", "SELECT ?c { ?c skos:prefLabel 'Cybercrime'@en }", "gpg:area-cybercrime"),
    ("a concept by rdfs:label", "SELECT ?c { ?c rdfs:label 'Cybercrime'@en }", "gpg:area-cybercrime"),
    ("the objectives below a goal", "SELECT ?o { ?o skos:broader gpg:goal-1 }", 6),
    ("the same from above", "SELECT ?o { gpg:goal-1 skos:narrower ?o }", 6),
    (
        "everything below, however deep",
        "SELECT ?o { ?o skos:broaderTransitive gpg:area-financial-crime }",
        "gpg:area-transnational-scams",
    ),
    ("the goals as top concepts", "SELECT ?g { ?s skos:hasTopConcept ?g . ?g a gpgo:Goal }", 7),
    ("the members of a scheme", "SELECT ?c { ?c skos:inScheme gpg:scheme-goals ; a gpgo:PolicyElement }", 45),
    ("the goals in their order", "SELECT ?g { gpg:collection-goals skos:member ?g }", 7),
    ("what an element is about", "SELECT ?c { gpg:objective-6.2 dct:subject ?c }", "gpg:area-drug-trafficking"),
    ("elements about a crime", "SELECT ?e { ?e dct:subject gpg:area-corruption }", "gpg:goal-5"),
    ("the SDGs that a goal supports, by its targets too", "SELECT ?s { gpg:goal-6 gpgo:supportsSDG ?s }", "sdg:16"),
    ("who supports an SDG", "SELECT ?e { ?e gpgo:supportsSDG sdg:5 ; a gpgo:Goal }", 7),
    ("the targets of an SDG", "SELECT ?t { sdg:16 sdgo:hasTarget ?t }", 12),
    ("the SDG of a target, by SKOS", "SELECT ?t { sdg:16.4 sdgo:isTargetOf ?t }", "sdg:16"),
    ("the title of the dataset", "SELECT ?t { ?d a dcat:Dataset ; dct:title ?t FILTER (LANG(?t) = 'en') }", 1),
    ("the same for search engines", "SELECT ?n { ?d a schema:Dataset ; schema:name ?n FILTER (LANG(?n) = 'en') }", 1),
    ("how many triples there are", "SELECT ?n { gpg:dataset void:triples ?n }", 1),
    ("equivalents elsewhere", "SELECT ?m { gpg:area-corruption skos:exactMatch ?m }", "eurovoc:245"),
    ("the definition in Spanish", "SELECT ?d { gpg:goal-2 skos:definition ?d FILTER (LANG(?d) = 'es') }", 1),
    ("the count of objectives", "SELECT (COUNT(?o) AS ?n) { ?o a gpgo:Objective }", "38"),
]


@pytest.mark.parametrize(("query", "found"), [guess[1:] for guess in GUESSES], ids=[guess[0] for guess in GUESSES])
def test_a_first_guess_finds_what_it_means(query: str, found: str | int, dataset: Dataset) -> None:
    values = [row[0] for row in rows(dataset, PREFIXES + query)]
    shortened = [dataset.prefixes.shorten(value) if ":" in value else value for value in values]

    if isinstance(found, int):
        assert len(shortened) == found
    else:
        assert found in shortened
