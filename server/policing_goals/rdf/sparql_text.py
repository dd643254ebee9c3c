"""SPARQL text, read as far as it must be before Oxigraph parses it.

Oxigraph 0.5.13 answers from two graphs of one FROM clause with every shared triple twice, so dataset clauses are taken
out here and the dataset is made elsewhere; and it reads no prefixed name with two dots.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urljoin

from policing_goals.model.saved_query import Bindings

CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
# A comment may end with a carriage return; where there is none, the shorter pattern is twice as fast.
HEADER = re.compile(r"(?:[ \t]*(?:\#[^\n\r]*)?\r?\n)+")
HEADER_WITHOUT_RETURNS = re.compile(r"(?:[ \t]*(?:\#.*)?\n)+")
LOCAL = r"(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])"
# Strings, IRIs and comments hide what is in them. After a backslash, # is a character of a name (PN_LOCAL_ESC).
OPAQUE_TOKENS = r"""(?P<comment>(?<!\\)\#[^\n\r]*)
    | (?P<string>(?<!\\)(?:\"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*'''
        | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*'))
    | (?P<iri><(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)"""
# The same tokens, each beginning with one character, which is found five times as fast.
OPAQUE = re.compile(
    r"""\#(?<!\\\#)[^\n\r]*
    | "(?<!\\")(?:""(?:[^"\\]|\\.|"(?!""))*\"\"\" | (?:[^"\\\n\r]|\\.)*")
    | '(?<!\\')(?:''(?:[^'\\]|\\.|'(?!''))*''' | (?:[^'\\\n\r]|\\.)*')
    | <(?:[^<>\"{}|^`\\\x00-\x20]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>""",
    re.VERBOSE | re.DOTALL,
)
IRI_MASK = "\x1f"
LEXER = re.compile(
    rf"""(?P<space>\s+)
    | {OPAQUE_TOKENS}
    | (?P<variable>[?$]\w+)
    | (?P<name>(?:_|[^\W\d_](?:[\w\-]|\.+(?=[\w\-:]))*)?:(?:{LOCAL}|\.+(?={LOCAL}))*)
    | (?P<word>\w+)
    | (?P<other>\\.|.)""",
    re.VERBOSE | re.DOTALL,
)
BRACKETS = frozenset("{}()[],;")
BOOLEANS = ("true", "false")
VARIABLE = re.compile(r"[?$]\w+")
# The prologue in its usual forms; then what follows may be read without it.
PROLOGUE = re.compile(
    r"(?:\s+|\#[^\n\r]*|PREFIX\s+[\w.\-]*:\s*<[^<>\s]*>|BASE\s*<[^<>\s]*>)*+(?=SELECT|CONSTRUCT|ASK|DESCRIBE)",
    re.IGNORECASE,
)
SELECT_ALL = re.compile(r"SELECT\s*(?:DISTINCT|REDUCED)?\s*\*", re.IGNORECASE)
BYTE_ORDER_MARK = "\ufeff"
FORMS = ("SELECT", "CONSTRUCT", "ASK", "DESCRIBE")
# Less exact than the lexer and much faster, as it begins with a single character to look for.
TWO_DOTS = re.compile(rf":{LOCAL}*\.+{LOCAL}+\.+{LOCAL}")
BARE_DOT = re.compile(r"(?<!\\)\.")
# The word alone, not as in prov:wasQuotedFrom; a false positive only costs time.
FROM_WORD = re.compile(r"(?<![?$:@\w.\-])FROM", re.IGNORECASE)
# Nothing is left to group by once parameters are values.
EMPTY_GROUP_BY = re.compile(r"\bGROUP\s+BY(?=\s*(?:\}|\b(?:HAVING|ORDER|LIMIT)\b|$))", re.IGNORECASE)
# A call of a function with another result each time. Oxigraph needs no space before a keyword, and a comment may stand
# before the bracket, so the pattern is generous: a false positive only costs time. Searching for the words alone is
# faster and comes first.
VOLATILE_WORDS = ("RAND", "NOW", "UUID", "BNODE", "SERVICE")
VOLATILE = re.compile(r"(?:RAND|NOW|UUID|BNODE)\s*[(#]|SERVICE")
# Tokens that make blank nodes in a template: [ ], ( ), and the reifiers {| |}, << >> and ~ of SPARQL 1.2.
BLANK_NODE_SIGNS = frozenset("[(|<~")


class Token(NamedTuple):
    """A token of SPARQL: its kind (a group of LEXER), its offset in the text, and its characters."""

    kind: str
    start: int
    text: str

    @property
    def end(self) -> int:
        """The offset after the token."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class DatasetClauses:
    """The IRIs of the FROM and FROM NAMED clauses of a query, and its text with blanks instead of the clauses."""

    text: str
    default: tuple[str, ...]
    named: tuple[str, ...]


class SparqlText:
    """The text of a query; each property is found once, when it is first needed."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def upper(self) -> str:
        """The text in capitals, for searching keywords."""
        return self.text.upper()

    @cached_property
    def tokens(self) -> list[Token]:
        """Every token, white space and comments included."""
        return [Token(str(match.lastgroup), match.start(), match[0]) for match in LEXER.finditer(self.text)]

    @cached_property
    def code(self) -> str:
        """The text, as long as it is, with blanks for comments and strings, and IRI_MASK for IRIs."""
        return OPAQUE.sub(_mask, self.text)

    @property
    def without_texts(self) -> str:
        """The text, as long as it is, with blanks for comments and strings."""
        return OPAQUE.sub(_blank, self.text)

    @cached_property
    def form(self) -> str:
        """SELECT, CONSTRUCT, ASK or DESCRIBE."""
        words = (token.text.upper() for token in self.tokens if token.kind == "word")
        return next((word for word in words if word in FORMS), "SELECT")

    @cached_property
    def volatile(self) -> bool:
        """Whether the query may have another result when it is run again on the same dataset."""
        if any(word in self.upper for word in VOLATILE_WORDS) and VOLATILE.search(self.upper):
            return True
        if "CONSTRUCT" in self.upper and self._makes_blank_nodes():
            return True
        # An escape may stand for a letter of a keyword, or for a bracket.
        plain = unescaped(self.text) if "\\U" in self.upper else self.text
        return plain != self.text and SparqlText(plain).volatile

    def _makes_blank_nodes(self) -> bool:
        # The template is the first group after CONSTRUCT; in the short form, CONSTRUCT WHERE, it is the pattern.
        tokens = iter(self.code_tokens)
        if not any(token.kind == "word" and "CONSTRUCT" in token.text.upper() for token in tokens):
            return False
        depth = 0
        for token in tokens:
            depth += {"{": 1, "}": -1}.get(token.text, 0)
            if depth and (token.text in BLANK_NODE_SIGNS or token.text.startswith("_:")):
                return True
            if token.text == "}" and not depth:
                return False
        return False

    @cached_property
    def may_use_graph_clause(self) -> bool:
        """Whether the query could have a GRAPH clause; a false positive only costs time."""
        return "GRAPH" in self.upper or "\\U" in self.upper

    @cached_property
    def undeclared_prefixes(self) -> list[str]:
        """The prefixes that the query uses and does not declare, in the order of their use."""
        declared = {prefix for prefix, _ in _declarations(self.code_tokens) if prefix is not None}
        names = (token.text.partition(":")[0] for token in self.tokens if token.kind == "name")
        return list(dict.fromkeys(prefix for prefix in names if prefix not in ("", "_", *declared)))

    @cached_property
    def prologue(self) -> tuple[str, dict[str, str]]:
        """The base IRI that the query states, empty if it states none, and its prefixes with their IRIs."""
        return _prologue(self.code_tokens, "")

    def names(self, iri: str) -> bool:
        """Whether the query has an IRI, in angle brackets or as a prefixed name."""
        text = unescaped(self.text)
        # A prefixed name ends as the IRI does.
        if iri.rpartition("/")[2] not in text:
            return False
        plain = SparqlText(text)
        terms = (token.text for token in plain.code_tokens if token.kind in ("iri", "name"))
        return any(plain.resolve(term) == iri for term in terms)

    def resolve(self, name: str) -> str | None:
        """The IRI of an IRI in angle brackets or a prefixed name; None for a variable or an unknown prefix."""
        base, prefixes = self.prologue
        return _resolve(name, prefixes, base) if name[0] not in "?$" else None

    @cached_property
    def code_tokens(self) -> list[Token]:
        """Every token but white space and comments."""
        return [token for token in self.tokens if token.kind not in ("space", "comment")]

    def dataset_clauses(self, base: str = "") -> DatasetClauses:
        """The FROM and FROM NAMED clauses (SPARQL 1.1, section 13.2), taken out of the text.

        Only a clause outside every group is one. IRIs are resolved against the prologue, and this against a base IRI;
        a name with an unknown prefix stays where it is, for the parser to refuse.
        """
        if "FROM" not in self.upper or not FROM_WORD.search(self.text):
            return DatasetClauses(self.text, (), ())
        base, prefixes = _prologue(self.code_tokens, base)
        default: list[str] = []
        named: list[str] = []
        text = self.text
        for first, last, is_named, name in _from_clauses(self.code_tokens, prefixes):
            iri = _resolve(name, prefixes, base)
            if iri is not None:
                (named if is_named else default).append(iri)
                text = text[:first] + re.sub(r"[^\r\n]", " ", text[first:last]) + text[last:]
        return DatasetClauses(text, tuple(default), tuple(named))


def without_header(text: str) -> str:
    """The text with empty lines instead of the comments that it begins with, so that they are not read again.

    A byte order mark before them is left out.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    header = (HEADER if "\r" in text else HEADER_WITHOUT_RETURNS).match(text)
    return "\n" * header[0].count("\n") + text[header.end() :] if header else text


def with_lower_case_booleans(text: str) -> str:
    """The text with TRUE and FALSE in small letters: SPARQL takes them in any case, Oxigraph 0.5.13 does not."""
    tokens = SparqlText(text).tokens
    return "".join(
        token.text.lower() if token.kind == "word" and token.text.lower() in BOOLEANS else token.text
        for token in tokens
    )


def prologue_end(text: str) -> int:
    """The offset after the prologue, 0 if it has a form that is not read here."""
    match = PROLOGUE.match(text)
    return match.end() if match else 0


def with_columns_in_order(text: str, variables: Collection[str]) -> str:
    """The text of a SELECT * query with its columns by name, in the order in which the query names them first.

    variables: the names of the columns; Oxigraph 0.5.13 gives them by the alphabet.
    """
    star = SELECT_ALL.match(text, prologue_end(text))
    if star is None or len(variables) < 2:
        return text
    named = dict.fromkeys(match[0][1:] for match in VARIABLE.finditer(SparqlText(text[star.end() :]).code))
    columns = " ".join(f"?{name}" for name in named if name in variables)
    return f"{text[: star.end() - 1]}{columns} {text[star.end() :]}"


def selects_all(text: str) -> bool:
    """Whether a query is a SELECT * query."""
    return "*" in text and SELECT_ALL.match(text, prologue_end(text)) is not None


def unescaped(text: str) -> str:
    """The text with its codepoint escapes resolved (SPARQL 1.1, section 19.2)."""
    return CODEPOINT.sub(_character, text)


def escape_dotted_names(text: str) -> str:
    r"""The same query with the dots escaped in prefixed names that have two or more of them.

    SPARQL 1.1 (PN_LOCAL) allows gpg:link-objective-6.2-sdg-16.4, but Oxigraph 0.5.13 takes one dot at most; it does
    read gpg:link-objective-6\.2-sdg-16\.4, which means the same.
    """
    if not TWO_DOTS.search(text):
        return text
    tokens = SparqlText(text).tokens
    return "".join(_escape_dots(token.text) if token.kind == "name" else token.text for token in tokens)


def inline_parameters(text: str, bindings: Bindings) -> str:
    """The text of a saved query with each bound variable replaced by its value, for other endpoints.

    Here, values are bound by substitution, which keeps a variable in the result. Elsewhere there is only text: the
    variable becomes the value, and the outermost SELECT names it as before.
    """
    values = {variable.value: str(value) for variable, value in bindings.items()}
    pieces: list[str] = []
    clause, selects, depth = "", 0, 0
    for token in SparqlText(text).tokens:
        word = token.text.upper() if token.kind == "word" else token.text
        if word == "SELECT":
            clause, selects, depth = "select", selects + 1, 0
        elif word in ("GROUP", "ORDER"):
            clause = word.lower()
        elif word in ("WHERE", "{", "}", "HAVING", "LIMIT"):
            clause = ""
        elif word in ("(", ")"):
            depth += 1 if word == "(" else -1
        name = token.text[1:] if token.kind == "variable" else ""
        inlined = _inlined(name, values[name], "" if depth else clause, selects) if name in values else token.text
        pieces.append(inlined)
    return EMPTY_GROUP_BY.sub("", "".join(pieces))


def _inlined(name: str, value: str, clause: str, selects: int) -> str:
    if clause == "select":
        return f"({value} AS ?{name})" if selects == 1 else ""
    # A constant has no order; the variable is the one that the outermost SELECT names.
    return {"group": "", "order": f"?{name}"}.get(clause, value)


def _from_clauses(tokens: list[Token], prefixes: dict[str, str]) -> list[tuple[int, int, bool, str]]:
    # Begin, end, whether NAMED, and the name of the graph. Oxigraph needs no space between keyword and name.
    found, depth = [], 0
    for index, token in enumerate(tokens):
        depth += {"{": 1, "}": -1}.get(token.text, 0)
        word = token.text.upper()
        if depth or token.kind not in ("word", "name") or not word.startswith("FROM"):
            continue
        if token.kind == "name":
            prefix, colon, local = token.text.partition(":")
            if prefix not in prefixes and not _declares(tokens, index):
                is_named = word.startswith("FROMNAMED")
                name = prefix[len("FROMNAMED" if is_named else "FROM") :] + colon + local
                found.append((token.start, token.end, is_named, name))
            continue
        rest = tokens[index + 1 : index + 3]
        is_named = word == "FROMNAMED" or (word == "FROM" and bool(rest) and rest[0].text.upper() == "NAMED")
        target = rest[1:] if is_named and word == "FROM" else rest
        if word in ("FROM", "FROMNAMED") and target and target[0].kind in ("iri", "name"):
            found.append((token.start, target[0].end, is_named, target[0].text))
    return found


def _declares(tokens: list[Token], index: int) -> bool:
    return index > 0 and tokens[index - 1].text.upper() == "PREFIX"


def _declarations(tokens: list[Token]) -> list[tuple[str | None, str]]:
    # Prefix and IRI of each PREFIX clause of the prologue; None and the IRI of each BASE clause. Elsewhere PREFIX may
    # be a language tag, with a name and an IRI after it.
    found: list[tuple[str | None, str]] = []
    index = 0
    while index + 1 < len(tokens):
        word, following = tokens[index].text.upper(), tokens[index + 1]
        if word == "PREFIX" and following.text.endswith(":") and index + 2 < len(tokens):
            found.append((following.text.removesuffix(":"), tokens[index + 2].text))
            index += 3
        elif word == "BASE" and following.kind == "iri":
            found.append((None, following.text))
            index += 2
        elif word == "VERSION" and following.kind == "string":
            index += 2
        else:
            break
    return found


def _prologue(tokens: list[Token], base: str) -> tuple[str, dict[str, str]]:
    # Each declaration is resolved against the base before it (section 4.1.1).
    prefixes: dict[str, str] = {}
    for prefix, iri in _declarations(tokens):
        if prefix is None:
            base = urljoin(base, iri[1:-1])
        else:
            prefixes[prefix] = urljoin(base, iri[1:-1])
    return base, prefixes


def _resolve(name: str, prefixes: dict[str, str], base: str) -> str | None:
    if name.startswith("<"):
        return urljoin(base, name[1:-1]) if base else name[1:-1]
    prefix, _, local = name.partition(":")
    return prefixes[prefix] + re.sub(r"\\(.)", r"\1", local) if prefix in prefixes else None


def _blank(match: re.Match[str]) -> str:
    token = match[0]
    return token if token[0] == "<" else " " * len(token)


def _mask(match: re.Match[str]) -> str:
    token = match[0]
    return (IRI_MASK if token[0] == "<" else " ") * len(token)


def _character(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number < 0x110000 else match[0]


def _escape_dots(name: str) -> str:
    prefix, colon, local = name.partition(":")
    return f"{prefix}{colon}{BARE_DOT.sub(chr(92) + '.', local)}" if len(BARE_DOT.findall(local)) > 1 else name
