"""Give ORDER BY a total order.

Oxigraph 0.5.13 compares two numbers by their value, and a number and a string by their text. Where a key has both, that
is no order at all: the result is wrong, or the sort aborts the process. A date without a time zone beside one with it
is such a case too. So each key becomes several: first whether it is a number, then its datatype, then its value, a date
without a time zone in UTC. Values without a datatype come before others, so the order is that of SPARQL 1.1, section
15.1: unbound, blank nodes, IRIs, literals.

This costs time for each comparison. A key stays as it is where its values are known to have one order: subjects, values
of properties that say so, numbers that a function makes.
"""

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from pyoxigraph import BlankNode, Literal, NamedNode, Triple

from policing_goals.rdf.sparql_text import IRI_MASK, SparqlText, prologue_end
from policing_goals.vocabulary import XSD

NUMERIC = frozenset(
    XSD + name
    for name in (
        "byte", "decimal", "double", "float", "int", "integer", "long", "negativeInteger", "nonNegativeInteger",
        "nonPositiveInteger", "positiveInteger", "short", "unsignedByte", "unsignedInt", "unsignedLong",
        "unsignedShort",
    )
)  # fmt: skip
LANG_STRING = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
TEXT = frozenset((XSD + "string", LANG_STRING))
ORDER_BY = re.compile(r"\bORDER\s+BY\b\s*", re.IGNORECASE)
# The beginning of a key: ASC or DESC, then a bracket, a variable, or a function with its bracket.
KEY = re.compile(
    r"(?P<direction>ASC|DESC)?\s*(?:(?P<variable>[?$]\w+)|(?P<function>[\w:\-]*)\s*(?P<bracket>\())\s*",
    re.IGNORECASE,
)
BRACKET, BRACE = re.compile(r"[()]"), re.compile(r"[{}]")
VARIABLE = re.compile(r"[?$]\w+")
# All results of one of these are numbers, or all are strings.
ORDERED_FUNCTIONS = ("COUNT", "SUM", "AVG", "STRLEN", "STR", "LCASE", "UCASE", "LANG", "GROUP_CONCAT")
CALL = rf"(?:{'|'.join(ORDERED_FUNCTIONS)})\s*\([^()]*(?:\([^()]*\)[^()]*)*\)"
ONE_CALL = re.compile(CALL, re.IGNORECASE)
ALIAS = re.compile(rf"\(\s*{CALL}\s*AS\s+[?$](?P<name>\w+)", re.IGNORECASE)
SUBJECT = re.compile(r"(?:^|[.}])\s*[?$](\w+)")
# A term or a semicolon, a property that is one IRI, the variable, and what ends a triple.
IRI, NAME = r"<[^<>]*>", r"[\w\-]*:[\w.\-]*\w"
VALUE = re.compile(
    rf"(?:[?$]\w+|{IRI}|{NAME}|;)\s*(?<![\w:.\-])(?P<property>{IRI}|{NAME})\s*[?$](?P<name>\w+)"
    r"\s*(?=[.;,}]|$|(?:FILTER|OPTIONAL|BIND|MINUS|VALUES)\b)",
    re.IGNORECASE,
)
# Comments and other IRIs come first, as there may be a declaration in them.
PREFIX = re.compile(r"#[^\n\r]*|\bPREFIX\s+([\w.\-]*):\s*<([^<>]*)>|<[^<>]*>", re.IGNORECASE)
CACHED_QUERIES, MAX_CACHED = 512, 8192
NESTED = re.compile(r"\{[^{}]*\}")


class _Query(NamedTuple):
    """A query: its prologue, the rest, and the rest with blanks for comments, strings and IRIs."""

    prologue: str
    body: str
    code: str


class _Key(NamedTuple):
    """A sort key: where it begins and ends, its direction (empty, ASC or DESC), and where its expression is."""

    begin: int
    end: int
    direction: str
    first: int
    last: int


def with_total_order(text: str, ordered: frozenset[str]) -> str:
    """The same query with keys of a total order.

    ordered: IRIs of the properties whose values, in the graphs that are queried, have one (see have_total_order).
    """
    if "ORDER" not in text.upper():
        return text
    begin = prologue_end(text)
    body, masked = text[begin:], SparqlText(text[begin:]).without_texts
    find = _keys_to_replace if len(text) <= MAX_CACHED else _keys_to_replace.__wrapped__
    result, done = [text[:begin]], 0
    for key in find(text[:begin], masked, ordered):
        result += [body[done : key.begin], _total(body[key.first : key.last], key.direction)]
        done = key.end
    return "".join([*result, body[done:]]) if done else text


def have_total_order(kinds: Collection[str]) -> bool:
    """Whether Oxigraph's comparison of values of these kinds is a total order.

    It is for IRIs and blank nodes, also beside texts, and for numbers alone. Other literals are not looked at.
    """
    return {"resource", "text"}.issuperset(kinds) or set(kinds) == {"number"}


def kind_of_value(value: NamedNode | BlankNode | Literal | Triple) -> str:
    """The kind of a value for have_total_order: resource, text, number or other."""
    if isinstance(value, NamedNode | BlankNode):
        return "resource"
    datatype = value.datatype.value if isinstance(value, Literal) else ""
    return "number" if datatype in NUMERIC else "text" if datatype in TEXT else "other"


# Queries of one program differ in the strings alone, which do not matter here.
@lru_cache(CACHED_QUERIES)
def _keys_to_replace(prologue: str, body: str, ordered: frozenset[str]) -> tuple[_Key, ...]:
    """The keys that may have values of several kinds.

    body: what follows the prologue, with blanks for comments and strings.
    """
    query = _Query(prologue, body, SparqlText(body).code)
    return tuple(
        key
        for clause in ORDER_BY.finditer(query.code)
        for key in _keys(query.code, clause.end())
        if not _is_ordered(query, clause.start(), key, ordered)
    )


def _total(expression: str, direction: str) -> str:
    keys = (
        f"isNumeric({expression})",
        f"DATATYPE({expression})",
        f'COALESCE(IF(TZ({expression}) = "", STRDT(CONCAT(STR({expression}), "Z"), DATATYPE({expression})), '
        f"{expression}), {expression})",
    )
    return " ".join(f"{direction or 'ASC'}({key})" for key in keys)


def _keys(code: str, begin: int) -> Iterator[_Key]:
    # Up to the first thing that is no key, which is LIMIT, for example.
    while match := KEY.match(code, begin):
        direction, function = (match["direction"] or "").upper(), match["function"]
        if match["variable"]:
            if direction:
                return
            yield _Key(match.start(), match.end("variable"), direction, match.start("variable"), match.end("variable"))
            begin = match.end()
            continue
        end = _closing_bracket(code, match.start("bracket"))
        if end < 0:
            return
        if function and function.upper() in ("ASC", "DESC"):
            # The pattern took the direction for a function.
            direction, function = function.upper(), ""
        first, last = (match.start("function"), end) if function else (match.start("bracket") + 1, end - 1)
        yield _Key(match.start(), end, direction, first, last)
        begin = end + len(code[end:]) - len(code[end:].lstrip())


def _closing_bracket(code: str, begin: int) -> int:
    # The offset after the bracket that closes the one at an offset, -1 if there is none.
    depth = 0
    for match in BRACKET.finditer(code, begin):
        depth += 1 if match[0] == "(" else -1
        if not depth:
            return match.end()
    return -1


def _is_ordered(query: _Query, clause: int, key: _Key, ordered: Collection[str]) -> bool:
    """Whether the values of a key are known to have one order. clause: the offset of its ORDER BY."""
    code = query.code
    expression = code[key.first : key.last].strip()
    if not VARIABLE.fullmatch(expression):
        return ONE_CALL.fullmatch(expression) is not None
    group = _group_before(code, clause)
    if group is None:
        return False
    begin, end = group
    # Each solution has what the group itself says; what its inner groups say may be missing.
    direct = code[begin + 1 : end]
    while "{" in direct:
        shorter = NESTED.sub(_blank_group, direct)
        if shorter == direct:
            return False
        direct = shorter
    variable = expression[1:]
    if any(match[1] == variable for match in SUBJECT.finditer(direct)):
        return True
    select = code.upper().rfind("SELECT", 0, begin)
    if any(match["name"] == variable for match in ALIAS.finditer(code, max(select, 0), begin)):
        return True
    return any(_expand(iri, query) in ordered for iri in _properties(query.body[begin + 1 : end], direct, variable))


def _blank_group(match: re.Match[str]) -> str:
    return "}" + " " * (len(match[0]) - 1)


def _group_before(code: str, clause: int) -> tuple[int, int] | None:
    """The offsets of the braces of the group before a clause."""
    depth, end = 0, -1
    for match in reversed(list(BRACE.finditer(code, 0, clause))):
        depth += 1 if match[0] == "}" else -1
        if depth < 0:
            return None
        end = match.start() if end < 0 else end
        if not depth:
            return match.start(), end
    return None


def _properties(text: str, direct: str, name: str) -> Iterator[str]:
    # Comments and strings are blank in `direct`, and so are IRIs; those of the text are put back.
    with_iris = direct
    if IRI_MASK in direct:
        pairs = zip(text, direct, strict=True)
        with_iris = "".join(original if masked == IRI_MASK else masked for original, masked in pairs)
    for match in VALUE.finditer(with_iris):
        if match["name"] == name:
            yield match["property"]


def _expand(name: str, query: _Query) -> str:
    if name.startswith("<"):
        return name[1:-1]
    prefix, _, local = name.partition(":")
    # The last declaration of a prefix holds. Without a prologue that can be read, no prefix is known.
    prefixes = {match[1]: match[2] for match in PREFIX.finditer(query.prologue) if match[2]}
    return prefixes.get(prefix, "") + local
