"""How far the two readings of the bullets agree: changes when agreement is measured otherwise.

Cohen's kappa is taken over every pair of a bullet with an SDG goal or target: two
raters, two categories (linked or not). The measurements are computed at build
from data/links/sdg.readings.tsv and stated with the Data Quality Vocabulary (W3C, DQV).
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from server.errors import SourceError
from server.graph.sources import GPG, read_source
from server.prefixes import Prefixes

READINGS = "data/links/sdg.readings.tsv"
BULLETS = 73
GOALS_AND_TARGETS = 17 + 169
XSD = "http://www.w3.org/2001/XMLSchema#"


@dataclass(frozen=True)
class Agreement:
    """Pairs of bullet and target that the first, the second and both readings have; same: both, with one strength."""

    first: int
    second: int
    both: int
    same: int

    def jaccard(self) -> float:
        """Common pairs over all pairs, 0 to 1."""
        return self.both / (self.first + self.second - self.both)

    def kappa(self) -> float:
        """Cohen's kappa over all possible pairs, -1 to 1."""
        total = BULLETS * GOALS_AND_TARGETS
        observed = (total - self.first - self.second + 2 * self.both) / total
        linked, unlinked = self.first * self.second, (total - self.first) * (total - self.second)
        expected = (linked + unlinked) / total**2
        return (observed - expected) / (1 - expected)


def read_agreement(root: Path) -> Agreement:
    """Count the pairs of ROOT/data/links/sdg.readings.tsv; raises SourceError if it is not that table."""
    rows = csv.DictReader(read_source(root, READINGS).splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    if not {"first_strength", "second_strength"} <= set(rows.fieldnames or ()):
        raise SourceError(f"{READINGS}:1", "a column of strengths is missing.", "Restore the line of column names.")
    pairs = [(row["first_strength"], row["second_strength"]) for row in rows]
    return Agreement(
        first=sum(bool(first) for first, _ in pairs),
        second=sum(bool(second) for _, second in pairs),
        both=sum(bool(first and second) for first, second in pairs),
        same=sum(bool(first) and first == second for first, second in pairs),
    )


def agreement_triples(root: Path, prefixes: Prefixes) -> Iterator[Triple]:
    """The measurements of the SDG link set as dqv:QualityMeasurement."""
    agreement = read_agreement(root)
    links = NamedNode(GPG + "links-sdg")
    values = {
        "pairs-first": Literal(agreement.first),
        "pairs-second": Literal(agreement.second),
        "pairs-both": Literal(agreement.both),
        "jaccard": _decimal(agreement.jaccard()),
        "cohens-kappa": _decimal(agreement.kappa()),
        "same-strength": _decimal(agreement.same / agreement.both),
    }
    for name, value in values.items():
        node = NamedNode(f"{GPG}measurement-links-sdg-{name}")
        yield Triple(links, prefixes.expand("dqv:hasQualityMeasurement"), node)
        yield Triple(node, prefixes.expand("rdf:type"), prefixes.expand("dqv:QualityMeasurement"))
        yield Triple(node, prefixes.expand("dqv:computedOn"), links)
        yield Triple(node, prefixes.expand("dqv:isMeasurementOf"), NamedNode(f"{GPG}metric-{name}"))
        yield Triple(node, prefixes.expand("dqv:value"), value)


def _decimal(number: float) -> Literal:
    return Literal(f"{number:.3f}", datatype=NamedNode(XSD + "decimal"))
