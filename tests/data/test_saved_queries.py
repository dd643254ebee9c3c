"""The saved queries: each has a recorded result, and its parameters are safe."""

import re
from pathlib import Path

import pytest
from pyoxigraph import QuerySolutions, QueryTriples

from policing_goals.engine.dataset import Dataset
from policing_goals.errors import ParameterError, UnknownSavedQuery
from policing_goals.rdf.formats import FORMATS
from tests.conftest import ROOT
from tests.support.rows import rows

ANSWERS = ROOT / "tests/answers"
FEDERATED = {"eurovoc-narrower", "wikidata-labels"}
QUERIES = sorted(path.stem for path in (ROOT / "queries").glob("*.rq") if path.stem not in FEDERATED)
CSV, N_TRIPLES = (next(form for form in FORMATS if form.name == name) for name in ("csv", "nt"))


def answer(dataset: Dataset, name: str, **given: str) -> str:
    """The answer as it is recorded: CSV, or sorted N-Triples for a graph."""
    saved = dataset.saved_query(name)
    result = dataset.query(saved.text, saved.bindings(given, dataset.prefixes))
    if isinstance(result, QueryTriples):
        return "".join(sorted(dataset.write(result, N_TRIPLES).decode().splitlines(keepends=True)))
    return dataset.write(result, CSV).decode().replace("\r\n", "\n")


def column(dataset: Dataset, query: str, wanted: str, **given: str) -> list[str]:
    saved = dataset.saved_query(query)
    result = dataset.query(saved.text, saved.bindings(given, dataset.prefixes))
    assert isinstance(result, QuerySolutions)
    return [str(getattr(row[wanted], "value", "")) for row in result]


def test_there_are_fifty_five_and_each_that_needs_no_network_has_a_recorded_result(dataset: Dataset) -> None:
    assert len(dataset.queries) == 55
    assert {query.name for query in dataset.queries if query.federates} == FEDERATED
    assert sorted(path.stem for path in ANSWERS.iterdir()) == QUERIES


@pytest.mark.parametrize("path", sorted(ANSWERS.iterdir()), ids=lambda path: path.stem)
def test_the_result_is_the_recorded_one(path: Path, dataset: Dataset) -> None:
    assert answer(dataset, path.stem) == path.read_text("utf-8")


def test_the_matrix_has_every_cell_and_adds_up_to_the_links_of_goals_and_objectives(dataset: Dataset) -> None:
    numbers = column(dataset, "goal-sdg-matrix", "n")
    links = """
        PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
        PREFIX owl: <http://www.w3.org/2002/07/owl#>
        SELECT (COUNT(DISTINCT ?link) AS ?n) {
          VALUES ?class { gpgo:Goal gpgo:Objective }
          ?link a gpgo:SDGLink ; owl:annotatedSource ?element . ?element a ?class }"""

    assert len(numbers) == 7 * 17
    assert sum(map(int, numbers)) == int(rows(dataset, links)[0][0])
    assert "0" in numbers


def test_supported_and_unsupported_targets_are_all_169(dataset: Dataset) -> None:
    linked = """
        PREFIX gpgo: <https://w3id.org/global-policing-goals/ontology#>
        PREFIX sdgo: <http://metadata.un.org/sdg/ontology#>
        SELECT DISTINCT ?target { ?any gpgo:supports ?target . ?target a sdgo:Target }"""

    assert len(column(dataset, "unsupported-targets", "target")) + len(rows(dataset, linked)) == 169


def test_a_parameter_takes_a_curie_an_iri_and_an_iri_in_brackets(dataset: Dataset) -> None:
    forms = ("sdg:16.5", "http://metadata.un.org/sdg/16.5", "<http://metadata.un.org/sdg/16.5>")
    answers = {answer(dataset, "target-supporters", target=form) for form in forms}

    assert len(answers) == 1
    assert answers != {answer(dataset, "target-supporters")}


def test_a_language_range_gives_the_language_that_it_names_and_the_column_says_so(dataset: Dataset) -> None:
    assert column(dataset, "goals", "label", lang="fr-CA") == column(dataset, "goals", "label", lang="fr")
    assert set(column(dataset, "goals", "lang", lang="FR-ca")) == {"fr"}
    assert column(dataset, "goals", "label", lang="fr") != column(dataset, "goals", "label", lang="en")


def test_a_value_is_bound_and_never_becomes_query_text(dataset: Dataset) -> None:
    hostile = 'gpg:x> ?p ?o } # "'

    with pytest.raises(ParameterError, match=r"goal=.* is not an IRI or a CURIE .* an example: goal=gpg:goal-5"):
        answer(dataset, "goal-objectives", goal=hostile)


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("goals", {"lang": "not a tag"}, "is not one of en, fr, es, ar; an example: lang=fr"),
        ("goals", {"lang": "de"}, "is not one of en, fr, es, ar"),
        ("goals", {"language": "fr"}, "no parameter 'language'; its parameters: lang"),
        ("element-counts", {"lang": "fr"}, "its parameters: none"),
        ("citation", {"element": "foo:nope"}, "is not an IRI or a CURIE with a known prefix"),
        ("weakest-links", {"below": "low"}, "is not a number; an example: below=0.85"),
        ("weakest-links", {"below": "NaN"}, "is not a number"),
    ],
)
def test_a_wrong_parameter_is_refused_with_an_example(
    name: str, given: dict[str, str], says: str, dataset: Dataset
) -> None:
    with pytest.raises(ParameterError, match=says):
        answer(dataset, name, **given)


def test_an_unknown_saved_query_is_refused_with_the_known_ones(dataset: Dataset) -> None:
    with pytest.raises(UnknownSavedQuery, match=r"no saved query 'goal'.*goal-objectives"):
        dataset.saved_query("goal")


def test_one_concept_is_found_in_goals_objectives_themes_and_commitments(dataset: Dataset) -> None:
    codes = column(dataset, "concept-everywhere", "code")
    wide = column(dataset, "concept-everywhere", "code", concept="gpg:area-online-crime")

    assert {"G4", "G4.1", "T-V"} <= set(codes)
    assert {*codes, "T-V.2"} <= set(wide)


def test_a_concept_that_does_not_exist_is_refused_with_an_example(dataset: Dataset) -> None:
    with pytest.raises(ParameterError, match="an example: concept=gpg:area-corruption"):
        answer(dataset, "concept-everywhere", concept="gpg:area-sorcery")


def test_indicators_say_that_agencies_are_not_imported_yet(dataset: Dataset) -> None:
    assert set(column(dataset, "custodian-goals", "agency")) == {"not imported"}
    assert column(dataset, "custodian-goals", "agency", custodian="UNODC") == []


def test_texts_are_joined_without_their_languages(dataset: Dataset) -> None:
    # SPARQL 1.1 (18.5.1.7) gives a simple literal; Oxigraph keeps a language that all texts share.
    joined = [query for query in dataset.queries if "GROUP_CONCAT" in query.text]
    assert len(joined) > 8
    for query in joined:
        assert re.findall(r"GROUP_CONCAT\((?!(?:DISTINCT )?STR\()", query.text) == [], query.name
