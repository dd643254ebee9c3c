"""Where Oxigraph's parser stops in a text, and what it would take there: changes when Oxigraph reports it otherwise."""

import re
from typing import NamedTuple

from pyoxigraph import Store

PLACE = re.compile(r"error at (\d+):(\d+): (?:expected )?(?:one of )?(.*)", re.DOTALL)
# What it lists: signs in quotes, classes of characters in brackets, keywords, and sentences.
ITEM = re.compile(
    r"""(?P<sign>"(?:[^"\\]|\\.)+") | (?P<digit>\['0'\.\.='9'\]) | \[[^\]]*\] | (?P<told>[^",\[]+)""", re.VERBOSE
)


class Refusal(NamedTuple):
    """Where a parser stopped, in characters from the beginning, and what it would have taken there.

    signs: of SPARQL; told: keywords and sentences; digit: whether a number was wanted.
    """

    offset: int
    signs: frozenset[str]
    told: tuple[str, ...]
    digit: bool


def refusal_of(text: str) -> Refusal | None:
    """Where a query text is refused; None if it is not, or nobody knows where."""
    try:
        # It is only parsed: there is nothing in the store.
        Store().query(text)
    except SyntaxError as error:
        return read_refusal(str(error.msg), text)
    except (RuntimeError, ValueError, OSError):
        pass  # It was parsed.
    return None


def read_refusal(message: str, text: str) -> Refusal | None:
    """The refusal of a text from Oxigraph's message; None if that names no place."""
    match = PLACE.search(message)
    if match is None:
        return None
    lines = text.split("\n")
    offset = sum(len(line) + 1 for line in lines[: int(match[1]) - 1]) + int(match[2]) - 1
    items = list(ITEM.finditer(match[3]))
    signs = frozenset(_unquoted(each["sign"]) for each in items if each["sign"])
    told = tuple(filter(None, ((each["told"] or "").strip() for each in items)))
    return Refusal(offset, signs, told, any(each["digit"] for each in items))


def _unquoted(sign: str) -> str:
    return re.sub(r"\\(.)", r"\1", sign[1:-1])
