"""Matching other people's terms to our concepts: changes when a candidate is scored otherwise.

Unlike a search, a term is compared whole: what it says beyond a label counts against it, rare words count for more
than frequent ones, and a word may be mistyped. A term of several words is also compared with all that is said of a
concept, for titles and sentences.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

from policing_goals.search.analysis import Analyzer
from policing_goals.search.corpus import Corpus
from policing_goals.vocabulary import LANGUAGES

# How much an agreement with each kind of label says; a description never says that two things are the same.
LABELS = {"label": 1.0, "other": 1.0, "hidden": 0.98, "mapped": 0.85}
DESCRIBED, MOST_DESCRIBED, BEND, FEWEST_WORDS, FEWEST_SHARED = 90.0, 80.0, 0.75, 3, 2
# Below it a candidate is no candidate; from it, and so far ahead of the next, the match is certain enough.
LEAST, CERTAIN, AHEAD = 55.0, 90.0, 10.0
LONGEST = 400
REMEMBERED = 10_000
# Shorter words have too many neighbours; from the second length on two letters may be mistaken.
TYPED, LONG = 5, 8
# Words that nearly every label here could have.
COMMON = {
    "en": "crime crimes criminal criminals offence offences offense acts",
    "fr": "crime criminalité criminel infraction délit délits actes",
    "es": "delito delitos delincuencia crimen delictivo delictivos actos",
    "ar": "جريمة جرائم إجرام الإجرام إجرامي",
}
COMMON_WEIGHT = 1.2


@dataclass(frozen=True)
class Candidate:
    """A concept that a term may mean: IRI, score from 0 to 100, whether it is certain, and what agreed.

    language and text: of the label that agreed, both empty for a code; text is empty for a description;
    hidden: whether that label is hidden, which may be one of something narrower, such as theft.
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
    worth: float
    hidden: bool
    stems: frozenset[str]


class _TermIndex:
    """The labels and descriptions of one language, by the stems that are in them."""

    def __init__(self, language: str, corpus: Corpus, words: Analyzer) -> None:
        self.language, self._words = language, words
        self._surfaces: dict[str, str] = {}
        self.labels: list[_Label] = []
        self.described: dict[str, set[str]] = defaultdict(set)
        self._read(corpus)
        self.weights = self._weigh(words)
        self.unknown = math.log(1 + len(self.described))
        self.by_stem: dict[str, list[_Label]] = defaultdict(list)
        self.things_by_stem: dict[str, list[str]] = defaultdict(list)
        for label in self.labels:
            for stem in label.stems:
                self.by_stem[stem].append(label)
        for iri, stems in self.described.items():
            for stem in stems:
                self.things_by_stem[stem].append(iri)
        # Who mistypes seldom mistypes the first letter.
        self._spelled: dict[str, list[str]] = defaultdict(list)
        for surface in self._surfaces:
            self._spelled[surface[0]].append(surface)
        self.known = lru_cache(REMEMBERED)(self._known)

    def _read(self, corpus: Corpus) -> None:
        for text in corpus.texts:
            if text.language == self.language:
                pairs = list(self._words.content_words(text.text, self.language))
                self._surfaces.update(pair for pair in pairs if len(pair[0]) >= TYPED)
                stems = frozenset(stem for _, stem in pairs)
                self.described[text.iri] |= stems
                if text.field in LABELS and stems:
                    self.labels.append(_Label(text.iri, text.text, LABELS[text.field], text.field == "hidden", stems))
        # A thing may have one label by two properties.
        self.labels = list(dict.fromkeys(self.labels))
        # A sentence is also described by what its facets are called.
        named: dict[str, set[str]] = defaultdict(set)
        for label in self.labels:
            named[label.iri] |= label.stems
        for iri, thing in corpus.entities.items():
            for leads in thing.facets.values():
                self.described[iri].update(*(named[each] for each in leads))

    def _weigh(self, words: Analyzer) -> dict[str, float]:
        counted = Counter(stem for stems in self.described.values() for stem in stems)
        weights = {stem: math.log(1 + len(self.described) / number) for stem, number in counted.items()}
        common = set(words.stems(COMMON[self.language], self.language))
        return weights | {stem: min(weights.get(stem, COMMON_WEIGHT), COMMON_WEIGHT) for stem in common}

    def _known(self, word: str, stem: str) -> tuple[str, float]:
        """The stem that a word was meant to have, empty if there is none, and how like it the word is, from 0 to 1."""
        if stem in self.weights:
            return stem, 1.0
        if len(word) < TYPED:
            return "", 0.0
        mistakes = 1 if len(word) < LONG else 2
        near = process.extractOne(
            word, self._spelled.get(word[0], ()), scorer=DamerauLevenshtein.distance, score_cutoff=mistakes
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
        # Many write “cyber crime” for cybercrime.
        word = pairs[0][0] + pairs[1][0]
        (stem,) = self._words.stems(word, self.language) or ("",)
        return [(word, stem)] if self.known(word, stem)[0] else pairs


class Matcher:
    """Matches terms to the things of a corpus; may be asked from any thread."""

    def __init__(self, corpus: Corpus, words: Analyzer) -> None:
        self._corpus = corpus
        self._codes = {text.text.casefold(): text.iri for text in corpus.texts if text.field == "code"}
        self._lexicons = {language: _TermIndex(language, corpus, words) for language in LANGUAGES}

    def match(
        self,
        term: str,
        language: str = "",
        kinds: Iterable[str] = (),
        limit: int = 5,
        only: frozenset[str] | None = None,
    ) -> list[Candidate]:
        """What a term may mean, the likeliest first; nothing if nothing is likely.

        language: of the term, any of the four if it is empty; kinds: of KINDS, all if there is none; only: IRIs that
        it must be one of.
        """
        term, wanted = term[:LONGEST].strip(), frozenset(kinds)
        best: dict[str, Candidate] = {}
        for found in self._found(term, [language] if language else list(LANGUAGES)):
            if found.score >= LEAST and found.score > (best[found.iri].score if found.iri in best else 0.0):
                best[found.iri] = found
        ranked = sorted(
            (each for each in best.values() if not wanted or self._corpus.entities[each.iri].kind in wanted),
            key=lambda each: (-each.score, each.iri),
        )
        ranked = [each for each in ranked if only is None or each.iri in only]
        return _with_certainty(ranked)[:limit]

    def _found(self, term: str, languages: list[str]) -> Iterator[Candidate]:
        code = self._codes.get(term.casefold())
        if code:
            yield Candidate(code, 100.0, False, "", term)
        for language in languages:
            lexicon = self._lexicons[language]
            likeness, weight, words = lexicon.read(term)
            yield from _named(lexicon, likeness, weight)
            if words >= FEWEST_WORDS:
                yield from _described(lexicon, likeness, weight)


def _named(lexicon: _TermIndex, likeness: dict[str, float], weight: float) -> Iterator[Candidate]:
    # The share of what both say in all that both say, by weight (Dice's coefficient).
    shared: dict[_Label, float] = defaultdict(float)
    for stem, like in likeness.items():
        for label in lexicon.by_stem[stem]:
            shared[label] += like * lexicon.weights[stem]
    for label, common in shared.items():
        both = weight + sum(lexicon.weights[stem] for stem in label.stems)
        score = round(200 * label.worth * common / both, 1)
        yield Candidate(label.iri, score, False, lexicon.language, label.text, label.hidden)


def _described(lexicon: _TermIndex, likeness: dict[str, float], weight: float) -> Iterator[Candidate]:
    # How much of what the term says is said of the thing.
    shared: dict[str, float] = defaultdict(float)
    numbers: Counter[str] = Counter()
    for stem, like in likeness.items():
        for iri in lexicon.things_by_stem[stem]:
            shared[iri] += like * lexicon.weights[stem]
            numbers[iri] += 1
    for iri, common in shared.items():
        if numbers[iri] >= FEWEST_SHARED:
            score = min(DESCRIBED * (common / weight) ** BEND, MOST_DESCRIBED)
            yield Candidate(iri, round(score, 1), False, lexicon.language, "")


def _with_certainty(ranked: list[Candidate]) -> list[Candidate]:
    if not ranked:
        return []
    first, rest = ranked[0], ranked[1:]
    certain = first.score >= CERTAIN and not first.hidden and (not rest or first.score - rest[0].score >= AHEAD)
    return [replace(first, certain=certain), *rest]
