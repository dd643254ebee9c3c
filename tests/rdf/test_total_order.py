"""ORDER BY follows SPARQL 1.1, section 15.1, whatever the values are; plain keys stay as they are."""

import random
import re
from collections.abc import Callable

import pytest
from pyoxigraph import Literal, NamedNode, QueryResultsFormat, QuerySolutions, Store

from policing_goals.rdf.total_order import have_total_order, kind_of_value, with_total_order

XSD = "http://www.w3.org/2001/XMLSchema#"
# Oxigraph aborts the process that sorts these (issue 21 values suffice).
ABORTING = '34 "30" "115" 166 24 99 "114" 184 81 6 97 108 "56" 126 88 "117" 5 "161" "190" "182" 129'
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
PREFIX = "PREFIX skos: <http://www.w3.org/2004/02/skos/core#> "


def column(query: str, ordered: frozenset[str] = frozenset()) -> list[str]:
    result = Store().query(with_total_order(query, ordered))
    assert isinstance(result, QuerySolutions)
    text = (result.serialize(format=QueryResultsFormat.TSV) or b"").decode()
    return text.split("\n")[1:-1]


def values(terms: str, key: str) -> list[str]:
    return column(f"SELECT ?x {{ VALUES ?x {{ {terms} }} }} ORDER BY {key}")


def test_numbers_and_texts_are_sorted_apart() -> None:
    assert values('10 "10" 9 "x" 100 "5" 7', "?x") == ['"10"', '"5"', '"x"', "7", "9", "10", "100"]


def test_what_aborted_the_process_is_sorted() -> None:
    found = values(ABORTING, "?x")

    assert len(found) == 21
    numbers = [int(value) for value in found if not value.startswith('"')]
    texts = [value for value in found if value.startswith('"')]
    assert (texts, numbers) == (sorted(texts), sorted(numbers))


def test_unbound_comes_before_iris_and_these_before_literals() -> None:
    assert values('1 "a"@en <http://b> UNDEF <http://a>', "?x") == ["", "<http://a>", "<http://b>", '"a"@en', "1"]
    assert values('1 "a"@en <http://b> UNDEF', "DESC(?x)") == ["1", '"a"@en', "<http://b>", ""]


def test_dates_without_a_zone_are_sorted_among_those_with_one() -> None:
    noon, one, eleven = "2024-05-01T12:00:00Z", "2024-05-01T13:00:00", "2024-05-01T12:00:00+01:00"
    terms = " ".join(f'"{each}"^^<{XSD}dateTime>' for each in (noon, one, eleven))

    assert [each.split('"')[1] for each in values(terms, "?x")] == [eleven, noon, one]


@pytest.mark.parametrize("seed", range(20))
def test_any_mix_of_values_is_sorted_the_same_from_any_beginning(seed: int) -> None:
    chance = random.Random(seed)
    makers: list[Callable[[], str]] = [
        lambda: str(chance.randrange(200)),
        lambda: f'"{chance.randrange(200)}"',
        lambda: f'"{chance.randrange(200)}"@en',
        lambda: f"{chance.randrange(200) / 7:.3f}",
        lambda: f"{chance.randrange(200)}e-1",
        lambda: f'"{chance.randrange(2)}"^^<{XSD}boolean>',
        lambda: f'"20{chance.randrange(10, 30)}-01-01T00:00:00{chance.choice(("", "Z", "+05:00"))}"^^<{XSD}dateTime>',
        lambda: f'"20{chance.randrange(10, 30)}-01-01"^^<{XSD}date>',
        lambda: f"<http://example.org/{chance.randrange(200)}>",
    ]
    terms = list(dict.fromkeys(chance.choice(makers)() for _ in range(300)))
    sorted_once = values(" ".join(terms), "?x")
    chance.shuffle(terms)

    assert _ranks(sorted_once) == _ranks(values(" ".join(terms), "?x"))


def _ranks(rows: list[str]) -> list[object]:
    # Equal values may stand in any order.
    return [float(row) if re.fullmatch(r"[-0-9.eE]+", row) else row.split('"')[-1] for row in rows]


def test_a_key_of_a_subselect_is_sorted_too() -> None:
    query = f"SELECT ?x {{ {{ SELECT ?x {{ VALUES ?x {{ {ABORTING} }} }} ORDER BY DESC(?x) LIMIT 2 }} }}"

    assert sorted(column(query)) == ["166", "184"]


def test_an_expression_is_sorted_as_a_variable_is() -> None:
    # Sorted as 10, "y", "x", "10".
    assert values('10 "10" 9 "x"', 'DESC(IF(?x = 9, "y", ?x))') == ["10", "9", '"x"', '"10"']


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ?s { ?s a <http://x/C> } ORDER BY ?s",
        "SELECT ?s { ?s a <http://x/C> . OPTIONAL { ?s ?p ?o } } ORDER BY DESC(?s) LIMIT 3",
        "SELECT ?p (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(?n)",
        "SELECT ?p { ?s ?p ?o } GROUP BY ?p ORDER BY DESC(COUNT(?o))",
        "SELECT ?o { ?s ?p ?o } ORDER BY STR(?o) LCASE(?o)",
        f"SELECT ?l {{ ?s <{LABEL}> ?l }} ORDER BY ?l",
        "# A comment\nBASE <http://x/#y>\n" + PREFIX + "SELECT ?l { ?s skos:prefLabel ?l } ORDER BY ?l",
        PREFIX + "SELECT ?l { ?s a ?c ; skos:prefLabel ?l FILTER(LANG(?l) = 'en') } ORDER BY ASC(?l)",
        "SELECT ?s { ?s ?p ?o }",
        "SELECT ?order { ?order ?by ?o } # ORDER BY ?o",
        "SELECT ?s { ?s ?p 'ORDER BY ?o' }",
    ],
)
def test_a_key_with_one_order_stays(query: str) -> None:
    assert with_total_order(query, frozenset((LABEL,))) == query


@pytest.mark.parametrize(
    "query",
    [
        "SELECT * { ?s ?p ?o } ORDER BY ?o",
        "SELECT ?o { ?s <http://x/mixed> ?o } ORDER BY ?o",
        f"SELECT ?l {{ ?s ?p ?o OPTIONAL {{ ?s <{LABEL}> ?l }} }} ORDER BY ?l",
        f"SELECT ?l {{ ?s <{LABEL}>|<http://x/p> ?l }} ORDER BY ?l",
        f"SELECT ?l {{ {{ ?s <{LABEL}> ?l }} UNION {{ ?s ?p ?l }} }} ORDER BY ?l",
        "SELECT ?o { ?s ?p ?o # . ?o a ?c\n } ORDER BY ?o",
        "SELECT ?o { ?s ?p ?o FILTER(?o != '. ?o a ?c') } ORDER BY ?o",
        "SELECT ?m { ?s ?p ?o BIND(?o AS ?m) } ORDER BY ?m",
        "SELECT (MAX(?o) AS ?m) { ?s ?p ?o } GROUP BY ?s ORDER BY ?m",
        "SELECT ?o { { SELECT ?o { ?o a ?c } } ?s ?p ?x } ORDER BY ?x",
        f"PREFIX p: <http://x/> # PREFIX p: <{LABEL.removesuffix('prefLabel')}>\nSELECT ?l {{ ?s p:prefLabel ?l }} "
        "ORDER BY ?l",
        f"PREFIX p: <http://x/>PREFIX q: <{LABEL.removesuffix('prefLabel')}> SELECT ?l {{ ?s p:prefLabel ?l }} "
        "ORDER BY ?l",
    ],
)
def test_a_key_that_may_have_values_of_several_kinds_is_replaced(query: str) -> None:
    assert with_total_order(query, frozenset((LABEL,))) != query


def test_what_has_a_total_order() -> None:
    number, text = Literal(1), Literal("1")

    def has_total_order(values: list[NamedNode | Literal]) -> bool:
        return have_total_order({kind_of_value(value) for value in values})

    assert has_total_order([NamedNode("http://x"), text, Literal("a", language="en")])
    assert has_total_order([number, Literal(2.5)])
    assert not has_total_order([number, text])
    assert not has_total_order([number, NamedNode("http://x")])
    assert not has_total_order([Literal("2024-01-01", datatype=NamedNode(XSD + "date"))])
