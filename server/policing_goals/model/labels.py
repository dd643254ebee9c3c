"""Which of an entity's labels a reader sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policing_goals.languages import FALLBACK
from policing_goals.vocabulary import LABELS


@dataclass(frozen=True)
class LocalizedText:
    """A text and its language tag, which is empty for a text without one."""

    text: str
    language: str


def labels_by_language(labels: Iterable[tuple[str, str, str]]) -> dict[str, str]:
    """One label for each language, by language tag.

    labels: property (a CURIE of LABELS; any other is ignored), language tag and text of each label. Of two labels in
    one language, that of the property earlier in LABELS is taken, then the first in alphabetical order.
    """
    found = sorted((LABELS.index(name), text, language) for name, language, text in labels if name in LABELS)
    return {language: text for _, text, language in reversed(found)}


def localize(texts: Mapping[str, str], language: str) -> LocalizedText | None:
    """The text for a reader of a language: in that language, else in the first of FALLBACK that has one, else None.

    texts: by language tag.
    """
    chosen = next((each for each in (language, *FALLBACK) if each in texts), None)
    return None if chosen is None else LocalizedText(texts[chosen], chosen)
