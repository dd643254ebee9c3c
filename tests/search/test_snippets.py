"""Snippets: the part of a text that was found, with the words that matched marked; and the counts by facet."""

import pytest

from policing_goals.search.analysis import Analyzer
from policing_goals.search.corpus import Corpus, Entity
from policing_goals.search.snippets import LENGTH, count_facets, snippet


@pytest.mark.parametrize(
    ("language", "searched", "text", "marked"),
    [
        ("en", "traffic drugs", "Drug trafficking and other drugs.", ["Drug", "trafficking", "drugs"]),
        ("fr", "enquete", "Les enquêtes sur l’enquêteur.", ["enquêtes", "enquêteur"]),
        ("ar", "الجريمة", "مكافحة الجريمة المنظمة", ["الجريمة"]),
        ("en", "absent", "Nothing here.", []),
        ("", "16.4", "16.4", ["16.4"]),
    ],
)
def test_words_that_match_are_marked(language: str, searched: str, text: str, marked: list[str]) -> None:
    pieces = snippet(Analyzer(), text, language, searched)

    assert [piece for piece, matched in pieces if matched] == marked
    assert "".join(piece for piece, _ in pieces) == text


def test_a_long_text_is_cut_between_words_around_the_match() -> None:
    text = f"{'many words ' * 40}smuggling {'more words ' * 40}"
    pieces = snippet(Analyzer(), text, "en", "smuggling")
    whole = "".join(piece for piece, _ in pieces)

    assert ("smuggling", True) in pieces
    assert whole.startswith("… ")
    assert whole.endswith(" …")
    assert len(whole) < LENGTH + 40
    assert whole[2:-2].strip() in text


def test_facets_are_counted() -> None:
    entities = {
        "a": Entity("goal", {}, {}, {"area": frozenset({"x", "y"})}),
        "b": Entity("objective", {}, {}, {"area": frozenset({"x"}), "sdg": frozenset({"un/16.4", "un/16.a"})}),
    }
    counts = count_facets(Corpus(entities, ()), ["a", "b"])

    assert counts["kind"] == {"goal": 1, "objective": 1}
    assert counts["area"] == {"x": 2, "y": 1}
    assert counts["sdg"] == {"un/16": 1, "un/16.4": 1, "un/16.a": 1}
