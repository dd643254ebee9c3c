"""Syntax errors: the place of the mistake, not where the parser stopped, and what is possible there."""

from importlib.metadata import version

import pytest

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.syntax_errors import OXIGRAPH_VERSION
from policing_goals.errors import QuerySyntaxError
from policing_goals.web.http.problems import marked_line

FORMS = "SELECT, CONSTRUCT, DESCRIBE, ASK, PREFIX, BASE"


def refused(text: str, dataset: Dataset) -> QuerySyntaxError:
    with pytest.raises(QuerySyntaxError) as caught:
        dataset.query(text)
    return caught.value


# A bar stands before the place.
@pytest.mark.parametrize(
    ("marked", "hint"),
    [
        ("|", f"The query is empty. Expected here: {FORMS}."),
        ("|SELCT ?s WHERE { ?s ?p ?o }", "SELCT is not expected here. Did you mean SELECT?"),
        ("|frobnicate", f"frobnicate is not expected here. Expected here: {FORMS}."),
        ("SELECT ?s WHERE { ?s ?p |}", "} is not expected here. Expected here: a variable, an IRI, a literal."),
        ("SELECT * { ?s ?p ?o FILTER (?o = 1 |}", '} is not expected here. Expected here: an operator, ")".'),
        ("SELECT * { ?s ?p ?o } LIMIT |x", "x is not expected here. Expected here: a number."),
        ("SELECT * { ?s ?p ?o } ORDER |?s", "?s is not expected here. Expected here: BY."),
        ('SELECT * { ?s ?p |"abc }', "This string is not closed."),
        ("SELECT * { ?s ?p |'abc }", "This string is not closed."),
        ("SELECT (|foo(?s) AS ?x) { ?s ?p ?o }", "SPARQL has no function foo."),
        ("SELECT |COUNT(?s) { ?s ?p ?o }", 'COUNT is not expected here. Expected here: a variable, "(", "*".'),
        ("SELECT ?s|, ?o { ?s ?p ?o }", ', is not expected here. Expected here: a variable, "(", "{".'),
        ("SELECT * { ?s ?p ?o OPTIONAL |?s ?q ?r }", '?s is not expected here. Expected here: "{".'),
        ("SELECT * { ?s ?p ?o BIND (1 AS |?s) }", "?s already has a value here. BIND to another variable."),
        (
            "SELECT * { ?s ?p ?o BIND (1 AS |?s) . ?o ?q ?r }",
            "?s already has a value here. BIND to another variable.",
        ),
        ("SELECT * { { BIND (1 AS ?s) } UNION { BIND (2 AS ?s) ?s ?p |} }", "} is not expected here."),
        ("SELECT ?s { ?s ?p ?o } GROUP BY ?o|", "SELECT has a variable neither in GROUP BY nor aggregated."),
        ("SELECT * { ?s ?p ?o|", 'The query ends too early. Expected here: ",", ".", ";", "{", "}".'),
        ("SELECT * { ?s ?p ?o } |}", "The query is complete before }."),
        ('SELECT * { ?s ?p "a"|@ }', "@ is possible here, but not with the text around it."),
        ('SELECT * {\n  ?s ?p ?o . # a "comment"\n  ?s ?q |}', "} is not expected here."),
        ("SELECT * {\r\n  ?s ?p |}", "} is not expected here."),
    ],
)
def test_a_mistake_is_reported_where_it_is(marked: str, hint: str, dataset: Dataset) -> None:
    before, _, rest = marked.partition("|")
    error = refused(before + rest, dataset)

    assert error.position is not None
    lines = before.split("\n")
    assert (error.position.line, error.position.column) == (len(lines), len(lines[-1]) + 1)
    assert hint in str(error)


def test_names_with_dots_do_not_shift_the_place(dataset: Dataset) -> None:
    text = "PREFIX gpg: <http://example.org/>\nSELECT * { gpg:link-objective-6.2-sdg-16.4 ?p }"
    error = refused(text, dataset)

    assert error.position is not None
    assert (error.position.line, error.position.column) == (2, text.splitlines()[1].index("}") + 1)


def test_in_a_very_long_text_the_place_is_approximate(dataset: Dataset) -> None:
    error = refused("SELECT * { VALUES ?x { " + "1 " * 120_000 + "} ?? }", dataset)

    assert error.position is not None
    assert error.position.column > 240_000
    assert "here or before this place" in str(error)


def test_the_diagnosis_was_written_for_the_installed_version_of_oxigraph() -> None:
    assert version("pyoxigraph") == OXIGRAPH_VERSION, (
        "The diagnosis reads the messages of the parser. Run this file with the new version. If only this test fails, "
        "set OXIGRAPH_VERSION. Otherwise compare PLACE and ITEM in engine/syntax_errors.py with the new messages "
        '("error at LINE:COLUMN: expected one of …"), then NO_STANDARD and PLAIN_MESSAGES.'
    )


@pytest.mark.parametrize("before", [0, 50, 150, 5000])
@pytest.mark.parametrize("after", [0, 50, 5000])
def test_of_a_long_line_the_part_around_the_mistake_is_quoted(before: int, after: int, dataset: Dataset) -> None:
    text = "SELECT * { " + "?a ?b ?c . " * (before // 11) + "?s ?p }} " + "# " + "x" * after
    error = refused(text, dataset)
    position = error.position

    assert position is not None
    assert len(position.text) <= 200
    assert len(str(error)) < 400
    line, mark = marked_line(position).splitlines()
    assert line[mark.index("^") :].startswith(text[position.column - 1 :][:1])
    assert position.text == text[position.first - 1 :][:200]
