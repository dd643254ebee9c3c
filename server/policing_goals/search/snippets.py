"""The part of a text that a search found, with the words that matched marked; and how many matches have each facet."""

import re
from collections import Counter
from collections.abc import Iterable

from policing_goals.search.analysis import Analyzer
from policing_goals.search.corpus import Corpus

# Characters before the first word that matched, and of the whole.
BEFORE, LENGTH = 60, 220
WORD = re.compile(r"\w+(?:\.\w+)*")
SHORTEST = 2
SDG_OF_TARGET = re.compile(r"\.\w+$")
Piece = tuple[str, bool]


def snippet(words: Analyzer, text: str, language: str, searched: str) -> tuple[Piece, ...]:
    """The pieces of a text around the first word that matched, each with whether it matched.

    language: of the text, empty for a code. A word matches if its stem begins with that of a word searched.
    """
    stems = tuple(stem for stem in words.stems(searched, language) if len(stem) >= SHORTEST)
    hits = [each.span() for each in WORD.finditer(text) if _matches(words, each[0], language, stems)]
    begin, end = _part(text, hits[0][0] if hits else 0)
    pieces: list[Piece] = [("… ", False)] if begin else []
    at = begin
    for first, last in hits:
        if begin <= first and last <= end:
            pieces += [(text[at:first], False), (text[first:last], True)]
            at = last
    pieces.append((text[at:end] + (" …" if end < len(text) else ""), False))
    return tuple(piece for piece in pieces if piece[0])


def count_facets(corpus: Corpus, iris: Iterable[str]) -> dict[str, Counter[str]]:
    """How many of some entities are of each kind ("kind"), and have each value of each filter, by its name."""
    counts: dict[str, Counter[str]] = {"kind": Counter()}
    for iri in iris:
        entity = corpus.entities[iri]
        counts["kind"][entity.kind] += 1
        for name, values in entity.facets.items():
            # What supports a target supports its SDG.
            wholes = {whole for value in values if (whole := SDG_OF_TARGET.sub("", value)) != value}
            counts.setdefault(name, Counter()).update(values | wholes)
    return counts


def _matches(words: Analyzer, word: str, language: str, stems: tuple[str, ...]) -> bool:
    return bool(stems) and any(stem.startswith(stems) for stem in words.stems(word, language))


def _part(text: str, hit: int) -> tuple[int, int]:
    begin = text.rfind(" ", 0, max(0, hit - BEFORE)) + 1 if hit > BEFORE else 0
    if len(text) - begin <= LENGTH:
        return begin, len(text)
    space = text.find(" ", begin + LENGTH)
    return begin, space if space > 0 else len(text)
