"""Things that pages lead to: changes when a link to one is written otherwise."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView, LocalizedText
from policing_goals.vocabulary import GPG, SDG


@dataclass(frozen=True)
class Link:
    """A thing that a page leads to: its address, what it is called, and its code if it has one."""

    href: str
    label: LocalizedText
    code: str = ""


def link(reader: GraphView, node: NamedNode) -> Link:
    """A link to a thing. An SDG has a page of ours; what is not ours leads to itself."""
    code = reader.value(node, "skos:notation")
    if node.value.startswith(SDG):
        name = node.value.removeprefix(SDG)
        return Link(f"sdg/{name}", reader.label(node), name)
    href = node.value.removeprefix(GPG)
    own = node.value.startswith(GPG) and "#" not in href
    return Link(f"{href}.html" if own else node.value, reader.label(node), code)


def entity_title(reader: GraphView, node: NamedNode) -> LocalizedText:
    """What a page calls a thing: its label, or those of both ends of a statement."""
    ends = [reader.node(node, name) for name in ("owl:annotatedSource", "owl:annotatedTarget")]
    named = [reader.label(each) for each in ends if each is not None]
    # A statement has no name of its own.
    return (
        reader.label(node)
        if len(named) < 2
        else LocalizedText(" → ".join(each.text for each in named), named[0].language)
    )


def natural_sort_key(code: str) -> tuple[tuple[int, str], ...]:
    """A code as it is ordered: 16.10 comes after 16.9, and 16.a after both."""
    parts = code.replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdecimal() else (1000, part) for part in parts)


#
@dataclass(frozen=True)
class SdgLinkView:
    """A tie to an SDG or target, with what it rests on.

    other: the other end; sdg: the number of the SDG; sentences: the elements whose words it rests on, and the words.
    """

    href: str
    other: Link
    sdg: str
    strength: LocalizedText
    confidence: float
    basis: LocalizedText
    reason: LocalizedText | None
    sentences: tuple[tuple[Link, str], ...]


def sdg_links(reader: GraphView, node: NamedNode, here: str, there: str) -> tuple[SdgLinkView, ...]:
    """The ties to SDGs of which a thing is one end, the surest first. here and there: which end, as CURIEs."""
    found = (sdg_link(reader, each, there) for each in reader.subjects(here, node) if reader.is_a(each, "gpgo:SDGLink"))
    return tuple(sorted(found, key=lambda sdg_link: (-sdg_link.confidence, natural_sort_key(sdg_link.other.code))))


def sdg_link(reader: GraphView, node: NamedNode, there: str) -> SdgLinkView:
    """A tie to an SDG. there: the end that it is shown with, as a CURIE."""
    (other,) = reader.nodes(node, there)
    (target,) = reader.nodes(node, "owl:annotatedTarget")
    strength, basis = reader.node(node, "gpgo:strength"), reader.node(node, "gpgo:basis")
    sentences = tuple(
        (link(reader, each), reader.value(each, "gpgo:officialText") or reader.value(each, "gpgo:words"))
        for each in reader.nodes(node, "gpgo:evidence")
    )
    return SdgLinkView(
        href=f"{node.value.removeprefix(GPG)}.html",
        other=link(reader, other),
        sdg=target.value.removeprefix(SDG).partition(".")[0],
        strength=reader.label(strength) if strength else LocalizedText("", ""),
        confidence=float(reader.value(node, "sssom:confidence") or 0),
        basis=reader.label(basis) if basis else LocalizedText("", ""),
        reason=reader.text(node, "rdfs:comment"),
        sentences=sentences,
    )


PARTS = ("gpgo:hasObjective", "gpgo:hasCommitment", "skos:narrower")


@dataclass(frozen=True)
class TreeNode:
    """A concept in a tree, and what is below it."""

    it: Link
    below: tuple["TreeNode", ...]

    def __iter__(self) -> Iterator[object]:
        """The concept, then what is below it, as a template takes them apart."""
        return iter((self.it, self.below))


def read_tree(reader: GraphView, scheme: NamedNode) -> tuple[tuple[TreeNode, ...], tuple[Link, ...]]:
    """The concepts of a scheme as trees, and in alphabetical order; nothing for what is no scheme."""
    if not reader.is_a(scheme, "skos:ConceptScheme"):
        return (), ()
    tops = parts_of(reader, scheme)
    members = [link(reader, each) for each in reader.subjects("skos:inScheme", scheme)]
    return tuple(_node(reader, each) for each in tops), tuple(sorted(members, key=_alphabetical))


def _node(reader: GraphView, node: NamedNode) -> TreeNode:
    return TreeNode(link(reader, node), tuple(_node(reader, each) for each in parts_of(reader, node)))


def _alphabetical(it: Link) -> str:
    return it.label.text.casefold()


def parts_of(reader: GraphView, node: NamedNode) -> list[NamedNode]:
    """What a thing is made of, in order; the top concepts of a scheme."""
    if reader.is_a(node, "skos:ConceptScheme"):
        found = reader.nodes(node, "skos:hasTopConcept")
    else:
        # An objective is narrower than its goal, too.
        found = list({each for name in PARTS for each in reader.nodes(node, name)})
    return sorted(found, key=lambda each: (position(reader, each), reader.label(each).text.casefold()))


def position(reader: GraphView, node: NamedNode) -> int:
    """The place of a thing in the text, 0 if it has none."""
    return int(reader.value(node, "gpgo:position") or 0)
