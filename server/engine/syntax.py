"""A syntax error in the asker's terms: changes when Oxigraph reports its errors otherwise."""

import re

from server.engine.text import escape_dots
from server.errors import Position, QuerySyntaxError

WHERE = re.compile(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", re.DOTALL)
EXPECTED = re.compile(r'"([^"\s]{1,12})"|\b([A-Z]{2,}(?: [A-Z]{2,})*)\b|\b((?:The|Prefix|IRI)[\w ]+)')
NAMED_AT_MOST = 8
# Oxigraph lists these in every group; the one is refused here, the other no standard.
NEVER_NAMED = ("SERVICE", "LATERAL")


def syntax_error(text: str, message: str) -> QuerySyntaxError:
    """The error for a query text that Oxigraph refused with a message: line, column and what was expected."""
    match = WHERE.search(message)
    if not match:
        return QuerySyntaxError(f"The query does not parse: {message}")
    line = int(match[1])
    lines = text.splitlines()
    shown = lines[line - 1] if line <= len(lines) else ""
    column = _own_column(shown, int(match[2]))
    named = [word for groups in EXPECTED.findall(match[3]) for word in groups if word and word not in NEVER_NAMED]
    expected = list(dict.fromkeys(named))[:NAMED_AT_MOST]
    hint = f" Expected here: {', '.join(expected)}." if expected else ""
    detail = f"The query does not parse at line {line}, column {column}.{hint}"
    return QuerySyntaxError(detail, Position(line, column, shown))


def _own_column(line: str, column: int) -> int:
    # Oxigraph counts in the text with escaped dots; the asker wrote it without.
    columns = range(1, len(line) + 2)
    return next((own for own in columns if len(escape_dots(line[: own - 1])) + 1 >= column), column)
