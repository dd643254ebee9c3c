"""The text of a query as far as it must be read before it is parsed: changes when Oxigraph's dialect does.

Oxigraph answers from two graphs of one FROM clause with every shared triple twice,
so dataset clauses are taken out here and the dataset is made elsewhere; and it reads
no prefixed name with two dots.
"""

import re
from dataclasses import dataclass
from urllib.parse import urljoin

from policing_goals.model.saved_query import Bindings

CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
STRING = r"""\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*'''
    | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*'"""
IRI = r"<[^<>\"{}|^`\\\x00-\x20]*>"
# After a backslash it is a character of a name (PN_LOCAL_ESC).
COMMENT = r"(?<!\\)\#[^\n\r]*"
# A comment may end with a carriage return too; where there is none, the shorter pattern reads it twice as fast.
HEADER = re.compile(r"(?:[ \t]*(?:\#[^\n\r]*)?\r?\n)+")
HEADER_WITHOUT_RETURNS = re.compile(r"(?:[ \t]*(?:\#.*)?\n)+")
NOT_CODE = re.compile(rf"{STRING} | {IRI} | {COMMENT}", re.VERBOSE | re.DOTALL)
NOT_CODE_NOR_IRI = re.compile(rf"(?P<iri>{IRI}) | {STRING} | {COMMENT}", re.VERBOSE | re.DOTALL)
LOCAL = r"(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])"
PREFIXED_NAME = re.compile(rf"(?<![\w\-.?$@:])(?:[^\W\d_][\w.\-]*)?:{LOCAL}+(?:\.+{LOCAL}+)+")
# The same less exactly and much faster, as it begins with one character to look for.
TWO_DOTS = re.compile(rf":{LOCAL}*\.+{LOCAL}+\.+{LOCAL}")
BARE_DOT = re.compile(r"(?<!\\)\.")
DECLARATION = re.compile(rf"PREFIX\s*(?P<prefix>[^\s:]*):\s*(?P<namespace>{IRI})|BASE\s*(?P<base>{IRI})", re.IGNORECASE)
DECLARED = re.compile(r"\bPREFIX\s+([^\s:]*):", re.IGNORECASE)
USED = re.compile(r"(?<![\w\-.?$@:<])([^\W\d_][\w.\-]*):")
# Of a declaration, where a prefix may be called from.
PREFIX_BEFORE = re.compile(r"\bPREFIX\s*$", re.IGNORECASE)
NAME = rf"{IRI}|(?:[^\W\d_][\w.\-]*)?:(?:{LOCAL}|\.)*"
# The word alone, not as in prov:wasQuotedFrom; a false alarm only costs time.
FROM_WORD = re.compile(r"(?<![?$:@\w.\-])FROM", re.IGNORECASE)
FROM = re.compile(rf"{FROM_WORD.pattern}(?P<named>\s+NAMED)?\s*(?P<name>{NAME})", re.IGNORECASE)


@dataclass(frozen=True)
class Clauses:
    """The dataset clauses of a query: the IRIs of FROM and of FROM NAMED, and the text with blanks in their place."""

    text: str
    default: tuple[str, ...]
    named: tuple[str, ...]


def without_header(text: str) -> str:
    """The text with empty lines for the comments that it begins with, so that they are read no further."""
    header = (HEADER if "\r" in text else HEADER_WITHOUT_RETURNS).match(text)
    return "\n" * header[0].count("\n") + text[header.end() :] if header else text


def code_only(text: str) -> str:
    """The text with its codepoint escapes resolved and every comment, string and IRI replaced by a space."""
    return NOT_CODE.sub(" ", unescaped(text))


def code_with_iris(text: str) -> str:
    """The text with blanks for every comment and string, of the same length, so that positions stay."""
    return NOT_CODE_NOR_IRI.sub(lambda match: match["iri"] or _blank(match[0]), text)


def escape_dotted_names(text: str) -> str:
    r"""The same query with the dots escaped in prefixed names that have two or more of them.

    SPARQL 1.1 (PN_LOCAL) allows gpg:link-objective-6.2-sdg-16.4, but Oxigraph 0.5.13
    takes one dot at most; it does read gpg:link-objective-6\.2-sdg-16\.4, which means the same.
    """
    if not TWO_DOTS.search(text):
        return text
    parts, end = [], 0
    for match in NOT_CODE.finditer(text):
        parts += [PREFIXED_NAME.sub(_escaped, text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, PREFIXED_NAME.sub(_escaped, text[end:])])


def extract_dataset_clauses(text: str) -> Clauses:
    """Take the FROM and FROM NAMED clauses out of a query (SPARQL 1.1, section 13.2).

    Only what stands outside every group is a dataset clause. IRIs are resolved
    against the prologue; a name with an unknown prefix stays where it is, for the parser to refuse.
    """
    if "from" not in text.lower() or not FROM_WORD.search(text):
        return Clauses(text, (), ())
    code = code_with_iris(text)
    found_here = (match for match in FROM.finditer(code) if not PREFIX_BEFORE.search(code, 0, match.start()))
    clauses = [match for match in found_here if _is_outside_groups(code, match.start())]
    if not clauses:
        return Clauses(text, (), ())
    base, prefixes = _prologue(code[: clauses[0].start()])
    found: dict[bool, list[str]] = {False: [], True: []}
    kept = text
    for match in clauses:
        iri = _resolve(match["name"], prefixes, base)
        if iri is not None:
            found[bool(match["named"])].append(iri)
            kept = kept[: match.start()] + _blank(match[0]) + kept[match.end() :]
    return Clauses(kept, tuple(found[False]), tuple(found[True]))


def unescaped(text: str) -> str:
    """The text with its codepoint escapes resolved (SPARQL 1.1, section 19.2)."""
    return CODEPOINT.sub(_character, text)


def may_use_graph_clause(text: str) -> bool:
    """Whether a query could have a GRAPH clause; a false alarm only costs time."""
    upper = text.upper()
    return "GRAPH" in upper or "\\U" in upper


def undeclared_prefixes(text: str) -> list[str]:
    """The prefixes that a query uses and does not declare, in the order of their use."""
    code = code_only(text)
    declared = set(DECLARED.findall(code))
    return list(dict.fromkeys(prefix for prefix in USED.findall(code) if prefix not in declared))


def _is_outside_groups(code: str, position: int) -> bool:
    return code.count("{", 0, position) == code.count("}", 0, position)


def _prologue(code: str) -> tuple[str, dict[str, str]]:
    # Each declaration is resolved against the base before it (section 4.1.1).
    base, prefixes = "", {}
    for match in DECLARATION.finditer(code):
        if match["base"]:
            base = urljoin(base, match["base"][1:-1])
        else:
            prefixes[match["prefix"]] = urljoin(base, match["namespace"][1:-1])
    return base, prefixes


def _resolve(name: str, prefixes: dict[str, str], base: str) -> str | None:
    if name.startswith("<"):
        return urljoin(base, name[1:-1]) if base else name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes[prefix] + re.sub(r"\\(.)", r"\1", local) if prefix in prefixes else None


def _blank(text: str) -> str:
    return re.sub(r"[^\r\n]", " ", text)


def _character(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number < 0x110000 else match[0]


def _escaped(match: re.Match[str]) -> str:
    prefix, colon, local = match[0].partition(":")
    return f"{prefix}{colon}{BARE_DOT.sub(chr(92) + '.', local)}" if len(BARE_DOT.findall(local)) > 1 else match[0]


STEP = re.compile(
    r"(?P<select>\bSELECT\b)|(?P<group>\bGROUP\s+BY\b)|(?P<open>\bWHERE\b|\{)|(?P<order>\bORDER\s+BY\b)|(?P<close>\}|\b(?:HAVING|LIMIT)\b)"
    r"|(?P<paren>[()])|(?<![\w?$])[?$](?P<name>\w+)",
    re.IGNORECASE,
)
NO_GROUPS = re.compile(r"\bGROUP\s+BY(?=\s*(?:\}|\b(?:HAVING|ORDER|LIMIT)\b|$))", re.IGNORECASE)


def inline_parameters(text: str, bindings: Bindings) -> str:
    """The text of a saved query with each bound variable replaced by its value (an RDF term, written by Oxigraph)."""
    values = {variable.value: str(value) for variable, value in bindings.items()}
    pieces: list[str] = []
    end, clause, selects, depth = 0, "", 0, 0
    for step in STEP.finditer(code_with_iris(text)):
        kind, name = step.lastgroup, step["name"]
        if kind == "select":
            clause, selects, depth = "select", selects + 1, 0
        elif kind in ("group", "order"):
            clause = kind
        elif kind in ("open", "close"):
            clause = ""
        elif kind == "paren":
            depth += 1 if step[0] == "(" else -1
        elif name in values:
            pieces += [text[end : step.start()], _inlined(name, values[name], clause if depth == 0 else "", selects)]
            end = step.end()
    # Grouped by nothing but values that are now written out, an aggregate stands alone.
    return NO_GROUPS.sub("", "".join([*pieces, text[end:]]))


def _inlined(name: str, value: str, clause: str, selects: int) -> str:
    if clause == "select":
        return f"({value} AS ?{name})" if selects == 1 else ""
    # A constant has no order; the variable stands for what the outermost SELECT names.
    return {"group": "", "order": f"?{name}"}.get(clause, value)
