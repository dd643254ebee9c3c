"""The words that a rationale relies on: changes when rationales are written otherwise.

A rationale quotes the French words between “ ” in English and « » in French. They
must stand in the official text of an element that the row names as evidence.
"""

import re

from pyoxigraph import Literal

from policing_goals.graph.sources import Assembly
from policing_goals.graph.tables import Row
from policing_goals.vocabulary import GPG, GPGO

OFFICIAL_TEXT = f"{GPGO}officialText"
QUOTED = {"comment": re.compile(r"“([^”]+)”"), "ext_comment_fr": re.compile(r"« ([^»]+) »")}


def official_texts(assembly: Assembly) -> dict[str, str]:
    """The official text of each element, by its CURIE."""
    return {
        "gpg:" + str(getattr(quad.subject, "value", "")).removeprefix(GPG): quad.object.value
        for quad in assembly.quads
        if quad.predicate.value == OFFICIAL_TEXT and isinstance(quad.object, Literal)
    }


def check_rationale(row: Row, texts: dict[str, str]) -> None:
    """Raise SourceError for a row with evidence whose rationales do not quote it, word for word."""
    evidence = row.values.get("ext_evidence", "").split("|")
    known = [texts[name] for name in evidence if name in texts]
    if not known:
        return  # Nothing to quote from; the shapes ask for evidence where it is needed.
    for column, pattern in QUOTED.items():
        quoted = pattern.findall(row.required(column))
        if not quoted:
            what = f"the {column} quotes no words."
            raise row.fault(what, "Quote the French words relied on, between “ ” in English and « » in French.")
        for words in quoted:
            if not any(words in text for text in known):
                what = f"the {column} quotes {words!r}, which {', '.join(evidence)} do not say."
                raise row.fault(what, "Quote the official text exactly, or name the element that says so.")
