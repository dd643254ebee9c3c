"""The two readings of the bullets for SDG links, and what was settled: changes when a reading has another shape."""

import re
from pathlib import Path

from policing_goals.graph.agreement import Agreement
from policing_goals.graph.tables import Row, read_plain_table

READINGS = "data/links/sdg.readings.tsv"
BULLETS = 73
GOALS_AND_TARGETS = 17 + 169
STRENGTHS = ("direct", "indirect")
DROPPED = "dropped"
CONFIDENCE = re.compile(r"0\.[5-9]\d*|1(\.0*)?")
REQUIRED = (
    "subject_id", "object_id", "first_strength", "first_confidence",
    "second_strength", "second_confidence", "settled", "reason",
)  # fmt: skip


def read_readings(root: Path) -> tuple[Row, ...]:
    """The rows of ROOT/data/links/sdg.readings.tsv, each well formed.

    Raises SourceError, with file and line, for a pair that stands twice, a strength or an
    outcome that there is not, a confidence out of range, or a difference without a reason.
    """
    rows = read_plain_table(root, READINGS, REQUIRED)
    seen: set[tuple[str, str]] = set()
    for row in rows:
        pair = row.required("subject_id"), row.required("object_id")
        if pair in seen:
            raise row.fault(f"{pair[0]} and {pair[1]} stand twice.", "Merge the rows.")
        seen.add(pair)
        _check_row(row)
    return rows


def _check_row(row: Row) -> None:
    given = [row.values.get(f"{which}_strength", "") for which in ("first", "second")]
    for which, strength in zip(("first", "second"), given, strict=True):
        confidence = row.values.get(f"{which}_confidence", "")
        if strength not in ("", *STRENGTHS) or bool(strength) != bool(CONFIDENCE.fullmatch(confidence)):
            what = f"the {which} reading is {strength!r} with the confidence {confidence!r}."
            raise row.fault(what, "Write direct or indirect with a confidence from 0.5 to 1, or leave both empty.")
    if not any(given) or row.required("settled") not in (*STRENGTHS, DROPPED):
        raise row.fault("no reading, or an outcome that there is not.", "settled is direct, indirect or dropped.")
    if (given[0] != given[1]) != ("reason" in row.values):
        raise row.fault(
            "a reason is given for an agreement, or none for a difference.", "Say why a difference was settled so."
        )


def check_settled(readings: tuple[Row, ...], links: dict[tuple[str, str], Row]) -> None:
    """Compare what was settled with the links of the bullets, by subject and object.

    Raises SourceError for a settled pair without its link, or a link that was not settled so.
    """
    settled = {(row.values["subject_id"], row.values["object_id"]): row for row in readings}
    for pair, row in settled.items():
        link = links.get(pair)
        strength = link.values.get("ext_strength", "").removeprefix("gpg:strength-") if link else DROPPED
        if strength != row.values["settled"]:
            what = (
                f"{pair[0]} and {pair[1]} were settled as {row.values['settled']}, but the link table has {strength}."
            )
            raise row.fault(what, "Make the two tables agree.")
    for pair, link in links.items():
        bullet = pair[0].startswith(("gpg:objective-", "gpg:commitment-"))
        if bullet and pair not in settled and pair[1] != "sssom:NoTermFound":
            raise link.fault(f"{READINGS} does not say how it was settled.", "Add the pair there.")


def measure(readings: tuple[Row, ...]) -> Agreement:
    """Count the pairs of a bullet with an SDG goal or target in the readings."""
    pairs = [(row.values.get("first_strength"), row.values.get("second_strength")) for row in readings]
    return Agreement(
        first=sum(first is not None for first, _ in pairs),
        second=sum(second is not None for _, second in pairs),
        both=sum(None not in pair for pair in pairs),
        possible=BULLETS * GOALS_AND_TARGETS,
    )


def same_strength(readings: tuple[Row, ...]) -> float:
    """The share, 0 to 1, of the pairs of both readings to which both give the same strength."""
    pairs = [(row.values.get("first_strength"), row.values.get("second_strength")) for row in readings]
    both = [pair for pair in pairs if None not in pair]
    return sum(first == second for first, second in both) / len(both)
