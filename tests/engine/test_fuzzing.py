"""Generated queries: each gets a correct status, and every crashed worker is replaced."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import ROOT
from tests.support.server import COUNT, Served, eventually, serving

TEXTS = [path.read_text("utf-8") for path in sorted((ROOT / "queries").glob("*.rq"))]
TOKENS = [
    "SELECT",
    "ASK",
    "CONSTRUCT",
    "DESCRIBE",
    "WHERE",
    "FROM",
    "NAMED",
    "GRAPH",
    "SERVICE",
    "SILENT",
    "OPTIONAL",
    "UNION",
    "MINUS",
    "FILTER",
    "BIND",
    "VALUES",
    "AS\n",
    "",
    "",
    "",
    "DISTINCT",
    "REDUCED",
    "GROUP",
    "BY",
    "HAVING",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "PREFIX",
    "BASE",
    "EXISTS",
    "NOT",
    "IN",
    "COUNT",
    "SUM",
    "GROUP_CONCAT",
    "SEPARATOR",
    "IF\n",
    "",
    "",
    "",
    "COALESCE",
    "LANG",
    "STR",
    "REGEX",
    "RAND",
    "NOW",
    "INSERT",
    "DELETE",
    "LOAD",
    "CLEAR",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<<",
    ">>",
    ".",
    ";",
    ",",
    "*",
    "+",
    "?",
    "/",
    "|",
    "^",
    "!",
    "=",
    "<",
    ">",
    "&&",
    "||",
    "@",
    "@en",
    "^^\n",
    "",
    "",
    "",
    "?s",
    "?p",
    "?o",
    "$x",
    "_:b",
    "a",
    "gpg:",
    "gpg:goal-1",
    "<http://example.org/>",
    "<>",
    '"x"',
    "'''y'''",
    "1",
    "-1.5",
    "1e99",
    "true",
    "UNDEF",
    "\\u0041",
    "#",
    "\n",
    "\x00",
    "é",
    "😀\n",
    "",
    "",
    "",
    "",
]
# Statuses that say what is wrong with a query; none says that something is wrong with the server.
HONEST = {200, 400, 403, 413, 503, 504}
EXAMPLES = settings(max_examples=150)


@pytest.fixture(scope="module")
def server(snapshot: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose workers are all there at the end, and have not been lost but to limits."""
    with ExitStack() as stack:
        server = serving(stack, snapshot, tmp_path_factory.mktemp("server"), "--timeout", "1")
        yield server
        assert eventually(lambda: server.figure("policing_goals_workers") == 4)
        assert server.query(COUNT).status == 200


def spoiled() -> st.SearchStrategy[str]:
    """A saved query in which a part is left out, doubled or replaced."""

    def spoil(text: str, start: float, length: int, instead: str, times: int) -> str:
        at = int(start * len(text))
        return text[:at] + text[at : at + length] * times + instead + text[at + length :]

    return st.builds(
        spoil,
        st.sampled_from(TEXTS),
        st.floats(0, 1),
        st.integers(0, 60),
        st.sampled_from(["", *TOKENS]),
        st.integers(0, 3),
    )


@EXAMPLES
@given(text=st.one_of(st.text(max_size=200), st.lists(st.sampled_from(TOKENS), max_size=40).map(" ".join), spoiled()))
def test_any_text_gets_an_honest_status(text: str, server: Served) -> None:
    answer = server.ask(
        "/sparql", text.encode("utf-8", "replace"), "POST", Content_Type="application/sparql-query", Accept="*/*"
    )

    assert answer.status in HONEST, answer.body
    assert (answer.headers["content-type"] == "application/problem+json") == (answer.status != 200)


@EXAMPLES
@given(
    body=st.binary(max_size=200),
    kind=st.sampled_from(["application/sparql-query", "application/x-www-form-urlencoded"]),
)
def test_any_bytes_get_an_honest_status(body: bytes, kind: str, server: Served) -> None:
    assert server.ask("/sparql", body, "POST", Content_Type=kind).status in HONEST


@EXAMPLES
@given(
    accept=st.lists(
        st.sampled_from(["text/csv", "*/*", "text/*", ";q=0", ";q=1.5", ",", "é", '"', "application/", "\t"])
    ),
    path=st.sampled_from(
        ["/sparql?query=ASK%7B%7D", "/sparql", "/graph?default", "/graph?graph=%0D%0AX-A:%201", "/%00"]
    ),
)
def test_any_accept_header_gets_an_honest_status(accept: list[str], path: str, server: Served) -> None:
    answer = server.ask(path, None, "GET", Accept="".join(accept).encode().decode("latin-1"))

    assert answer.status in HONEST | {303, 404, 406}
    assert "x-a" not in answer.headers
