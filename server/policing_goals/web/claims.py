"""Ties to SDGs as pages show them, with what they rest on: changes when they show more of a tie."""

from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import Reader, Text
from policing_goals.vocabulary import GPG, SDG
from policing_goals.web.links import Link, link, natural


@dataclass(frozen=True)
class Claim:
    """A tie to an SDG or target, with what it rests on.

    other: the other end; sdg: the number of the SDG; sentences: the elements whose words it rests on, and the words.
    """

    href: str
    other: Link
    sdg: str
    strength: Text
    confidence: float
    basis: Text
    reason: Text | None
    sentences: tuple[tuple[Link, str], ...]


def claims(reader: Reader, node: NamedNode, here: str, there: str) -> tuple[Claim, ...]:
    """The ties to SDGs of which a thing is one end, the surest first. here and there: which end, as CURIEs."""
    found = (claim(reader, each, there) for each in reader.subjects(here, node) if reader.is_a(each, "gpgo:SDGLink"))
    return tuple(sorted(found, key=lambda claim: (-claim.confidence, natural(claim.other.code))))


def claim(reader: Reader, node: NamedNode, there: str) -> Claim:
    """A tie to an SDG. there: the end that it is shown with, as a CURIE."""
    (other,) = reader.nodes(node, there)
    (target,) = reader.nodes(node, "owl:annotatedTarget")
    strength, basis = reader.node(node, "gpgo:strength"), reader.node(node, "gpgo:basis")
    sentences = tuple(
        (link(reader, each), reader.value(each, "gpgo:officialText") or reader.value(each, "gpgo:words"))
        for each in reader.nodes(node, "gpgo:evidence")
    )
    return Claim(
        href=f"{node.value.removeprefix(GPG)}.html",
        other=link(reader, other),
        sdg=target.value.removeprefix(SDG).partition(".")[0],
        strength=reader.label(strength) if strength else Text("", ""),
        confidence=float(reader.value(node, "sssom:confidence") or 0),
        basis=reader.label(basis) if basis else Text("", ""),
        reason=reader.text(node, "rdfs:comment"),
        sentences=sentences,
    )
