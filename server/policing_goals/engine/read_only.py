"""Reject updates and SERVICE before evaluation.

Oxigraph follows SERVICE to any address. Its parser needs no space around a keyword, so SERVICE is searched for wherever
Oxigraph could read it; a false positive only means a refusal. Where no endpoint is allowed at all, the workers cannot
open a connection either (see sandbox).
"""

import re
from collections.abc import Iterator, Set
from itertools import pairwise

from policing_goals.errors import ForbiddenQuery
from policing_goals.rdf.sparql_text import SparqlText, Token, unescaped

UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
PROLOGUE = r"\s*(?:PREFIX\s+[^\s:]*:\s*|BASE\s*|VERSION\s*)*"
UPDATE = re.compile(PROLOGUE + rf"({'|'.join(UPDATES)})\b", re.IGNORECASE)
# With one of these inside, what looks like an IRI may be two comparisons: FILTER(1<2)SERVICE#>
AMBIGUOUS = re.compile(r"[()']")
# Oxigraph takes all of these as part of a local name.
PLAIN_LOCAL = re.compile(r"[\w\-]*")


def refuse_services(query: SparqlText, allowed: Set[str] = frozenset()) -> None:
    """Raise ForbiddenQuery if a query has a SERVICE clause that is not allowed.

    allowed: the IRIs of endpoints that may be queried. A SERVICE clause must name one of them literally; a variable, a
    prefixed name or an escape is refused.
    """
    if "SERVICE" not in query.upper and "\\U" not in query.upper:
        return
    _refuse_services(query, allowed)
    # An escape could hide the word in one reading, or hide the end of a string in the other.
    plain = unescaped(query.text)
    if plain != query.text:
        _refuse_services(SparqlText(plain), allowed)


def refuse_update(text: str) -> None:
    """Raise ForbiddenQuery if a text, which is not a query, is an update."""
    update = UPDATE.match(SparqlText(unescaped(text)).code)
    if update:
        word = update[1].upper()
        raise ForbiddenQuery(f"{word} is refused: this endpoint is read-only. Use SELECT, ASK, CONSTRUCT or DESCRIBE.")


def _refuse_services(query: SparqlText, allowed: Set[str]) -> None:
    if "SERVICE" not in query.upper:
        return
    ambiguous = next((token.text for token in query.tokens if token.kind == "iri" and AMBIGUOUS.search(token.text)), "")
    if ambiguous:
        raise ForbiddenQuery(f"{ambiguous} in a query with the word SERVICE is refused: put spaces around < and >.")
    for index in _possible_services(query):
        if _endpoint(query.code_tokens[index : index + 3]) not in allowed:
            advice = "Query the other endpoint yourself, or ask the operator of this server to allow it."
            raise ForbiddenQuery(f"SERVICE is refused: {_allowed(allowed)}. {advice}")


def _possible_services(query: SparqlText) -> Iterator[int]:
    # Where in code_tokens Oxigraph could read the word. A variable takes all letters that follow it; a prefix may be
    # called service:, unless a name with the empty prefix could follow the word.
    tokens = query.code_tokens
    empty_prefix = any(
        token.text.upper() == "PREFIX" and following.text == ":" for token, following in pairwise(tokens)
    )
    for index, token in enumerate(tokens):
        if token.kind == "word":
            readable = token.text
        elif token.kind == "name":
            prefix, _, local = token.text.partition(":")
            plain = PLAIN_LOCAL.match(local)
            readable = (prefix if empty_prefix else "") + " " + (local[plain.end() :] if plain else local)
        else:
            continue
        if "SERVICE" in readable.upper():
            yield index


def _endpoint(tokens: list[Token]) -> str:
    # The IRI of a clause that begins with these tokens, empty for anything but a literal IRI.
    words = [token.text.upper() for token in tokens]
    if words[0] == "SERVICE" and words[1:2] == ["SILENT"]:
        tokens = tokens[1:]
    elif words[0] not in ("SERVICE", "SERVICESILENT"):
        return ""
    return tokens[1].text[1:-1] if len(tokens) > 1 and tokens[1].kind == "iri" else ""


def _allowed(allowed: Set[str]) -> str:
    if not allowed:
        return "this server does not contact other endpoints"
    return f"this server contacts only {', '.join(sorted(allowed))}, by its literal IRI"
