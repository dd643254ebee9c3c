"""What is found in the text of a query before Oxigraph parses it."""

import pytest

from policing_goals.rdf.sparql_text import SparqlText

EX = "<http://example.org/>"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT (RAND() AS ?n) {}",
        "SELECT (now ( ) AS ?n) {}",
        "SELECT (NOW#\n() AS ?n) {}",
        "SELECT (UUID() AS ?n) {}",
        "SELECT (StrUUID() AS ?n) {}",
        "SELECT (BNODE() AS ?n) {}",
        "SELECT * { ?s ?p ?o } ORDER BYRAND()",
        "SELECT * { FILTER(1<2&&RAND()>0) }",
        "SELECT (\\u0052AND() AS ?n) {}",
        "SELECT * { SERVICE <http://a/> {} }",
        f"CONSTRUCT {{ _:a {EX} 1 }} {{}}",
        f"CONSTRUCT {{ [ {EX} 1 ] {EX} 2 }} {{}}",
        f"CONSTRUCT {{ {EX} {EX} ( 1 2 ) }} {{}}",
        f"CONSTRUCT {{ {EX} {EX} 1 {{| {EX} 2 |}} }} {{}}",
        f"CONSTRUCT {{ << {EX} {EX} 1 >> {EX} 2 }} {{}}",
        f"CONSTRUCT{{<<{EX}{EX}1>>{EX}2}}{{}}",
        f"CONSTRUCT {{ {EX} {EX} 1 ~ }} {{}}",
        f"PREFIX ex:{EX}CONSTRUCT#{{}}\n{{ ex:a ex:b [] }} {{}}",
        f"BASE{EX}construct where {{ ?s ?p [] }}",
        f"CONSTRUCT {{ {EX} {EX} \\u0028 1 ) }} {{}}",
    ],
)
def test_a_query_that_may_have_another_result_is_volatile(text: str) -> None:
    assert SparqlText(text).volatile


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?s ?p ?o }",
        "SELECT ?now ?brand { ?brand ?known ?now }",
        "SELECT * { ?s <http://example.org/uuid> 'now' }",
        f"CONSTRUCT {{ ?s {EX} ?o }} {{ ?s ?p ?o FILTER(?o < 3) . ?s {EX} [] }}",
        f"CONSTRUCT WHERE {{ ?s {EX} ?o }} ORDER BY (?o)",
        f"CONSTRUCT {{ ?s {EX} '(' . ?s {EX} 1 # [\n }} {{ ?s {EX} _:a }}",
        "SELECT * { ?s ?p 'CONSTRUCT' . ?s ?q [] }",
        "DESCRIBE ?s { ?s ?p ( 1 ) }",
    ],
)
def test_any_other_query_is_not(text: str) -> None:
    assert not SparqlText(text).volatile
