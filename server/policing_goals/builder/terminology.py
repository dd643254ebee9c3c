"""Check the translations against the glossary.

A row of data/glossary.tsv is a French term of art with its rendering in each language. Where the French label or
definition of a concept has the term, the translation must have its rendering or an allowed variant.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import Literal

from policing_goals.builder.sources import SourceGraph, Sources
from policing_goals.builder.tables import Row, read_plain_table
from policing_goals.errors import Finding
from policing_goals.model.prefixes import Prefixes

TABLE = "data/glossary.tsv"
TRANSLATIONS = ("en", "es", "ar")
COLUMNS = ("fr", "fr_variants", "basis", *TRANSLATIONS, *(f"{language}_variants" for language in TRANSLATIONS))
ELEMENT = re.compile(r"gpg:(goal|objective|theme|commitment)-")
# Arabic may write or leave out its short vowels.
SHORT_VOWELS = re.compile("[\u064b-\u065f\u0670]")


@dataclass(frozen=True)
class Term:
    """A row: its place, the French term, its rendering by language, and a pattern for the allowed forms in each."""

    place: str
    french: str
    renderings: dict[str, str]
    patterns: dict[str, re.Pattern[str]]


def check_terminology(sources: Sources, graph: SourceGraph) -> Iterator[Finding]:
    """A Violation for each translation that lacks the rendering of a term of its French text.

    Compares the labels of goals, objectives, themes and commitments, and the definitions of all concepts. Raises
    SourceError for a broken row.
    """
    terms = [_term(row) for row in read_plain_table(sources, TABLE, COLUMNS)]
    texts = _texts(graph, sources.prefixes)
    for (node, predicate, language), french in texts.items():
        if language != "fr" or not _is_compared(node, predicate):
            continue
        for term in _terms_in(french, terms):
            for other in TRANSLATIONS:
                translation = texts.get((node, predicate, other))
                if translation is not None and not term.patterns[other].search(_plain(translation, other)):
                    yield _finding(term, node, predicate, other, graph, sources.prefixes)


def _term(row: Row) -> Term:
    patterns = {language: _pattern(_forms(row, language), language) for language in ("fr", *TRANSLATIONS)}
    return Term(row.place, row.required("fr"), {each: row.required(each) for each in TRANSLATIONS}, patterns)


# `validate --watch` reads the table again and again, and it has more patterns than `re` keeps.
@lru_cache(maxsize=4096)
def _pattern(forms: tuple[str, ...], language: str) -> re.Pattern[str]:
    # The longest form first, so that it matches before a shorter one.
    any_form = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    # Arabic writes the article, “and”, “by” and “for” onto the word.
    return re.compile(any_form if language == "ar" else rf"(?<!\w)(?:{any_form})(?!\w)")


def _forms(row: Row, language: str) -> tuple[str, ...]:
    variants = row.values.get(f"{language}_variants", "").split("|")
    return tuple(_plain(form.strip(), language) for form in (row.required(language), *variants) if form.strip())


def _plain(text: str, language: str) -> str:
    return SHORT_VOWELS.sub("", text) if language == "ar" else text.replace("’", "'").casefold()


def _texts(graph: SourceGraph, prefixes: Prefixes) -> dict[tuple[str, str, str], str]:
    wanted = {prefixes.expand(name): name for name in ("skos:prefLabel", "skos:definition")}
    return {
        (prefixes.shorten(str(getattr(quad.subject, "value", ""))), wanted[quad.predicate], language): text.value
        for quad in graph.quads
        if quad.predicate in wanted and isinstance(text := quad.object, Literal) and (language := text.language or "")
    }


def _is_compared(node: str, predicate: str) -> bool:
    return predicate == "skos:definition" or bool(ELEMENT.match(node))


def _terms_in(french: str, terms: list[Term]) -> list[Term]:
    # Skip a term inside a longer one, such as “law” in “law enforcement”.
    text = _plain(french, "fr")
    found = [(match.start(), match.end(), term) for term in terms for match in term.patterns["fr"].finditer(text)]
    longest = [
        (start, end, term)
        for start, end, term in found
        if not any(a <= start and end <= b and (a, b) != (start, end) for a, b, _ in found)
    ]
    return list({term.place: term for _, _, term in longest}.values())


def _finding(term: Term, node: str, predicate: str, language: str, graph: SourceGraph, prefixes: Prefixes) -> Finding:
    where = graph.place(prefixes.expand(node).value, f"{prefixes.expand(predicate).value}@{language}")
    rendering = term.renderings[language]
    message = (
        f"The French has “{term.french}”, but the {predicate} in {language} has no allowed rendering of it. "
        f"Write “{rendering}” or another form in the glossary, or add the form there."
    )
    return Finding("Violation", where, node, term.place, message, "")
