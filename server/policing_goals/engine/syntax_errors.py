"""A syntax error in the asker's terms: changes when Oxigraph reports its errors otherwise.

Oxigraph's parser tells the furthest place that it looked at. Where it tried a keyword, that is as many characters
further as the keyword has, so that most places are past the mistake and what was expected there hides the rest.
With wide gaps between the tokens it cannot look past the one that is wrong; and of a text that ends before that token
it tells every sign that may follow.
"""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import NamedTuple

from pyoxigraph import Store

from policing_goals.errors import Position, QuerySyntaxError
from policing_goals.rdf.sparql_text import COMMENT, IRI, STRING, escape_dotted_names, undeclared_prefixes

# Wider than the longest keyword.
TOKEN_GAP = " " * 24
LONGEST, LONGEST_SHOWN, MOST_TRIED = 200_000, 40, 10
# A dot that ends a triple, and none in a name or a number.
DOT = r"\.(?=[\s{}]|$)"
TOKEN = re.compile(
    rf"""\s+ | {COMMENT} | (?P<token> {STRING} | {IRI} | [{{}}()\[\],;] | {DOT}
    | (?: \\. | \# | (?!{DOT}) [^\s{{}}()\[\],;"'<\\] )+ | . )""",
    re.VERBOSE | re.DOTALL,
)
OPERATORS = {"!=", "&&", "*", "+", "-", "/", "<", "<=", "=", ">", ">=", "||"}
# Signs that a literal, a blank node or a prefixed name may begin with, and what no standard has yet.
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
    "IRI parsing failed": "This is no absolute IRI.",
    "The SELECT contains a variable that is unbound": "SELECT has a variable neither grouped by nor aggregated.",
}
PLACE = re.compile(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", re.DOTALL)
# What it lists: signs in quotes, classes of characters in brackets, keywords, and sentences.
ITEM = re.compile(
    r"""(?P<sign>"(?:[^"\\]|\\.)+") | (?P<digit>\['0'\.\.='9'\]) | \[[^\]]*\] | (?P<told>[^",\[]+)""", re.VERBOSE
)


class ParserError(NamedTuple):
    """Where a parser stopped, in characters from the beginning, and what it would have taken there.

    signs: of SPARQL; told: keywords and sentences; digit: whether a number was wanted.
    """

    offset: int
    signs: frozenset[str]
    told: tuple[str, ...]
    digit: bool


class Diagnosis(NamedTuple):
    """What is wrong: where, in characters from the beginning, and a hint."""

    offset: int
    hint: str


def syntax_error(text: str, message: str, prefixes: Mapping[str, str]) -> QuerySyntaxError:
    """The error for a query text that Oxigraph refused with a message: line, column and a hint.

    prefixes: namespaces by prefix, to name the one that was forgotten.
    """
    fault = _diagnose(text) if len(text) <= LONGEST else None
    if fault is None:
        refusal = read_parser_error(message, text)
        if refusal is None:
            return QuerySyntaxError(f"The query does not parse: {message}")
        fault = Diagnosis(min(refusal.offset, len(text)), "Look before this place: what is wrong was not found.")
    before = text[: fault.offset]
    # As Oxigraph counts; splitlines() knows more line ends.
    line, column = before.count("\n") + 1, fault.offset - (before.rfind("\n") + 1) + 1
    shown = text.split("\n")[line - 1].rstrip("\r")
    hint = _undeclared(text, prefixes) or fault.hint
    detail = f"The query does not parse at line {line}, column {column}. {hint}"
    return QuerySyntaxError(detail, Position(line, column, shown))


def _undeclared(text: str, prefixes: Mapping[str, str]) -> str:
    undeclared = undeclared_prefixes(text)
    if not undeclared:
        return ""
    known = f"<{prefixes[undeclared[0]]}>" if undeclared[0] in prefixes else "<…>"
    return f"The prefix {undeclared[0]}: is not declared. Begin with: PREFIX {undeclared[0]}: {known}"


def _diagnose(text: str) -> Diagnosis | None:
    """The fault of a text; None if it has none once it is read with gaps, or none that can be placed."""
    found = [(match.start("token"), match["token"]) for match in TOKEN.finditer(text) if match["token"]]
    if not found:
        return Diagnosis(0, f"The query is empty. Expected here: {FORMS}.")
    pieces = [escape_dotted_names(token) + TOKEN_GAP for _, token in found]
    refusal = parser_error("".join(pieces))
    if refusal is None:
        return None
    at, end = 0, len(pieces[0])
    while at + 1 < len(pieces) and end <= refusal.offset:
        at += 1
        end += len(pieces[at])
    offset, stop = found[at]
    if refusal.offset >= end:
        return _early_end(found, refusal)
    bound = _rebound_variable([token for _, token in found[:at]], pieces, refusal) if stop == "}" else None
    if bound is not None:
        return Diagnosis(found[bound][0], f"{found[bound][1]} has a value before this. BIND it to another variable.")
    before = parser_error("".join(pieces[:at])) if at else refusal
    follows = found[at + 1][1] if at + 1 < len(found) else ""
    return Diagnosis(offset, _hint(stop, follows, refusal, before))


def _rebound_variable(tokens: list[str], pieces: list[str], refusal: ParserError) -> int | None:
    """Which token is the variable of a BIND, has a value before, and is why the text was refused; None if none is."""
    ends = [at for at, each in enumerate(tokens) if each == ")" and at > 2 and tokens[at - 2].upper() == "AS"]
    for bound in [at - 1 for at in ends if tokens[at - 1] in tokens[: at - 1]][:MOST_TRIED]:
        # Of the same length, so that places stay.
        other = "?" + "_" * (len(pieces[bound]) - 1 - len(TOKEN_GAP)) + "_" * 8 + TOKEN_GAP[8:]
        mended = parser_error("".join([*pieces[:bound], other, *pieces[bound + 1 :]]))
        if mended is None or mended.offset > refusal.offset:
            return bound
    return None


def _early_end(found: list[tuple[int, str]], refusal: ParserError) -> Diagnosis:
    opened = next((offset for offset, token in found if token in ('"', "'")), None)
    if opened is not None:
        return Diagnosis(opened, "This string is not closed.")
    offset, token = found[-1]
    said = _sentence(refusal) or f"The query ends too early.{_expected(refusal)}"
    return Diagnosis(offset + len(token), said)


def _hint(token: str, follows: str, refusal: ParserError, before: ParserError | None) -> str:
    said = _sentence(refusal)
    if said:
        return said
    shown = token if len(token) <= LONGEST_SHOWN else f"{token[:LONGEST_SHOWN]}…"
    if before is None:
        return f"The query is complete before {shown}."
    if token in before.signs:
        return f"{shown} may stand here, but not with what is around it."
    near = (
        get_close_matches(token.upper(), WORDS, 1, SIMILARITY) if token.isalpha() and token.upper() not in WORDS else []
    )
    if near:
        return f"{shown} is not expected here. Did you mean {near[0]}?"
    if follows == "(" and token.isidentifier() and token.upper() not in WORDS:
        return f"SPARQL has no function {shown}."
    return f"{shown} is not expected here.{_expected(before if before.signs or before.digit else refusal)}"


def _sentence(refusal: ParserError) -> str:
    # What is no matter of grammar, in better words where there are some.
    said = [each for each in refusal.told if not each.isupper() and " " in each]
    return PLAIN_MESSAGES.get(said[0], f"{said[0].rstrip('.')}.") if said else ""


def _expected(refusal: ParserError) -> str:
    if "CONSTRUCT" in refusal.told:
        return f" Expected here: {FORMS}."
    signs = refusal.signs - NO_STANDARD
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
    if refusal.digit and '"' not in signs:
        named.append("a number")
    rest = [f'"{sign}"' for sign in sorted(signs - (OPENINGS if {":", "<"} <= signs else {"$", "?"}))]
    # Keywords are complete only where no sign may stand.
    words = sorted(each for each in refusal.told if each.isupper()) if not (named or rest) else []
    listed = ", ".join([*named, *rest, *words])
    return f" Expected here: {listed}." if listed else ""


def parser_error(text: str) -> ParserError | None:
    """Where a query text is refused; None if it is not, or nobody knows where."""
    try:
        # It is only parsed: there is nothing in the store.
        Store().query(text)
    except SyntaxError as error:
        return read_parser_error(str(error.msg), text)
    except (RuntimeError, ValueError, OSError):
        pass  # It was parsed.
    return None


def read_parser_error(message: str, text: str) -> ParserError | None:
    """The refusal of a text from Oxigraph's message; None if that names no place."""
    match = PLACE.search(message)
    if match is None:
        return None
    lines = text.split("\n")
    offset = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2]) - 1
    items = list(ITEM.finditer(match[3]))
    signs = frozenset(_unquoted(each["sign"]) for each in items if each["sign"])
    told = tuple(filter(None, ((each["told"] or "").strip() for each in items)))
    return ParserError(offset, signs, told, any(each["digit"] for each in items))


def _unquoted(sign: str) -> str:
    return re.sub(r"\\(.)", r"\1", sign[1:-1])
