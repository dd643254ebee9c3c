"""Terms as plain values, for pages and for JSON: changes when another datatype is a number."""

from pyoxigraph import Literal

NUMBERS: dict[str, type[int] | type[float]] = {"integer": int, "decimal": float, "double": float}


def plain(term: object) -> str | int | float:
    """A term as a number, if it is one, or a text."""
    text = str(getattr(term, "value", ""))
    kind = term.datatype.value.rpartition("#")[2] if isinstance(term, Literal) else ""
    return NUMBERS[kind](text) if kind in NUMBERS else text
