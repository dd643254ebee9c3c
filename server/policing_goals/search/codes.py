"""Codes and numbers as people write them, such as “SDG 16”, “goal 6” or “objective 6.2”, in four languages."""

import re
from collections.abc import Callable
from typing import NamedTuple

from policing_goals.search.analysis import normalize, strip_accents

ROMAN = ("I", "II", "III", "IV", "V")
ONE, TWO = r"([0-9]{1,2})", r"([0-9]{1,2})\.([0-9]{1,2}|[a-d])"
# Without accents, as the text is when it is read.
SDG = r"(?:sdgs?|odd|ods|(?:هدف|اهداف) التنمية المستدامة)"
TARGET = r"(?:targets?|cible|meta|غاية|الغاية)"
# GPG is short for Global Policing Goal.
GOAL = r"(?:goal|gpg(?: goal)?|objectif|objetivo|هدف|الهدف)"
OBJECTIVE = rf"(?:objective|{GOAL}(?: particulier| especifico| محدد)?)"
THEME = r"(?:theme|tema|موضوع|الموضوع)"
COMMITMENT = r"(?:commitment|engagement|compromiso|التزام|الالتزام)"


class Codes(NamedTuple):
    """The codes in a text, as the graph writes them, and the rest of the text."""

    found: tuple[str, ...]
    rest: str


def _theme(number: str) -> str:
    return f"T-{ROMAN[int(number) - 1]}" if 1 <= int(number) <= len(ROMAN) else ""


# Patterns, and the codes that their numbers stand for; of two that fit, the first holds. INTERPOL's goals and the UN's
# are both called goals, so their number stands for both, INTERPOL's first.
READERS: tuple[tuple[str, Callable[..., tuple[str, ...]]], ...] = (
    (rf"{SDG} ?(?:{TARGET} )?{TWO}", lambda first, second: (f"{first}.{second}",)),
    (rf"{TARGET} ?{TWO}", lambda first, second: (f"{first}.{second}",)),
    (rf"{SDG} ?{ONE}", lambda number: (number,)),
    (rf"{OBJECTIVE} ?{TWO}", lambda first, second: (f"G{first}.{second}",)),
    (rf"{COMMITMENT} ?{TWO}", lambda first, second: (f"{_theme(first)}.{second}",)),
    (rf"{GOAL} ?{ONE}", lambda number: (f"G{number}", number)),
    (rf"{THEME} ?{ONE}", lambda number: (_theme(number),)),
    (TWO, lambda first, second: (f"G{first}.{second}", f"{first}.{second}")),
)


def read_codes(text: str) -> Codes:
    """The codes that a text names, the first pattern that fits alone, and the text without it."""
    plain = strip_accents(normalize(text))
    for pattern, codes in READERS:
        match = re.search(rf"(?<![\w.]){pattern}(?![\w.])", plain)
        if match:
            return Codes(codes(*match.groups()), f"{plain[: match.start()]} {plain[match.end() :]}".strip())
    return Codes((), text)
