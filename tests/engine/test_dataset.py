"""Queries of the default graph use a store of its own, with the same results as the whole dataset."""

import pytest
from pyoxigraph import QueryResultsFormat, QueryTriples, RdfFormat

from policing_goals.engine.dataset import Dataset
from policing_goals.rdf.serialization import Result
from policing_goals.rdf.sparql_text import escape_dotted_names, without_header
from tests.support.rows import rows

OBJECTIVES = "?o a <https://w3id.org/global-policing-goals/ontology#Objective>"
BROADER = "<http://www.w3.org/2004/02/skos/core#broader>"


def in_lines(result: Result) -> list[bytes]:
    """What a result says, in whatever order."""
    if isinstance(result, QueryTriples):
        written = result.serialize(format=RdfFormat.N_TRIPLES)
    else:
        written = result.serialize(format=QueryResultsFormat.TSV)
    return sorted((written or b"").splitlines())


def test_saved_queries_have_the_same_results(dataset: Dataset) -> None:
    asked = [query for query in dataset.queries if not query.federates]

    for query in asked:
        bindings = query.bindings({}, dataset.prefixes)
        whole = dataset.store.query(escape_dotted_names(without_header(query.text)), substitutions=bindings)
        assert in_lines(dataset.query(query.text, bindings)) == in_lines(whole), query.name

    assert len(asked) >= 50


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?o ?p ?s { ?s ?p ?o }",
        "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
        f"SELECT (COUNT(*) AS ?n) {{ ?a {BROADER}* ?b }}",
        f"SELECT ?a {{ ?a {BROADER}? <https://w3id.org/global-policing-goals/goal-4> }}",
        "SELECT * { <urn:nothing> <urn:nothing>* ?x }",
        f"SELECT ?o {{ {OBJECTIVES} FILTER NOT EXISTS {{ ?o {BROADER} ?goal }} }}",
        f"SELECT ?o {{ {{ SELECT ?o {{ {OBJECTIVES} }} ORDER BY ?o LIMIT 3 }} }}",
        "DESCRIBE <https://w3id.org/global-policing-goals/goal-4>",
        "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }",
        "ASK { ?s ?p ?s }",
    ],
)
def test_the_default_graph_alone_answers_as_the_whole(query: str, dataset: Dataset) -> None:
    assert in_lines(dataset.query(query)) == in_lines(dataset.store.query(query))


@pytest.mark.parametrize(
    "query",
    [
        "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }",
        "SELECT DISTINCT ?g { graph?g{ ?s ?p ?o } }",
        "SELECT DISTINCT ?g { ?s ?p ?o GRAPH\n?g { ?s ?p ?o } }",
        "SELECT DISTINCT ?g { #\n{ SELECT ?g { gRaPh ?g { ?s a ?c } } } }",
    ],
)
def test_named_graphs_can_be_queried(query: str, dataset: Dataset) -> None:
    found = rows(dataset, query)

    assert len(found) > 5
    assert in_lines(dataset.query(query)) == in_lines(dataset.store.query(query))


def test_a_graph_in_a_filter_is_seen(dataset: Dataset) -> None:
    outside = f"SELECT ?o {{ {OBJECTIVES} FILTER EXISTS {{ GRAPH <urn:nothing> {{ ?o ?p ?x }} }} }}"
    inside = f"SELECT ?o {{ {OBJECTIVES} FILTER EXISTS {{ GRAPH ?g {{ ?o ?p ?x }} }} }}"

    assert (len(rows(dataset, outside)), len(rows(dataset, inside))) == (0, 38)


@pytest.mark.parametrize(
    "text", ["PREFIX from: <http://x/> ASK { ?s ?p ?o }", "PREFIX : <http://e/> PREFIX from: <http://x/> ASK {}"]
)
def test_a_prefix_may_be_called_from(text: str, dataset: Dataset) -> None:
    assert dataset.query(text)
