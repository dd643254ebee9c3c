"""A syntax error in the asker's terms: changes when Oxigraph reports its errors otherwise."""

import re
from bisect import bisect_left
from collections.abc import Mapping

from server.errors import Position, QuerySyntaxError
from server.rdf.query_text import escape_dots, undeclared_prefixes

WHERE = re.compile(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", re.DOTALL)
EXPECTED = re.compile(r'"([^"\s]{1,12})"|\b([A-Z]{2,}(?: [A-Z]{2,})*)\b|\b((?:The|Prefix|IRI)[\w ]+)')
CHARACTERS = re.compile(r"\[[^\]]*\]")
NAMED_AT_MOST = 8
# Oxigraph lists these in every group; the one is refused here, the other no standard.
NEVER_NAMED = ("SERVICE", "LATERAL")


def syntax_error(text: str, message: str, prefixes: Mapping[str, str]) -> QuerySyntaxError:
    """The error for a query text that Oxigraph refused with a message: line, column and a hint.

    prefixes: namespaces by prefix, to name the one that was forgotten.
    """
    match = WHERE.search(message)
    if not match:
        return QuerySyntaxError(f"The query does not parse: {message}")
    line = int(match[1])
    lines = text.split("\n")  # As Oxigraph counts; splitlines() knows more line ends.
    shown = lines[line - 1].rstrip("\r") if line <= len(lines) else ""
    column = _own_column(shown, int(match[2]))
    detail = f"The query does not parse at line {line}, column {column}.{_hint(text, match[3], prefixes)}"
    return QuerySyntaxError(detail, Position(line, column, shown))


def _hint(text: str, expected: str, prefixes: Mapping[str, str]) -> str:
    undeclared = undeclared_prefixes(text)
    if undeclared:
        known = f"<{prefixes[undeclared[0]]}>" if undeclared[0] in prefixes else "<…>"
        return f" The prefix {undeclared[0]}: is not declared. Begin with: PREFIX {undeclared[0]}: {known}"
    # What stands in brackets is the parser's whole alphabet.
    words = EXPECTED.findall(CHARACTERS.sub("", expected))
    named = dict.fromkeys(word for groups in words for word in groups if word and word not in NEVER_NAMED)
    return f" Expected here: {', '.join([*named][:NAMED_AT_MOST])}." if named else ""


def _own_column(line: str, column: int) -> int:
    # Oxigraph counts in the text with escaped dots; the asker wrote it without.
    own = bisect_left(range(len(line) + 1), column - 1, key=lambda length: len(escape_dots(line[:length]))) + 1
    return own if own <= len(line) + 1 else column
