"""Text analysis for search: words without case, accents and Arabic vowels, and their Snowball stems."""

import re
import threading
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Protocol

import Stemmer

from policing_goals.languages import LANGUAGES

SNOWBALL = {"en": "english", "fr": "french", "es": "spanish", "ar": "arabic"}
CACHED_STEMS = 20_000
# Signs that Arabic may leave out.
OPTIONAL_SIGNS = re.compile("[\u0640\u064b-\u0652\u0670]")
# A final teh marbuta is often typed as heh, and alef maksura as yeh.
FINAL_HEH = re.compile("\u0647\\b")
# The Arabic article, with a conjunction or preposition written before it.
ARTICLE = re.compile("^[\u0648\u0641]?(?:[\u0628\u0643]?\u0627\u0644|\u0644\u0644)")
SHORTEST_BARE = 3
WORD = re.compile(r"[\w.]+")
STOP_WORDS = {
    "en": "a an and are as at be by for from in into is it its of on or that the their them they this to who with",
    "fr": "a au aux avec ce ces d dans de des du en est et il ils l la le les leur leurs ou par pour qu que qui s sa se"
    " ses son sur un une",
    "es": "a al con de del e el en es la las lo los o para por que se sobre su sus un una y",
    "ar": "من في على إلى عن مع و أو ال التي الذي ما هذا هذه ذلك بين",
}


class SnowballStemmer(Protocol):
    """The part of a Snowball stemmer that is used here."""

    def stemWord(self, word: str) -> str:  # noqa: N802  # its name there
        """The stem of a word."""


class Analyzer:
    """Splits texts into words and stems; thread-safe.

    known: stems computed before, by language (empty for none) and word.
    """

    def __init__(self, known: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._known = {language: dict((known or {}).get(language, {})) for language in ("", *LANGUAGES)}
        stemmers: dict[str, SnowballStemmer] = {each: Stemmer.Stemmer(name) for each, name in SNOWBALL.items()}
        self._stem = lru_cache(CACHED_STEMS)(lambda word, language: _stem(stemmers, word, language))
        self._lock = threading.Lock()
        self._empty = {language: frozenset(self.stems(text, language)) for language, text in STOP_WORDS.items()}

    def add(self, text: str, language: str) -> None:
        """Compute the stems of a text's words, and of the same words without accents, as people may type them."""
        words = {*_words(text), *_words(strip_accents(normalize(text)))}
        self._known[language].update({word: self._stem_of(word, language) for word in words})

    def known(self) -> dict[str, dict[str, str]]:
        """All stems computed, by language and word."""
        return {language: dict(stems) for language, stems in self._known.items()}

    def stems(self, text: str, language: str) -> list[str]:
        """The stems of a text's words, in order; without a language, the words themselves without accents."""
        return [self._stem_of(word, language) for word in _words(text)]

    def content_words(self, text: str, language: str) -> Iterator[tuple[str, str]]:
        """Each word of a text that is not a stop word, without accents, and its stem."""
        for word in _words(text):
            stem = self._stem_of(word, language)
            if stem and stem not in self._empty[language]:
                yield strip_accents(word), stem

    def _stem_of(self, word: str, language: str) -> str:
        known = self._known[language].get(word)
        if known is not None:
            return known
        with self._lock:
            # A stemmer is not thread-safe: it stores the word that it works on.
            return self._stem(word, language)


def normalize(text: str) -> str:
    """A text in one spelling: case-folded, no Arabic vowels, and a space for each apostrophe."""
    text = OPTIONAL_SIGNS.sub("", unicodedata.normalize("NFC", text).casefold()).replace("’", "'").replace("'", " ")
    return FINAL_HEH.sub("\u0629", text).replace("\u0649", "\u064a")


def strip_accents(word: str) -> str:
    """A word without accents."""
    return "".join(each for each in unicodedata.normalize("NFD", word) if not unicodedata.combining(each))


def _words(text: str) -> list[str]:
    return [word for word in (match.strip(".") for match in WORD.findall(normalize(text))) if word]


def _stem(stemmers: dict[str, SnowballStemmer], word: str, language: str) -> str:
    if language == "ar":
        # The stemmer takes other endings off a word with its article than off one without.
        bare = ARTICLE.sub("", word)
        word = f"\u0627\u0644{bare}" if len(bare) >= SHORTEST_BARE else word
    return strip_accents(stemmers[language].stemWord(word) if language in stemmers else word)
