"""Which links a page shows: chosen by the elements, SDGs and concepts at their ends, and filtered by their figures.

A filter is in the query string of a page, so it works without scripts and has an address of its own.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView
from policing_goals.errors import BadRequest, message
from policing_goals.model.labels import LocalizedText
from policing_goals.vocabulary import GPG
from policing_goals.web.linked_data.links import PARTS, SdgLinkView, in_order, natural_sort_key, sdg_link

STRENGTHS = ("direct", "indirect", "unspecified")
BASES = ("interpol-published", "project-analysis")
# The figures of the codebook.
LEAST = ("0.55", "0.7", "0.85", "0.95")
CHOICES = {"strength": STRENGTHS, "basis": BASES, "least": LEAST}


class LinkFilter(NamedTuple):
    """What links must have: a strength and a basis by their names, and a least confidence; empty for any."""

    strength: str = ""
    basis: str = ""
    least: str = ""

    def passes(self, each: SdgLinkView) -> bool:
        """Whether a link has what is asked for."""
        return (
            self.strength in ("", each.strength.name)
            and self.basis in ("", each.basis.name)
            and each.confidence >= float(self.least or 0)
        )

    def query_string(self) -> str:
        """The filter as it is in an address, empty if it lets everything pass."""
        return urlencode({name: value for name, value in self._asdict().items() if value})


EVERY_LINK = LinkFilter()


@dataclass(frozen=True)
class LinkTable:
    """Links as a page shows them.

    filter: that they pass; total: how many there are without it; choices: for each part of the filter but the
    confidence, its values with their labels.
    """

    links: tuple[SdgLinkView, ...]
    filter: LinkFilter
    total: int
    choices: Mapping[str, tuple[tuple[str, LocalizedText], ...]]

    def sdgs(self) -> list[str]:
        """The numbers of the SDGs that the links lead to, in order."""
        return sorted({each.sdg for each in self.links}, key=int)


def read_filter(arguments: Mapping[str, str]) -> LinkFilter:
    """The filter in the arguments of a request; raises BadRequest for a value that there is not."""
    given = {name: arguments.get(name, "") for name in CHOICES}
    for name, value in given.items():
        if value and value not in CHOICES[name]:
            raise BadRequest(
                message(
                    "{name} is {value}. Choose from {choices}.",
                    name=name,
                    value=value[:80],
                    choices=", ".join(CHOICES[name]),
                )
            )
    return LinkFilter(**given)


def link_table(view: GraphView, links: Iterable[SdgLinkView], wanted: LinkFilter) -> LinkTable:
    """The links that pass a filter, in order."""
    every = in_order(links)
    return LinkTable(tuple(each for each in every if wanted.passes(each)), wanted, len(every), filter_choices(view))


def filter_choices(view: GraphView) -> Mapping[str, tuple[tuple[str, LocalizedText], ...]]:
    """The values of a strength and a basis, with their labels."""
    return {
        kind: tuple((name, view.label(NamedNode(f"{GPG}{kind}-{name}"))) for name in CHOICES[kind])
        for kind in ("strength", "basis")
    }


def links_of(
    view: GraphView, elements: Iterable[NamedNode], targets: frozenset[NamedNode] = frozenset()
) -> list[SdgLinkView]:
    """The links of some elements. targets: the SDGs and targets that they lead to, all if empty."""
    return [
        sdg_link(view, each)
        for element in elements
        for each in view.subjects("owl:annotatedSource", element)
        if view.is_a(each, "gpgo:SDGLink")
        and (not targets or targets.intersection(view.nodes(each, "owl:annotatedTarget")))
    ]


def with_parts(view: GraphView, element: NamedNode) -> list[NamedNode]:
    """A goal or theme with its objectives or commitments, in order; any other element alone."""
    below = {part for name in PARTS[:2] for part in view.nodes(element, name)}
    return [element, *sorted(below, key=lambda each: natural_sort_key(view.value(each, "skos:notation")))]


def elements_with(view: GraphView, concept: NamedNode) -> list[NamedNode]:
    """The elements that name a concept or a narrower one, by their code."""
    waiting, concepts = [concept], set[NamedNode]()
    while waiting:
        each = waiting.pop()
        if each not in concepts:
            concepts.add(each)
            waiting += view.nodes(each, "skos:narrower")
    found = {element for each in concepts for element in view.subjects("dcterms:subject", each)}
    elements = (each for each in found if view.is_a(each, "gpgo:PolicyElement"))
    return sorted(elements, key=lambda each: natural_sort_key(view.value(each, "skos:notation")))
