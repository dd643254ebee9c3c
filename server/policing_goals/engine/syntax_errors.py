"""Syntax errors with line, column and what was expected, found by parsing variants of the query with Oxigraph.

Oxigraph reports the furthest place that its parser looked at. Where it tried a keyword, that is as many characters
further as the keyword has, so most places are past the mistake. With wide gaps between the tokens the parser cannot
look past the wrong token; and for a text cut before that token it lists every sign that may follow. This reads the
English messages of OXIGRAPH_VERSION; a test fails on any other version.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from itertools import zip_longest
from typing import NamedTuple

from pyoxigraph import Store

from policing_goals.errors import Position, QuerySyntaxError
from policing_goals.rdf.sparql_text import (
    BRACKETS,
    SparqlText,
    escape_dotted_names,
    unescaped,
    with_lower_case_booleans,
)

OXIGRAPH_VERSION = "0.5.13"
# Wider than the longest keyword.
TOKEN_GAP = " " * 24
MAX_CHARACTERS, MAX_SHOWN, MAX_TRIES = 200_000, 40, 10
OPERATORS = {"!=", "&&", "*", "+", "-", "/", "<", "<=", "=", ">", ">=", "||"}
# Signs that a literal, a blank node or a prefixed name may begin with, and signs that no standard has yet.
OPENINGS = {"$", "'", "'''", '"', '"""', "(", "+", "-", ".", ":", "<", "?", "[", "_:", "true", "false"}
NO_STANDARD = {"<<", "<<(", "{|", "~"}
FORMS = "SELECT, CONSTRUCT, DESCRIBE, ASK, PREFIX, BASE"
WORDS = re.findall(
    r"\w+",
    """SELECT CONSTRUCT DESCRIBE ASK PREFIX BASE WHERE FROM NAMED DISTINCT REDUCED ORDER GROUP BY HAVING LIMIT OFFSET
    ASC DESC VALUES OPTIONAL UNION MINUS FILTER BIND GRAPH EXISTS NOT AS IN UNDEF COUNT SUM MIN MAX AVG SAMPLE
    GROUP_CONCAT SEPARATOR STR LANG LANGMATCHES DATATYPE BOUND IRI URI BNODE RAND ABS CEIL FLOOR ROUND CONCAT STRLEN
    UCASE LCASE ENCODE_FOR_URI CONTAINS STRSTARTS STRENDS STRBEFORE STRAFTER YEAR MONTH DAY HOURS MINUTES SECONDS
    TIMEZONE TZ NOW UUID STRUUID MD5 SHA1 SHA256 SHA384 SHA512 COALESCE IF STRLANG STRDT SAMETERM ISIRI ISURI ISBLANK
    ISLITERAL ISNUMERIC REGEX SUBSTR REPLACE""",
)
SIMILARITY = 0.8
PLAIN_MESSAGES = {
    "IRI parsing failed": "This is not an absolute IRI.",
    "The SELECT contains a variable that is unbound": "SELECT has a variable neither in GROUP BY nor aggregated.",
}
PLACE = re.compile(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", re.DOTALL)
# The items of its list: signs in quotes, character classes in brackets, keywords, and sentences.
ITEM = re.compile(
    r"""(?P<sign>"(?:[^"\\]|\\.)+") | (?P<digit>\['0'\.\.='9'\]) | \[[^\]]*\] | (?P<words>[^",\[]+)""", re.VERBOSE
)


class ParserError(NamedTuple):
    """Where the parser stopped, in characters from the beginning, and what it expected there.

    signs: of SPARQL; words: keywords and sentences; digit: whether a number was expected.
    """

    offset: int
    signs: frozenset[str]
    words: tuple[str, ...]
    digit: bool


class Diagnosis(NamedTuple):
    """The place of the mistake, in characters from the beginning, and a hint."""

    offset: int
    hint: str


def syntax_error(text: str, message: str, prefixes: Mapping[str, str]) -> QuerySyntaxError:
    """The error for a query text that Oxigraph refused with a message: line, column and a hint.

    prefixes: namespaces by prefix, to suggest a missing declaration.
    """
    fault = _diagnose(with_lower_case_booleans(text)) if len(text) <= MAX_CHARACTERS else None
    if fault is None:
        error = read_parser_error(message, text)
        if error is None:
            return QuerySyntaxError(f"The query does not parse: {message}")
        fault = Diagnosis(min(error.offset, len(text)), "The mistake is here or before this place.")
    before = text[: fault.offset]
    # As Oxigraph counts; splitlines() knows more line ends.
    line, column = before.count("\n") + 1, fault.offset - (before.rfind("\n") + 1) + 1
    shown = text.split("\n")[line - 1].rstrip("\r")
    hint = _undeclared(text, prefixes) or fault.hint
    detail = f"The query does not parse at line {line}, column {column}. {hint}"
    return QuerySyntaxError(detail, Position.in_line(line, column, shown))


def _undeclared(text: str, prefixes: Mapping[str, str]) -> str:
    undeclared = SparqlText(unescaped(text)).undeclared_prefixes
    if not undeclared:
        return ""
    known = f"<{prefixes[undeclared[0]]}>" if undeclared[0] in prefixes else "<…>"
    return f"The prefix {undeclared[0]}: is not declared. Begin with: PREFIX {undeclared[0]}: {known}"


def _diagnose(text: str) -> Diagnosis | None:
    """The mistake in a text; None if it parses once it has gaps, or if the place is unknown."""
    found = _chunks(text)
    if not found:
        return Diagnosis(0, f"The query is empty. Expected here: {FORMS}.")
    pieces = [escape_dotted_names(token) + TOKEN_GAP for _, token in found]
    error = parser_error("".join(pieces))
    if error is None:
        return None
    at, end = 0, len(pieces[0])
    while at + 1 < len(pieces) and end <= error.offset:
        at += 1
        end += len(pieces[at])
    offset, stop = found[at]
    if error.offset >= end:
        return _early_end(found, error)
    bound = _rebound_variable([token for _, token in found[:at]], pieces, error) if stop == "}" else None
    if bound is not None:
        return Diagnosis(found[bound][0], f"{found[bound][1]} already has a value here. BIND to another variable.")
    before = parser_error("".join(pieces[:at])) if at else error
    follows = found[at + 1][1] if at + 1 < len(found) else ""
    return Diagnosis(offset, _hint(stop, follows, error, before))


def _chunks(text: str) -> list[tuple[int, str]]:
    """The pieces of a text that may have gaps between them, each with its offset.

    Strings, IRIs, brackets and a dot that ends a triple are pieces of their own; other tokens without a space between
    them stay together, such as the steps of a property path.
    """
    tokens = SparqlText(text).tokens
    chunks: list[tuple[int, str]] = []
    joined = False
    for token, following in zip_longest(tokens, tokens[1:]):
        if token.kind in ("space", "comment"):
            joined = False
            continue
        ends_triple = token.text == "." and (following is None or following.kind == "space" or following.text in "{}")
        alone = token.kind in ("string", "iri") or token.text in BRACKETS or token.text in "\"'<" or ends_triple
        if joined and not alone:
            chunks[-1] = (chunks[-1][0], chunks[-1][1] + token.text)
        else:
            chunks.append((token.start, token.text))
        joined = not alone
    return chunks


def _rebound_variable(tokens: list[str], pieces: list[str], error: ParserError) -> int | None:
    """Which token is the variable of a BIND that already has a value, if that is the mistake; None if it is not."""
    ends = [at for at, each in enumerate(tokens) if each == ")" and at > 2 and tokens[at - 2].upper() == "AS"]
    for bound in [at - 1 for at in ends if tokens[at - 1] in tokens[: at - 1]][:MAX_TRIES]:
        # Of the same length, so that offsets stay the same.
        other = "?" + "_" * (len(pieces[bound]) - 1 - len(TOKEN_GAP)) + "_" * 8 + TOKEN_GAP[8:]
        fixed = parser_error("".join([*pieces[:bound], other, *pieces[bound + 1 :]]))
        if fixed is None or fixed.offset > error.offset:
            return bound
    return None


def _early_end(found: list[tuple[int, str]], error: ParserError) -> Diagnosis:
    opened = next((offset for offset, token in found if token in ('"', "'")), None)
    if opened is not None:
        return Diagnosis(opened, "This string is not closed.")
    offset, token = found[-1]
    hint = _sentence(error) or f"The query ends too early.{_expected(error)}"
    return Diagnosis(offset + len(token), hint)


def _hint(token: str, follows: str, error: ParserError, before: ParserError | None) -> str:
    sentence = _sentence(error)
    if sentence:
        return sentence
    shown = token if len(token) <= MAX_SHOWN else f"{token[:MAX_SHOWN]}…"
    if before is None:
        return f"The query is complete before {shown}."
    if token in before.signs:
        return f"{shown} is possible here, but not with the text around it."
    near = (
        get_close_matches(token.upper(), WORDS, 1, SIMILARITY) if token.isalpha() and token.upper() not in WORDS else []
    )
    if near:
        return f"{shown} is not expected here. Did you mean {near[0]}?"
    if follows == "(" and token.isidentifier() and token.upper() not in WORDS:
        return f"SPARQL has no function {shown}."
    return f"{shown} is not expected here.{_expected(before if before.signs or before.digit else error)}"


def _sentence(error: ParserError) -> str:
    # Errors other than of grammar, in plainer words where there are some.
    sentences = [each for each in error.words if not each.isupper() and " " in each]
    return PLAIN_MESSAGES.get(sentences[0], f"{sentences[0].rstrip('.')}.") if sentences else ""


def _expected(error: ParserError) -> str:
    if "CONSTRUCT" in error.words:
        return f" Expected here: {FORMS}."
    signs = error.signs - NO_STANDARD
    named = []
    if "?" in signs:
        named.append("a variable")
    if {":", "<"} <= signs:
        named.append("an IRI")
    if '"' in signs:
        named.append("a literal")
    if "&&" in signs:
        named.append("an operator")
        signs -= OPERATORS
    if error.digit and '"' not in signs:
        named.append("a number")
    rest = [f'"{sign}"' for sign in sorted(signs - (OPENINGS if {":", "<"} <= signs else {"$", "?"}))]
    # The list of keywords is complete only where no sign is possible.
    words = sorted(each for each in error.words if each.isupper()) if not (named or rest) else []
    listed = ", ".join([*named, *rest, *words])
    return f" Expected here: {listed}." if listed else ""


def parser_error(text: str) -> ParserError | None:
    """Where the parser refuses a query text; None if it parses, or if the place is unknown."""
    try:
        # The store is empty: the text is only parsed.
        Store().query(text)
    except SyntaxError as error:
        return read_parser_error(str(error.msg), text)
    except (RuntimeError, ValueError, OSError):
        pass  # It was parsed.
    return None


def read_parser_error(message: str, text: str) -> ParserError | None:
    """The place and the expectations in Oxigraph's message; None if it names no place."""
    match = PLACE.search(message)
    if match is None:
        return None
    lines = text.split("\n")
    offset = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2]) - 1
    items = list(ITEM.finditer(match[3]))
    signs = frozenset(_unquoted(each["sign"]) for each in items if each["sign"])
    words = tuple(filter(None, ((each["words"] or "").strip() for each in items)))
    return ParserError(offset, signs, words, any(each["digit"] for each in items))


def _unquoted(sign: str) -> str:
    return re.sub(r"\\(.)", r"\1", sign[1:-1])
