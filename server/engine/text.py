"""The text of a query as far as it must be read before it is parsed: changes when Oxigraph's dialect does."""

import re

CODEPOINT = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")
NOT_CODE = re.compile(
    r"""
    \"\"\"(?:[^"\\]|\\.|"(?!""))*\"\"\" | '''(?:[^'\\]|\\.|'(?!''))*'''   # long strings
    | "(?:[^"\\\n\r]|\\.)*" | '(?:[^'\\\n\r]|\\.)*'                      # strings
    | <[^<>"{}|^`\\\x00-\x20]*>                                          # IRIs
    | \#[^\n\r]*                                                         # comments
    """,
    re.VERBOSE | re.DOTALL,
)
LOCAL = r"(?:[\w:\-]|%[0-9A-Fa-f]{2}|\\[_~.\-!$&'()*+,;=/?\#@%])"
PREFIXED_NAME = re.compile(rf"(?<![\w\-.?$@:])(?:[^\W\d_][\w.\-]*)?:{LOCAL}+(?:\.+{LOCAL}+)+")
BARE_DOT = re.compile(r"(?<!\\)\.")


def code_only(text: str) -> str:
    """The text with its codepoint escapes resolved and every comment, string and IRI replaced by a space."""
    return NOT_CODE.sub(" ", CODEPOINT.sub(_character, text))


def escape_dots(text: str) -> str:
    r"""The same query with the dots escaped in prefixed names that have two or more of them.

    SPARQL 1.1 (PN_LOCAL) allows gpg:link-objective-6.2-sdg-16.4, but Oxigraph 0.5.13
    takes one dot at most; it does read gpg:link-objective-6\.2-sdg-16\.4, which means the same.
    """
    parts, end = [], 0
    for match in NOT_CODE.finditer(text):
        parts += [PREFIXED_NAME.sub(_escaped, text[end : match.start()]), match[0]]
        end = match.end()
    return "".join([*parts, PREFIXED_NAME.sub(_escaped, text[end:])])


def _character(match: re.Match[str]) -> str:
    number = int(match[1] or match[2], 16)
    return chr(number) if number < 0x110000 else match[0]


def _escaped(match: re.Match[str]) -> str:
    prefix, colon, local = match[0].partition(":")
    return f"{prefix}{colon}{BARE_DOT.sub(chr(92) + '.', local)}" if len(BARE_DOT.findall(local)) > 1 else match[0]
