"""Full-text search over labels and texts in four languages, in SQLite (FTS5) in memory.

An unknown word is replaced by the nearest word of the index.
"""

import math
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from policing_goals.languages import LANGUAGES
from policing_goals.search.analysis import Analyzer, normalize, strip_accents
from policing_goals.search.codes import Codes, read_codes
from policing_goals.search.corpus import Corpus, IndexedText

# Longer search texts are cut.
MAX_CHARACTERS, MAX_WORDS = 200, 12
# Allowed typing errors by the length of a word; longer words may have MAX_TYPOS.
TYPOS_BY_LENGTH = ((4, 0), (7, 1))
MAX_TYPOS = 2
# Letters of a word that may match alone.
SHORTEST_PART = 3
# The weight of a match by field.
# The same where only a part of the words matches; of any other field it is 1.
PARTIAL_WEIGHTS = {"text": 0.8, "mapped": 0.6}
WEIGHTS = {"code": 20.0, "label": 10.0, "other": 6.0, "hidden": 5.0, "mapped": 3.0, "text": 1.0}


@dataclass(frozen=True)
class Match:
    """An entity found: its IRI, kind, score (higher is better), the texts that matched, and its labels by language.

    matched: language (empty for a code), field and text of each match, the best first; whole: whether every word of the
    search matched.
    """

    iri: str
    kind: str
    score: float
    matched: tuple[tuple[str, str, str], ...]
    labels: dict[str, str]
    whole: bool = True


class Index:
    """The search index of a corpus; thread-safe."""

    def __init__(self, corpus: Corpus, words: Analyzer) -> None:
        self._corpus, self._words = corpus, words
        self._known: dict[str, set[str]] = {language: set() for language in ("", *LANGUAGES)}
        self._lock = threading.Lock()
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.execute("CREATE VIRTUAL TABLE texts USING fts5 (words, tokenize = \"unicode61 tokenchars '.'\")")
        self._database.executemany(
            "INSERT INTO texts (rowid, words) VALUES (?, ?)",
            ((number, self._indexed(text)) for number, text in enumerate(corpus.texts)),
        )

    def _indexed(self, text: IndexedText) -> str:
        # Words typed without accents can have other stems.
        stems = [
            *self._words.stems(text.text, text.language),
            *self._words.stems(strip_accents(normalize(text.text)), text.language),
        ]
        self._known[text.language].update(stems)
        return " ".join(stems)

    def search(
        self,
        text: str,
        language: str = "",
        kinds: Iterable[str] = (),
        facets: dict[str, str] | None = None,
        limit: int = 50,
    ) -> list[Match]:
        """The entities that match a text, the best first: those of a code in it, those that every word matches in one
        language (as a stem or a prefix), and then those that a part of the words matches.

        language: to search in, all four if empty; kinds: of KINDS, all if empty; facets: IRIs by filter (FILTERS).
        """
        text = " ".join(text[:MAX_CHARACTERS].split()[:MAX_WORDS])
        codes = read_codes(text)
        filters = set(kinds), facets or {}
        matches = {match.iri: match for match in self._of_codes(codes, *filters)}
        for found in (
            self._of_all_words(text, language, *filters),
            self._of_some_words(codes.rest, language, *filters),
        ):
            for match in found:
                matches.setdefault(match.iri, match)
        return list(matches.values())[:limit]

    def _of_codes(self, codes: Codes, kinds: set[str], facets: dict[str, str]) -> Iterator[Match]:
        for code in codes.found:
            for each in self._corpus.texts:
                entity = self._corpus.entities[each.iri]
                if each.field == "code" and each.text == code and self._passes(each.iri, kinds, facets):
                    matched = ((each.language, each.field, each.text),)
                    yield Match(each.iri, entity.kind, WEIGHTS["code"], matched, entity.labels, not codes.rest)

    def _of_all_words(self, text: str, language: str, kinds: set[str], facets: dict[str, str]) -> list[Match]:
        """The entities with a text that has every word, the best first."""
        found: dict[str, dict[int, float]] = {}
        for each in ("", *([language] if language else LANGUAGES)):
            stems = [self._nearest(stem, each) for stem in self._words.stems(text, each)]
            if stems and "" not in stems:
                for number, rank in self._rows(" ".join(map(_prefix_of, stems))):
                    indexed = self._corpus.texts[number]
                    if indexed.language == each:
                        score = WEIGHTS[indexed.field] * (1.0 - rank)
                        hits = found.setdefault(indexed.iri, {})
                        hits[number] = max(score, hits.get(number, 0.0))
        matches = (self._match(iri, hits, text) for iri, hits in found.items() if self._passes(iri, kinds, facets))
        return sorted(matches, key=lambda match: (-match.score, match.kind, match.iri))

    def _of_some_words(self, text: str, language: str, kinds: set[str], facets: dict[str, str]) -> list[Match]:
        """The entities whose texts have some of the words: those with the largest part of the words, by rarity, first.

        A word in a label counts for more than one in a text.
        """
        best: dict[str, Match] = {}
        for each in [language] if language else LANGUAGES:
            for iri, (share, hits) in self._covered(text, each).items():
                if self._passes(iri, kinds, facets) and (iri not in best or share > best[iri].score):
                    best[iri] = replace(self._match(iri, hits, text), score=round(share, 3), whole=False)
        return sorted(best.values(), key=lambda match: (-match.score, match.kind, match.iri))

    def _covered(self, text: str, language: str) -> dict[str, tuple[float, dict[int, float]]]:
        # By IRI: the share of the words' weight that the texts of the entity have, and these texts.
        texts = self._corpus.texts
        shares: dict[str, float] = defaultdict(float)
        hits: dict[str, dict[int, float]] = defaultdict(dict)
        total = 0.0
        for stem in dict.fromkeys(stem for _, stem in self._words.content_words(text, language)):
            known = self._nearest(stem, language)
            # A short word is a part of too many others.
            rows = self._rows(_prefix_of(known)) if len(known) >= SHORTEST_PART else []
            found: dict[str, float] = {}
            for number, _ in rows:
                indexed = texts[number]
                if indexed.language == language:
                    weight = PARTIAL_WEIGHTS.get(indexed.field, 1.0)
                    hits[indexed.iri][number] = hits[indexed.iri].get(number, 0.0) + weight
                    found[indexed.iri] = max(weight, found.get(indexed.iri, 0.0))
            rarity = math.log(1 + len(self._corpus.entities) / max(len(found), 1))
            total += rarity
            for iri, weight in found.items():
                shares[iri] += weight * rarity
        return {iri: (share / total, hits[iri]) for iri, share in shares.items()}

    def suggest(self, text: str, language: str = "", kinds: Iterable[str] = (), limit: int = 10) -> list[Match]:
        """The entities with a label whose words begin like those of a text, the best first."""
        matches = self.search(text, language, kinds, limit=limit * 5)
        named = (match for match in matches if match.whole and any(field != "text" for _, field, _ in match.matched))
        return list(named)[:limit]

    def _rows(self, query: str) -> list[tuple[int, float]]:
        """The numbers of the texts that a query of FTS5 finds, with their ranks (lower is better)."""
        with self._lock:
            return self._database.execute(
                "SELECT rowid, bm25(texts) FROM texts WHERE texts MATCH ? ORDER BY bm25(texts) LIMIT 1000", (query,)
            ).fetchall()

    def _nearest(self, stem: str, language: str) -> str:
        known = self._known[language]
        if stem in known or any(word.startswith(stem) for word in known):
            return stem
        typos = next((allowed for length, allowed in TYPOS_BY_LENGTH if len(stem) <= length), MAX_TYPOS)
        if not typos or not language:
            return ""
        near = process.extractOne(stem, known, scorer=DamerauLevenshtein.distance, score_cutoff=typos)
        return near[0] if near else ""

    def _passes(self, iri: str, kinds: set[str], facets: dict[str, str]) -> bool:
        return (not kinds or self._corpus.entities[iri].kind in kinds) and self._has(iri, facets)

    def _has(self, iri: str, facets: dict[str, str]) -> bool:
        return all(_is_among(value, self._corpus.entities[iri].facets[facet]) for facet, value in facets.items())

    def _match(self, iri: str, hits: dict[int, float], text: str) -> Match:
        entity, spelled = self._corpus.entities[iri], normalize(text)
        ranked = sorted(hits.items(), key=lambda item: -self._exactness(item[0], spelled) * item[1])
        best = ranked[0][1] * self._exactness(ranked[0][0], spelled)
        texts = (self._corpus.texts[number] for number, _ in ranked[:5])
        matched = tuple((each.language, each.field, each.text) for each in texts)
        return Match(iri, entity.kind, round(best, 3), matched, entity.labels)

    def _exactness(self, number: int, spelled: str) -> float:
        text = normalize(self._corpus.texts[number].text)
        return 4.0 if text == spelled else 2.0 if text.startswith(spelled) else 1.0


def _prefix_of(stem: str) -> str:
    # One letter matches the beginning of too many words.
    return f'"{stem}"{"*" if len(stem) > 1 else ""}'


def _is_among(iri: str, named: frozenset[str]) -> bool:
    # An entity that supports a target supports its SDG; no other IRI of a filter has a dot.
    return iri in named or any(each.startswith(f"{iri}.") for each in named)
