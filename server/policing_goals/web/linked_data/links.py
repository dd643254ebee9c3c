"""View models of hyperlinks: to an entity, of an SDG link with its evidence, and of concept hierarchies."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView
from policing_goals.model.labels import LocalizedText
from policing_goals.vocabulary import GPG, SDG

# The official text is French.
QUOTED_LANGUAGE = "fr"
PARTS = ("gpgo:hasObjective", "gpgo:hasCommitment", "skos:narrower")


@dataclass(frozen=True)
class Link:
    """A hyperlink to an entity: its address, its label, and its code if it has one."""

    href: str
    label: LocalizedText
    code: str = ""


@dataclass(frozen=True)
class Term:
    """A strength or a basis: its name, such as direct or project-analysis, and its label."""

    name: str
    label: LocalizedText


@dataclass(frozen=True)
class Sentence:
    """The words of an element: in the reader's language, None where they are the quoted ones; quoted, in French."""

    source: Link
    translation: LocalizedText | None
    words: str


@dataclass(frozen=True)
class SdgLinkView:
    """An SDG link with its evidence.

    href: of the link's own page; source and target: its ends; sdg: the number of the SDG; sentences: the elements that
    the link relies on, and their words.
    """

    href: str
    source: Link
    target: Link
    sdg: str
    strength: Term
    confidence: float
    basis: Term
    reason: LocalizedText | None
    sentences: tuple[Sentence, ...]


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


def sdg_links(view: GraphView, node: NamedNode, end: str) -> tuple[SdgLinkView, ...]:
    """The SDG links of an entity, in order. end: the property (CURIE) that leads from a link to the entity."""
    return in_order(sdg_link(view, each) for each in view.subjects(end, node) if view.is_a(each, "gpgo:SDGLink"))


def in_order(links: Iterable[SdgLinkView]) -> tuple[SdgLinkView, ...]:
    """Links by descending confidence, then by their ends."""
    return tuple(sorted(links, key=lambda each: (-each.confidence, *_ends(each))))


def sdg_link(view: GraphView, node: NamedNode) -> SdgLinkView:
    """An SDG link."""
    (source,), (target,) = (view.nodes(node, f"owl:annotated{end}") for end in ("Source", "Target"))
    return SdgLinkView(
        href=f"{node.value.removeprefix(GPG)}.html",
        source=link(view, source),
        target=link(view, target),
        sdg=target.value.removeprefix(SDG).partition(".")[0],
        strength=_term(view, node, "strength"),
        confidence=float(view.value(node, "sssom:confidence") or 0),
        basis=_term(view, node, "basis"),
        reason=view.text(node, "rdfs:comment"),
        sentences=tuple(sentence(view, each) for each in view.nodes(node, "gpgo:evidence")),
    )


def sentence(view: GraphView, node: NamedNode) -> Sentence:
    """The words of an element, or of a sentence about the organisation."""
    words = view.value(node, "gpgo:officialText") or view.value(node, "gpgo:words")
    translation = view.text(node, "skos:definition") if view.language != QUOTED_LANGUAGE else None
    return Sentence(link(view, node), translation, words)


def _term(view: GraphView, node: NamedNode, name: str) -> Term:
    found = view.node(node, f"gpgo:{name}")
    if found is None:
        return Term("", LocalizedText("", ""))
    return Term(found.value.removeprefix(f"{GPG}{name}-"), view.label(found))


def _ends(each: SdgLinkView) -> tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...]]:
    return natural_sort_key(each.source.code), natural_sort_key(each.target.code)


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
