"""The width of text in a chart, estimated so that no reader's font is wider, and lines that fit a width.

The server does not know the font. The widths are those of DejaVu Sans, the widest of the usual sans-serif fonts, in
parts of the font size.
"""

from functools import cache

NARROW, WIDE = frozenset("fijlrtI.,:;'|!()[] ‐-/"), frozenset("mwMWÆŒ@%…—")
NARROW_WIDTH, USUAL_WIDTH, CAPITAL_WIDTH, WIDE_WIDTH = 0.42, 0.64, 0.75, 1.0
BOLD = 1.12
ELLIPSIS = "…"


def text_width(text: str, size: float, bold: bool = False) -> float:
    """The width of a line in the unit of size, which is that of the font."""
    return sum(map(_width, text)) * size * (BOLD if bold else 1)


def fit_lines(text: str, width: float, size: float, bold: bool = False) -> tuple[str, ...]:
    """The words of a text in lines of at most a width; a longer word has a line of its own."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


@cache
def _width(character: str) -> float:
    if character in NARROW:
        return NARROW_WIDTH
    if character in WIDE:
        return WIDE_WIDTH
    return CAPITAL_WIDTH if character.isupper() else USUAL_WIDTH
