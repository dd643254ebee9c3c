"""Search over labels and texts in four languages: changes when a match counts otherwise.

An index in SQLite (FTS5), made from the store in memory. Words are compared without case, accents and Arabic
vowels, by their stems (Snowball); a word that no text has is replaced by the nearest that one has.
"""

import re
import sqlite3
import threading
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import snowballstemmer
from pyoxigraph import DefaultGraph, Literal, NamedNode, Store
from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from server.prefixes import Prefixes

LANGUAGES = {"en": "english", "fr": "french", "es": "spanish", "ar": "arabic"}
# The longest text that is searched for, in characters and in words.
LONGEST, WORDS = 200, 12
REMEMBERED = 20_000
# How many letters of a word may be mistaken, by its length.
MISTAKES = ((4, 0), (7, 1))
MOST_MISTAKES = 2
# What Arabic may write or leave out.
VOWELS = re.compile("[\u0640\u064b-\u0652\u0670]")
WORD = re.compile(r"[\w.]+")
# A label that begins like the question is what is meant; a code even more so.
WEIGHTS = {"code": 20.0, "label": 10.0, "other": 6.0, "mapped": 3.0, "text": 1.0}
KINDS = {
    "goal": "gpgo:Goal",
    "objective": "gpgo:Objective",
    "theme": "gpgo:Theme",
    "commitment": "gpgo:Commitment",
    "crime-area": "gpgo:CrimeArea",
    "action-type": "gpgo:ActionType",
    "actor": "gpgo:Actor",
    "capability": "gpgo:Capability",
    "sdg": "sdgo:Goal",
    "sdg-target": "sdgo:Target",
}
FIELDS = {
    "skos:prefLabel": "label",
    "rdfs:label": "label",
    "skos:altLabel": "other",
    "skos:definition": "text",
    "skos:scopeNote": "text",
    "gpgo:officialText": "text",
}
FACETS = {"area": "gpgo:crimeArea", "action": "gpgo:actionType", "actor": "gpgo:actor", "sdg": "gpgo:supports"}


@dataclass(frozen=True)
class Match:
    """A thing found: its IRI, kind, score (higher is better), the texts that matched, and its labels by language.

    matched: language (empty for a code), field and text of each match, the best first.
    """

    iri: str
    kind: str
    score: float
    matched: tuple[tuple[str, str, str], ...]
    labels: dict[str, str]


@dataclass(frozen=True)
class Thing:
    """What can be found: its kind, labels by language, and the IRIs that each facet leads to."""

    kind: str
    labels: dict[str, str]
    facets: dict[str, frozenset[str]]


class Stemmer(Protocol):
    """What is used of a Snowball stemmer."""

    def stemWord(self, word: str) -> str:  # noqa: N802  # its name there
        """The stem of a word."""


class Index:
    """The index of a store; may be asked from any thread."""

    def __init__(self, store: Store, prefixes: Prefixes) -> None:
        self._things: dict[str, Thing] = {}
        self._texts: list[tuple[str, str, str, str]] = []
        self._words: dict[str, set[str]] = {language: set() for language in ("", *LANGUAGES)}
        stemmers = {language: snowballstemmer.stemmer(name) for language, name in LANGUAGES.items()}
        self._stem = lru_cache(REMEMBERED)(lambda word, language: _stem(stemmers, word, language))
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE VIRTUAL TABLE texts USING fts5 (words, tokenize = \"unicode61 tokenchars '.'\")")
        for kind, curie in KINDS.items():
            for node in _members(store, prefixes.expand(curie), prefixes):
                self._add(node, kind, store, prefixes)

    def _add(self, node: NamedNode, kind: str, store: Store, prefixes: Prefixes) -> None:
        expand = prefixes.expand
        labels: dict[str, str] = {}
        for name, field in FIELDS.items():
            for quad in store.quads_for_pattern(node, expand(name), None, DefaultGraph()):
                if isinstance(quad.object, Literal):
                    language = quad.object.language or ""
                    self._put(node.value, language, field, quad.object.value)
                    if field == "label":
                        labels.setdefault(language, quad.object.value)
        for quad in store.quads_for_pattern(node, expand("skos:notation"), None, DefaultGraph()):
            if isinstance(quad.object, Literal):
                self._put(node.value, "", "code", quad.object.value)
        for quad in store.quads_for_pattern(None, expand("owl:annotatedSource"), node, DefaultGraph()):
            # What other vocabularies call a concept that is mapped to this one.
            for named in store.quads_for_pattern(quad.subject, expand("sssom:object_label"), None, DefaultGraph()):
                self._put(node.value, "en", "mapped", str(getattr(named.object, "value", "")))
        facets = {
            facet: frozenset(
                str(getattr(quad.object, "value", ""))
                for quad in store.quads_for_pattern(node, expand(name), None, DefaultGraph())
            )
            for facet, name in FACETS.items()
        }
        self._things[node.value] = Thing(kind, labels, facets)

    def _put(self, iri: str, language: str, field: str, text: str) -> None:
        # Who types without accents gets other stems.
        stems = [*self._stems(text, language), *self._stems(_bare(text), language)]
        self._words[language].update(stems)
        self._texts.append((iri, language, field, text))
        self._database.execute(
            "INSERT INTO texts (rowid, words) VALUES (?, ?)", (len(self._texts) - 1, " ".join(stems))
        )

    def _stems(self, text: str, language: str) -> list[str]:
        words = [word.strip(".") for word in WORD.findall(_plain(text))]
        with self._lock:
            # A stemmer keeps the word that it works on.
            return [self._stem(word, language) for word in words if word]

    def search(
        self,
        asked: str,
        language: str = "",
        kinds: Iterable[str] = (),
        facets: dict[str, str] | None = None,
        limit: int = 50,
    ) -> list[Match]:
        """What matches a text, the best first; every word must match in one language, as a stem or a beginning.

        language: to search in, all four if it is empty; kinds: of KINDS, all if there is none; facets: IRIs by FACETS.
        """
        asked = " ".join(asked[:LONGEST].split()[:WORDS])
        found: dict[str, dict[int, float]] = {}
        for each in ("", *([language] if language else LANGUAGES)):
            for number, score in self._hits(asked, each):
                iri = self._texts[number][0]
                found.setdefault(iri, {})[number] = max(score, found.get(iri, {}).get(number, 0.0))
        wanted = set(kinds)
        matches = (
            self._match(iri, hits, asked)
            for iri, hits in found.items()
            if (not wanted or self._things[iri].kind in wanted) and self._has(iri, facets or {})
        )
        return sorted(matches, key=lambda match: (-match.score, match.kind, match.iri))[:limit]

    def suggest(self, asked: str, language: str = "", limit: int = 10) -> list[Match]:
        """What has a label with words that begin like those asked for."""
        matches = self.search(asked, language, limit=limit * 5)
        named = (match for match in matches if any(field != "text" for _, field, _ in match.matched))
        return list(named)[:limit]

    def _hits(self, asked: str, language: str) -> list[tuple[int, float]]:
        stems = [self._nearest(stem, language) for stem in self._stems(asked, language)]
        if not stems or "" in stems:
            return []
        # One letter begins too many words.
        query = " ".join(f'"{stem}"{"*" if len(stem) > 1 else ""}' for stem in stems)
        with self._lock:
            rows = self._database.execute(
                "SELECT rowid, bm25(texts) FROM texts WHERE texts MATCH ? ORDER BY bm25(texts) LIMIT 500", (query,)
            ).fetchall()
        return [
            (number, WEIGHTS[self._texts[number][2]] * (1.0 - rank))
            for number, rank in rows
            if self._texts[number][1] == language
        ]

    def _nearest(self, stem: str, language: str) -> str:
        words = self._words[language]
        if stem in words or any(word.startswith(stem) for word in words):
            return stem
        mistakes = next((allowed for length, allowed in MISTAKES if len(stem) <= length), MOST_MISTAKES)
        if not mistakes or not language:
            return ""
        near = process.extractOne(stem, words, scorer=DamerauLevenshtein.distance, score_cutoff=mistakes)
        return near[0] if near else ""

    def _has(self, iri: str, facets: dict[str, str]) -> bool:
        return all(value in self._things[iri].facets[facet] for facet, value in facets.items())

    def _match(self, iri: str, hits: dict[int, float], asked: str) -> Match:
        thing, plain = self._things[iri], _plain(asked)
        ranked = sorted(hits.items(), key=lambda item: -self._exactness(item[0], plain) * item[1])
        best = ranked[0][1] * self._exactness(ranked[0][0], plain)
        matched = tuple(self._texts[number][1:] for number, _ in ranked[:5])
        return Match(iri, thing.kind, round(best, 3), matched, thing.labels)

    def _exactness(self, number: int, asked: str) -> float:
        text = _plain(self._texts[number][3])
        return 4.0 if text == asked else 2.0 if text.startswith(asked) else 1.0


def _stem(stemmers: dict[str, Stemmer], word: str, language: str) -> str:
    return _bare(stemmers[language].stemWord(word) if language in stemmers else word)


def _members(store: Store, kind: NamedNode, prefixes: Prefixes) -> list[NamedNode]:
    quads = store.quads_for_pattern(None, prefixes.expand("rdf:type"), kind, DefaultGraph())
    return sorted({quad.subject for quad in quads if isinstance(quad.subject, NamedNode)}, key=str)


def _plain(text: str) -> str:
    return VOWELS.sub("", unicodedata.normalize("NFC", text).casefold()).replace("’", "'").replace("'", " ")


def _bare(word: str) -> str:
    # Accents count for the stemmer of a language, and not for who types without them.
    return "".join(each for each in unicodedata.normalize("NFD", word) if not unicodedata.combining(each))
