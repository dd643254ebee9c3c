"""Compare the quoted text with its source, byte for byte.

data/source/*.txt is INTERPOL's text. Goals are its headings in capitals, themes its headings with a Roman numeral,
objectives and commitments its bullets.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import DefaultGraph, Literal, NamedNode, Store

from policing_goals.builder.sources import Sources
from policing_goals.errors import SourceError
from policing_goals.vocabulary import GPG, GPGO, RDF_TYPE

SOURCE = "data/source/interpol-global-policing-goals-2023-fr.txt"
SOURCES_TTL = "data/sources.ttl"
ORGANISATION_TTL = "data/organisation.ttl"
QUOTATION = NamedNode("https://schema.org/Quotation")
CHECKSUM = NamedNode("http://spdx.org/rdf/terms#checksumValue")
FIRST_HEADING = "PERMETTRE À LA COMMUNAUTÉ MONDIALE"
NOT_A_GOAL = ("THÈMES FONDAMENTAUX", "OBJECTIFS", "INTERPOL", "ONU ", "@")


@dataclass(frozen=True)
class Quotation:
    """A heading or bullet of the source: its line (from one), kind, number (such as "3.2") and exact text."""

    line: int
    kind: str
    number: str
    text: str


def quotations(text: str) -> Iterator[Quotation]:
    """Every goal, objective, theme and commitment of the source text, in its order.

    kind: goal, objective, theme or commitment; number: of the element, in the order of the text ("2", "2.5").
    """
    counts = {"goal": 0, "theme": 0}
    parent, bullets, begun = "goal", 0, False
    for line_number, line in enumerate(text.split("\n"), start=1):
        begun = begun or line.startswith(FIRST_HEADING)
        theme = re.fullmatch(r"[IV]+\. (.+)", line)
        if not begun:
            continue
        if line.startswith("- "):
            bullets += 1
            kind = {"goal": "objective", "theme": "commitment"}[parent]
            yield Quotation(line_number, kind, f"{counts[parent]}.{bullets}", line.removeprefix("- "))
        elif theme or (line.isupper() and not line.startswith(NOT_A_GOAL)):
            parent, bullets = ("theme" if theme else "goal"), 0
            counts[parent] += 1
            yield Quotation(line_number, parent, str(counts[parent]), theme[1] if theme else line)


def check_quotations(sources: Sources, store: Store) -> None:
    """Compare the source file with its recorded SHA-256, and every heading, bullet and quoted sentence with the graph.

    Raises SourceError, with the line of the source and the element, for text that is missing or not exact.
    """
    text = sources.read(SOURCE)
    digest = hashlib.sha256(text.encode()).hexdigest()
    recorded = {
        quad.object.value for quad in store.quads_for_pattern(None, CHECKSUM, None) if hasattr(quad.object, "value")
    }
    if digest not in recorded:
        problem = f"the SHA-256 is {digest}, which {SOURCES_TTL} does not record."
        raise SourceError(SOURCE, problem, "Restore the file; the quoted source never changes.")
    for quotation in quotations(text):
        _check(quotation, store)
    _check_sentences(text, store)


def _check_sentences(text: str, store: Store) -> None:
    for quad in store.quads_for_pattern(None, NamedNode(RDF_TYPE), QUOTATION, DefaultGraph()):
        for words in store.quads_for_pattern(quad.subject, NamedNode(GPGO + "words"), None, DefaultGraph()):
            quoted = str(getattr(words.object, "value", ""))
            if quoted not in text:
                problem = f"{quad.subject} is not quoted exactly: {quoted!r}."
                raise SourceError(ORGANISATION_TTL, problem, f"Repeat the sentence of {SOURCE} word for word.")


def _check(quotation: Quotation, store: Store) -> None:
    name = f"{quotation.kind}-{quotation.number}"
    node = NamedNode(GPG + name)
    text = Literal(quotation.text, language="fr")
    found = {quad.object for quad in store.quads_for_pattern(node, NamedNode(GPGO + "officialText"), None)}
    if found != {text}:
        home = "data/goals.ttl" if quotation.kind in ("goal", "objective") else "data/themes.ttl"
        problem = f"gpg:{name} does not quote line {quotation.line} of {SOURCE} exactly."
        raise SourceError(home, problem, f"Its gpgo:officialText must be: {quotation.text}")
