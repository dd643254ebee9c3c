"""View models of hyperlinks: to an entity, of an SDG link with its evidence, and of concept hierarchies."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView
from policing_goals.model.labels import LocalizedText
from policing_goals.vocabulary import GPG, SDG

PARTS = ("gpgo:hasObjective", "gpgo:hasCommitment", "skos:narrower")


@dataclass(frozen=True)
class Link:
    """A hyperlink to an entity: its address, its label, and its code if it has one."""

    href: str
    label: LocalizedText
    code: str = ""


@dataclass(frozen=True)
class SdgLinkView:
    """An SDG link with its evidence.

    href: of the link's own page; other: the far end; sdg: the number of the SDG; sentences: the elements that the link
    relies on, and their words.
    """

    href: str
    other: Link
    sdg: str
    strength: LocalizedText
    confidence: float
    basis: LocalizedText
    reason: LocalizedText | None
    sentences: tuple[tuple[Link, str], ...]


@dataclass(frozen=True)
class TreeNode:
    """A concept in a hierarchy, and the concepts below it."""

    link: Link
    children: tuple["TreeNode", ...]

    def __iter__(self) -> Iterator[object]:
        """The link, then the children, as a template unpacks them."""
        return iter((self.link, self.children))


def link(view: GraphView, node: NamedNode) -> Link:
    """The hyperlink to an entity: to our page for ours and for SDGs, else to its IRI."""
    if node.value.startswith(SDG):
        name = node.value.removeprefix(SDG)
        return Link(f"sdg/{name}", view.label(node), name)
    href = node.value.removeprefix(GPG)
    own = node.value.startswith(GPG) and "#" not in href
    return Link(f"{href}.html" if own else node.value, view.label(node), view.value(node, "skos:notation"))


def entity_title(view: GraphView, node: NamedNode) -> LocalizedText:
    """The title of an entity's page: its label, or those of both ends of a statement."""
    ends = [view.node(node, name) for name in ("owl:annotatedSource", "owl:annotatedTarget")]
    labels = [view.label(each) for each in ends if each is not None]
    # A statement has no label of its own.
    if len(labels) < 2:
        return view.label(node)
    return LocalizedText(" → ".join(each.text for each in labels), labels[0].language)


def sdg_links(view: GraphView, node: NamedNode, near_end: str, far_end: str) -> tuple[SdgLinkView, ...]:
    """The SDG links of an entity, by descending confidence.

    near_end and far_end: the properties (CURIEs) that lead from a link to the entity and to its other end.
    """
    found = (sdg_link(view, each, far_end) for each in view.subjects(near_end, node) if view.is_a(each, "gpgo:SDGLink"))
    return tuple(sorted(found, key=lambda each: (-each.confidence, natural_sort_key(each.other.code))))


def sdg_link(view: GraphView, node: NamedNode, far_end: str) -> SdgLinkView:
    """An SDG link. far_end: the property (CURIE) that leads to the end to show."""
    (other,) = view.nodes(node, far_end)
    (target,) = view.nodes(node, "owl:annotatedTarget")
    strength, basis = view.node(node, "gpgo:strength"), view.node(node, "gpgo:basis")
    sentences = tuple(
        (link(view, each), view.value(each, "gpgo:officialText") or view.value(each, "gpgo:words"))
        for each in view.nodes(node, "gpgo:evidence")
    )
    return SdgLinkView(
        href=f"{node.value.removeprefix(GPG)}.html",
        other=link(view, other),
        sdg=target.value.removeprefix(SDG).partition(".")[0],
        strength=view.label(strength) if strength else LocalizedText("", ""),
        confidence=float(view.value(node, "sssom:confidence") or 0),
        basis=view.label(basis) if basis else LocalizedText("", ""),
        reason=view.text(node, "rdfs:comment"),
        sentences=sentences,
    )


def read_tree(view: GraphView, scheme: NamedNode) -> tuple[tuple[TreeNode, ...], tuple[Link, ...]]:
    """The concepts of a scheme as trees, and in alphabetical order; empty for an entity that is not a scheme."""
    if not view.is_a(scheme, "skos:ConceptScheme"):
        return (), ()
    members = [link(view, each) for each in view.subjects("skos:inScheme", scheme)]
    alphabetical = sorted(members, key=lambda each: each.label.text.casefold())
    return tuple(_tree(view, each) for each in parts_of(view, scheme)), tuple(alphabetical)


def parts_of(view: GraphView, node: NamedNode) -> list[NamedNode]:
    """The parts of an entity, in order; the top concepts of a scheme."""
    if view.is_a(node, "skos:ConceptScheme"):
        found = view.nodes(node, "skos:hasTopConcept")
    else:
        # An objective is also narrower than its goal.
        found = list({each for name in PARTS for each in view.nodes(node, name)})
    return sorted(found, key=lambda each: (position(view, each), view.label(each).text.casefold()))


def position(view: GraphView, node: NamedNode) -> int:
    """The position of an entity in the text, 0 if it has none."""
    return int(view.value(node, "gpgo:position") or 0)


def natural_sort_key(code: str) -> tuple[tuple[int, str], ...]:
    """The sort key of a code: 16.10 comes after 16.9, and 16.a after both."""
    parts = code.replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdecimal() else (1000, part) for part in parts)


def _tree(view: GraphView, node: NamedNode) -> TreeNode:
    return TreeNode(link(view, node), tuple(_tree(view, each) for each in parts_of(view, node)))
