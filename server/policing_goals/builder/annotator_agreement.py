"""Inter-annotator agreement (Cohen's kappa, Jaccard index), stated in the Data Quality Vocabulary (W3C DQV)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG, XSD


@dataclass(frozen=True)
class Agreement:
    """How many of the possible pairs (an element with a target or concept) each annotator chose, and both chose."""

    first: int
    second: int
    both: int
    possible: int

    def jaccard(self) -> float:
        """The pairs that both chose over those that either chose, 0 to 1."""
        return self.both / (self.first + self.second - self.both)

    def f1(self) -> float:
        """The harmonic mean of precision and recall of one reading against the other (F1), 0 to 1."""
        return 2 * self.both / (self.first + self.second)

    def kappa(self) -> float:
        """Cohen's kappa over all possible pairs, for two raters and two categories (chosen or not), -1 to 1."""
        observed = (self.possible - self.first - self.second + 2 * self.both) / self.possible
        chosen, unchosen = self.first * self.second, (self.possible - self.first) * (self.possible - self.second)
        expected = (chosen + unchosen) / self.possible**2
        return (observed - expected) / (1 - expected)

    def measurements(self) -> dict[str, Literal]:
        """The figures by the name of their metric."""
        return {
            "pairs-first": Literal(self.first),
            "pairs-second": Literal(self.second),
            "pairs-both": Literal(self.both),
            "jaccard": decimal(self.jaccard()),
            "cohens-kappa": decimal(self.kappa()),
            "f1": decimal(self.f1()),
        }


def measurement_triples(
    name: str, computed_on: NamedNode, figures: Mapping[str, Literal], prefixes: Prefixes
) -> Iterator[Triple]:
    """Figures by the name of their metric (gpg:metric-…), as dqv:QualityMeasurement.

    name: what the IRIs of the measurements begin with; computed_on: what was measured.
    """
    for metric, value in figures.items():
        node = NamedNode(f"{GPG}measurement-{name}-{metric}")
        yield Triple(computed_on, prefixes.expand("dqv:hasQualityMeasurement"), node)
        yield Triple(node, prefixes.expand("rdf:type"), prefixes.expand("dqv:QualityMeasurement"))
        yield Triple(node, prefixes.expand("dqv:computedOn"), computed_on)
        yield Triple(node, prefixes.expand("dqv:isMeasurementOf"), NamedNode(f"{GPG}metric-{metric}"))
        yield Triple(node, prefixes.expand("dqv:value"), value)


def decimal(number: float) -> Literal:
    """A number with three decimals as xsd:decimal."""
    return Literal(f"{number:.3f}", datatype=NamedNode(XSD + "decimal"))
