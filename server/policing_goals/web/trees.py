"""Concepts with what is below them: changes when they are ordered otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import Reader
from policing_goals.web.links import Link, link

PARTS = ("gpgo:hasObjective", "gpgo:hasCommitment", "skos:narrower")


@dataclass(frozen=True)
class Branch:
    """A concept in a tree, and what is below it."""

    it: Link
    below: tuple["Branch", ...]

    def __iter__(self) -> Iterator[object]:
        """The concept, then what is below it, as a template takes them apart."""
        return iter((self.it, self.below))


def read_tree(reader: Reader, scheme: NamedNode) -> tuple[tuple[Branch, ...], tuple[Link, ...]]:
    """The concepts of a scheme as trees, and in alphabetical order; nothing for what is no scheme."""
    if not reader.is_a(scheme, "skos:ConceptScheme"):
        return (), ()
    tops = parts_of(reader, scheme)
    members = [link(reader, each) for each in reader.subjects("skos:inScheme", scheme)]
    return tuple(_branch(reader, each) for each in tops), tuple(sorted(members, key=_alphabetical))


def _branch(reader: Reader, node: NamedNode) -> Branch:
    return Branch(link(reader, node), tuple(_branch(reader, each) for each in parts_of(reader, node)))


def _alphabetical(it: Link) -> str:
    return it.label.text.casefold()


def parts_of(reader: Reader, node: NamedNode) -> list[NamedNode]:
    """What a thing is made of, in order; the top concepts of a scheme."""
    if reader.is_a(node, "skos:ConceptScheme"):
        found = reader.nodes(node, "skos:hasTopConcept")
    else:
        # An objective is narrower than its goal, too.
        found = list({each for name in PARTS for each in reader.nodes(node, name)})
    return sorted(found, key=lambda each: (position(reader, each), reader.label(each).text.casefold()))


def position(reader: Reader, node: NamedNode) -> int:
    """The place of a thing in the text, 0 if it has none."""
    return int(reader.value(node, "gpgo:position") or 0)
