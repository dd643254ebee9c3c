"""Reject updates and SERVICE before evaluation.

Oxigraph follows SERVICE to any address. Its parser needs no space around a keyword, so the word is looked for at the
end of longer ones too, and before a prefix. Where no endpoint is allowed at all, the workers cannot open a connection
either (see sandbox).
"""

import re
from collections.abc import Iterator, Mapping, Set

from policing_goals.errors import ForbiddenQuery, Message, message
from policing_goals.rdf.sparql_text import IRI_MASK, SparqlText, Token, unescaped

UPDATES = ("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH")
PROLOGUE = rf"\s*(?:PREFIX\s+[^\s:]*:[\s{IRI_MASK}]*|BASE[\s{IRI_MASK}]*|VERSION\s*)*"
UPDATE = re.compile(PROLOGUE + rf"({'|'.join(UPDATES)})\b", re.IGNORECASE)
# What looks like an IRI may be two comparisons, FILTER(1<2)SERVICE#>, unless two slashes follow its scheme.
AMBIGUOUS = re.compile(r"<(?![A-Za-z][\w+.\-]*://)[^>]*[()'#]")
SERVICE = re.compile(r"SERVICE(?P<silent>SILENT)?$")


def refuse_services(query: SparqlText, allowed: Set[str] = frozenset(), own: str = "") -> None:
    """Raise ForbiddenQuery if a query has a SERVICE clause that is not allowed.

    allowed: the IRIs of endpoints that may be queried; own: that of this endpoint, which would wait for itself. A
    SERVICE clause must name its endpoint, by an IRI or by a name with a declared prefix; a variable is refused.
    """
    if "SERVICE" not in query.upper and "\\U" not in query.upper:
        return
    _refuse_services(query, allowed, own)
    # Oxigraph reads an escape where it stands; a parser that reads it before all else could see another query.
    plain = unescaped(query.text)
    if plain != query.text:
        _refuse_services(SparqlText(plain), allowed, own)


def refuse_update(text: str) -> None:
    """Raise ForbiddenQuery if a text, which is not a query, is an update."""
    update = UPDATE.match(SparqlText(unescaped(text)).code)
    if update:
        word = update[1].upper()
        raise ForbiddenQuery(
            message("{word} is refused: this endpoint is read-only. Use SELECT, ASK, CONSTRUCT or DESCRIBE.", word=word)
        )


def service_endpoints(query: SparqlText) -> Iterator[str]:
    """The IRI of each SERVICE clause, empty where it is not known."""
    tokens, prefixes = query.code_tokens, query.prologue[1]
    for index, token in enumerate(tokens):
        if token.kind == "word":
            match = SERVICE.search(token.text.upper())
            if match:
                following = tokens[index + 1 : index + 3]
                if following and following[0].text.upper() == "SILENT" and not match["silent"]:
                    following = following[1:]
                if _may_be_endpoint(following):
                    yield query.resolve(following[0].text) or ""
        elif token.kind == "name" and _is_glued(tokens, index, prefixes):
            yield ""


def _refuse_services(query: SparqlText, allowed: Set[str], own: str) -> None:
    if "SERVICE" not in query.upper:
        return
    ambiguous = next((token.text for token in query.tokens if token.kind == "iri" and AMBIGUOUS.match(token.text)), "")
    if ambiguous:
        raise ForbiddenQuery(
            message(
                "{ambiguous} in a query with the word SERVICE is refused: put spaces around < and >.",
                ambiguous=ambiguous,
            )
        )
    for endpoint in service_endpoints(query):
        if endpoint and endpoint == own:
            raise ForbiddenQuery(
                message("<{own}> is this endpoint. Leave out SERVICE, and keep what is in its braces.", own=own)
            )
        if endpoint not in allowed:
            advice = message("Query the other endpoint yourself, or ask the operator of this server to allow it.")
            raise ForbiddenQuery(
                message(
                    "SERVICE is refused, SILENT or not: {allowed}. {advice}", allowed=_allowed(allowed), advice=advice
                )
            )


def _may_be_endpoint(tokens: list[Token]) -> bool:
    # After the word, Oxigraph takes a variable, an IRI or a name as the endpoint. Anything else is not a clause: the
    # word may be a language tag.
    return bool(tokens) and (tokens[0].kind in ("variable", "iri", "name") or tokens[0].text == "<")


def _is_glued(tokens: list[Token], index: int, prefixes: Mapping[str, str]) -> bool:
    """Whether a name may be the word SERVICE with a name right after it.

    Oxigraph takes it for a prefix if it can, which it cannot if the prefix is not declared, or if a brace follows.
    """
    prefix = tokens[index].text.partition(":")[0]
    if not prefix.upper().startswith("SERVICE"):
        return False
    before = tokens[index - 1].text.upper() if index else ""
    if before.endswith(("PREFIX", "GRAPH")):
        return False
    following = tokens[index + 1].text if index + 1 < len(tokens) else ""
    return prefix not in prefixes or following == "{"


def _allowed(allowed: Set[str]) -> Message:
    if not allowed:
        return message("this server does not contact other endpoints")
    return message("this server contacts only {endpoints}", endpoints=", ".join(sorted(allowed)))
