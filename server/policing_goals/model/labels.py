"""Which of an entity's labels a reader sees."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Quad, Triple

from policing_goals.languages import FALLBACK
from policing_goals.model.prefixes import Prefixes
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


def labels_in(statements: Iterable[Triple | Quad], prefixes: Prefixes) -> dict[NamedNode, dict[str, str]]:
    """One label for each language of every node that has a label among statements."""
    names = {prefixes.expand(name): name for name in LABELS}
    found: dict[NamedNode, list[tuple[str, str, str]]] = {}
    for each in statements:
        name, node, text = names.get(each.predicate), each.subject, each.object
        if name and isinstance(node, NamedNode) and isinstance(text, Literal):
            found.setdefault(node, []).append((name, text.language or "", text.value))
    return {node: labels_by_language(labels) for node, labels in found.items()}


def localize(texts: Mapping[str, str], language: str) -> LocalizedText | None:
    """The text for a reader of a language: in that language, else in the first of FALLBACK that has one, else None.

    texts: by language tag.
    """
    chosen = next((each for each in (language, *FALLBACK) if each in texts), None)
    return None if chosen is None else LocalizedText(texts[chosen], chosen)
