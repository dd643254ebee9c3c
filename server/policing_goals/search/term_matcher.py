"""Matches terms to concepts, for reconciliation.

Unlike in a search, the whole term is compared: words that a label does not have lower its score, rare words count for
more than frequent ones, and a word may have typing errors. A term of several words is also compared with the texts of
a concept, for titles and sentences.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from policing_goals.languages import LANGUAGES
from policing_goals.model.facets import FACETS
from policing_goals.search.analysis import Analyzer
from policing_goals.search.codes import read_codes
from policing_goals.search.corpus import Corpus

# The weight of a match by field of the label.
LABELS = {"label": 1.0, "other": 1.0, "hidden": 0.98, "mapped": 0.85}
MAX_CHARACTERS = 400
CACHED_WORDS = 10_000
# Of two with the same score, the element comes first: its text has the words together.
FACET_KINDS = frozenset(facet.kind for facet in FACETS)
# Words that nearly every label could have.
COMMON_WORDS = {
    "en": "crime crimes criminal criminals offence offences offense acts",
    "fr": "crime criminalité criminel infraction délit délits actes",
    "es": "delito delitos delincuencia crimen delictivo delictivos actos",
    "ar": "جريمة جرائم إجرام الإجرام إجرامي",
}


@dataclass(frozen=True)
class Scoring:
    """The constants of the score, which is from 0 to 100.

    min_score: candidates below it are dropped; certain_score, min_lead: the first candidate is certain from this score,
    if it is so far ahead of the next; min_words, min_shared_words: a term needs so many words to be compared with
    texts, and so many in common; text_score, coverage_exponent: the score of a text is
    text_score * coverage ** coverage_exponent, so that a part of the words is never certain; whole_text_score,
    min_whole_words, whole_coverage: the score of a text that has the whole term, or nearly, if it is so many words;
    min_typo_length, two_typos_length: words of so many letters may have one typing error, or two; max_common_weight: of
    COMMON_WORDS; code_scores: of what a code stands for, first and second.
    """

    min_score: float = 60.0
    certain_score: float = 90.0
    min_lead: float = 10.0
    min_words: int = 3
    min_shared_words: int = 2
    text_score: float = 86.0
    whole_text_score: float = 92.0
    min_whole_words: int = 4
    whole_coverage: float = 0.97
    coverage_exponent: float = 0.8
    min_typo_length: int = 5
    two_typos_length: int = 8
    max_common_weight: float = 1.2
    code_scores: tuple[float, ...] = (100.0, 85.0)


SCORING = Scoring()


@dataclass(frozen=True)
class Candidate:
    """A concept that a term may mean: IRI, score from 0 to 100, and whether it is certain.

    language and text: of the label that matched; text is empty for a match of texts, language is empty for a code;
    hidden: whether that label is a hidden label, which may be narrower than the concept.
    """

    iri: str
    score: float
    certain: bool
    language: str
    text: str
    hidden: bool = False


@dataclass(frozen=True)
class _Label:
    iri: str
    text: str
    field_weight: float
    hidden: bool
    stems: frozenset[str]


class _TermIndex:
    """The labels and texts of one language, by stem."""

    def __init__(self, language: str, corpus: Corpus, words: Analyzer) -> None:
        self.language, self._words = language, words
        self._surfaces: dict[str, str] = {}
        self.labels: list[_Label] = []
        self.described: dict[str, set[str]] = defaultdict(set)
        self._read(corpus)
        self.weights = self._weigh(words)
        self.unknown = math.log(1 + len(self.described))
        self.by_stem: dict[str, list[_Label]] = defaultdict(list)
        self.entities_by_stem: dict[str, list[str]] = defaultdict(list)
        for label in self.labels:
            for stem in label.stems:
                self.by_stem[stem].append(label)
        for iri, stems in self.described.items():
            for stem in stems:
                self.entities_by_stem[stem].append(iri)
        # Typing errors are rare in the first letter.
        self._spelled: dict[str, list[str]] = defaultdict(list)
        for surface in self._surfaces:
            self._spelled[surface[0]].append(surface)
        self.known = lru_cache(CACHED_WORDS)(self._known)

    def _read(self, corpus: Corpus) -> None:
        for text in corpus.texts:
            if text.language == self.language:
                pairs = list(self._words.content_words(text.text, self.language))
                self._surfaces.update(pair for pair in pairs if len(pair[0]) >= SCORING.min_typo_length)
                stems = frozenset(stem for _, stem in pairs)
                self.described[text.iri] |= stems
                if text.field in LABELS and stems:
                    self.labels.append(_Label(text.iri, text.text, LABELS[text.field], text.field == "hidden", stems))
        # An entity may have the same label by two properties.
        self.labels = list(dict.fromkeys(self.labels))
        # The preferred labels of its facets also describe a sentence.
        named: dict[str, set[str]] = defaultdict(set)
        for text in corpus.texts:
            if text.language == self.language and text.field == "label":
                named[text.iri].update(stem for _, stem in self._words.content_words(text.text, self.language))
        for iri, entity in corpus.entities.items():
            for concepts in entity.facets.values():
                self.described[iri].update(*(named[each] for each in concepts))

    def _weigh(self, words: Analyzer) -> dict[str, float]:
        counted = Counter(stem for stems in self.described.values() for stem in stems)
        weights = {stem: math.log(1 + len(self.described) / number) for stem, number in counted.items()}
        common = set(words.stems(COMMON_WORDS[self.language], self.language))
        return weights | {
            stem: min(weights.get(stem, SCORING.max_common_weight), SCORING.max_common_weight) for stem in common
        }

    def _known(self, word: str, stem: str) -> tuple[str, float]:
        """The known stem nearest to a word, empty if there is none, and their likeness from 0 to 1."""
        if stem in self.weights:
            return stem, 1.0
        if len(word) < SCORING.min_typo_length:
            return "", 0.0
        typos = 1 if len(word) < SCORING.two_typos_length else 2
        near = process.extractOne(
            word, self._spelled.get(word[0], ()), scorer=DamerauLevenshtein.distance, score_cutoff=typos
        )
        if near is None:
            return "", 0.0
        return self._surfaces[near[0]], 1.0 - near[1] / len(word)

    def read(self, term: str) -> tuple[dict[str, float], float, int]:
        """The known stems of a term with their likeness, the weight of all its words, and how many words it has."""
        pairs = list(dict.fromkeys(self._words.content_words(term, self.language)))
        if len(pairs) == 2:
            pairs = self._joined(pairs)
        likeness: dict[str, float] = {}
        weight = 0.0
        for word, stem in pairs:
            known, like = self.known(word, stem)
            weight += self.weights[known] if known else self.unknown
            if known:
                likeness[known] = max(like, likeness.get(known, 0.0))
        return likeness, weight, len(pairs)

    def _joined(self, pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        # For compounds written as two words, such as “cyber crime”.
        word = pairs[0][0] + pairs[1][0]
        (stem,) = self._words.stems(word, self.language) or ("",)
        return [(word, stem)] if self.known(word, stem)[0] else pairs


class Matcher:
    """Matches terms to the entities of a corpus; thread-safe."""

    def __init__(self, corpus: Corpus, words: Analyzer) -> None:
        self._corpus = corpus
        self._codes = {text.text.casefold(): text.iri for text in corpus.texts if text.field == "code"}
        self._lexicons = {language: _TermIndex(language, corpus, words) for language in LANGUAGES}

    def match(self, term: str, language: str = "", kinds: Iterable[str] = (), limit: int = 5) -> list[Candidate]:
        """The candidates for a term, the best first; empty if none is likely.

        language: of the term, any of the four if empty; kinds: of KINDS, all if empty.
        """
        term, wanted = term[:MAX_CHARACTERS].strip(), frozenset(kinds)
        best: dict[str, Candidate] = {}
        for found in self._found(term, [language] if language else list(LANGUAGES)):
            if found.score >= SCORING.min_score and found.score > (best[found.iri].score if found.iri in best else 0.0):
                best[found.iri] = found
        ranked = sorted(
            (each for each in best.values() if not wanted or self._corpus.entities[each.iri].kind in wanted),
            key=lambda each: (-each.score, self._corpus.entities[each.iri].kind in FACET_KINDS, each.iri),
        )
        return _with_certainty(ranked)[:limit]

    def _found(self, term: str, languages: list[str]) -> Iterator[Candidate]:
        yield from self._coded(term)
        for language in languages:
            lexicon = self._lexicons[language]
            likeness, weight, words = lexicon.read(term)
            yield from _named(lexicon, likeness, weight)
            if words >= SCORING.min_words:
                yield from _described(lexicon, likeness, weight)

    def _coded(self, term: str) -> Iterator[Candidate]:
        # A number may stand for a goal of INTERPOL and for one of the UN: INTERPOL's comes first.
        whole = self._codes.get(term.casefold())
        codes = read_codes(term)
        for code, score in zip((term,) if whole else codes.found, SCORING.code_scores, strict=False):
            iri = self._codes.get(code.casefold())
            if iri and (whole or not codes.rest or self._describes(iri, codes.rest)):
                yield Candidate(iri, score, False, "", code)

    def _describes(self, iri: str, words: str) -> bool:
        # Whether the texts of an entity have every word, in one language.
        return any(
            known and number == len(known) and known.keys() <= lexicon.described.get(iri, set())
            for lexicon in self._lexicons.values()
            for known, _, number in (lexicon.read(words),)
        )


def _named(lexicon: _TermIndex, likeness: dict[str, float], weight: float) -> Iterator[Candidate]:
    # Twice the weight in common by the sum of both weights (Dice's coefficient).
    shared: dict[_Label, float] = defaultdict(float)
    for stem, like in likeness.items():
        for label in lexicon.by_stem[stem]:
            shared[label] += like * lexicon.weights[stem]
    for label, common in shared.items():
        both = weight + sum(lexicon.weights[stem] for stem in label.stems)
        score = round(200 * label.field_weight * common / both, 1)
        yield Candidate(label.iri, score, False, lexicon.language, label.text, label.hidden)


def _described(lexicon: _TermIndex, likeness: dict[str, float], weight: float) -> Iterator[Candidate]:
    # Coverage: the share of the term, by weight, that the texts contain.
    shared: dict[str, float] = defaultdict(float)
    numbers: Counter[str] = Counter()
    for stem, like in likeness.items():
        for iri in lexicon.entities_by_stem[stem]:
            shared[iri] += like * lexicon.weights[stem]
            numbers[iri] += 1
    for iri, common in shared.items():
        if numbers[iri] >= SCORING.min_shared_words:
            coverage = common / weight
            score = SCORING.text_score * coverage**SCORING.coverage_exponent
            if coverage > SCORING.whole_coverage and numbers[iri] >= SCORING.min_whole_words:
                score = SCORING.whole_text_score
            yield Candidate(iri, round(score, 1), False, lexicon.language, "")


def _with_certainty(ranked: list[Candidate]) -> list[Candidate]:
    if not ranked:
        return []
    first, rest = ranked[0], ranked[1:]
    certain = (
        first.score >= SCORING.certain_score
        and not first.hidden
        and (not rest or first.score - rest[0].score >= SCORING.min_lead)
    )
    return [replace(first, certain=certain), *rest]
