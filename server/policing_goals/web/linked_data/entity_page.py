"""View model of an entity page: everything from the graph, in the reader's language where there is one."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from pyoxigraph import NamedNode

from policing_goals.engine.dataset import Dataset
from policing_goals.engine.graph_view import GraphView
from policing_goals.languages import LANGUAGES
from policing_goals.model.facets import FACETS
from policing_goals.model.labels import LocalizedText
from policing_goals.vocabulary import GPG, RDF_TYPE, VOCABULARIES
from policing_goals.web.linked_data.link_filter import (
    EVERY_LINK,
    LinkFilter,
    LinkTable,
    elements_with,
    link_table,
    links_of,
    with_parts,
)
from policing_goals.web.linked_data.links import (
    Link,
    SdgLinkView,
    entity_title,
    link,
    natural_sort_key,
    parts_of,
    position,
    sdg_link,
)

# The class that a page names, the most specific first.
CLASSES = (
    "gpgo:Goal", "gpgo:Objective", "gpgo:Theme", "gpgo:Commitment", *(facet.concept_class for facet in FACETS),
    "gpgo:SDGLink", "gpgo:FacetAssignment", "gpgo:Programme", "skos:ConceptScheme", "skos:Collection",
    "skos:OrderedCollection", "schema:Event", "org:OrganizationalUnit", "schema:Place", "schema:Quotation",
    "skos:Concept",
)  # fmt: skip
# Entities of these classes describe others and have no text to translate.
RECORDS = {
    "gpgo:FacetAssignment", "owl:Axiom", "void:Dataset", "void:Linkset", "dcat:Distribution", "spdx:Checksum",
    "dqv:QualityMeasurement", "sh:Parameter", "sh:SPARQLExecutable", "rdf:Property",
}  # fmt: skip
NO_RECORDS = {"gpgo:SDGLink", "dcat:Dataset"}
FACET_CLASSES = {facet.concept_class for facet in FACETS}
PARENTS = ("gpgo:isObjectiveOf", "gpgo:isCommitmentOf", "skos:broader", "skos:topConceptOf")
NOTES = ("skos:scopeNote", "skos:historyNote", "skos:editorialNote")
# The file in which an entity is edited, by its class.
SOURCE_FILES = {
    "gpgo:Goal": "data/goals.ttl",
    "gpgo:Objective": "data/goals.ttl",
    "gpgo:Theme": "data/themes.ttl",
    "gpgo:Commitment": "data/themes.ttl",
    **{facet.concept_class: facet.file for facet in FACETS},
    "gpgo:SDGLink": "data/links/sdg.sssom.tsv",
}


@dataclass(frozen=True)
class Mapping:
    """A mapping to another vocabulary: its title, the relation (a CURIE), the concept there, and the confidence."""

    vocabulary: str
    relation: str
    concept: Link
    confidence: float


@dataclass(frozen=True)
class Mentions:
    """Concepts that a sentence mentions, with its words for each; or sentences that mention a concept."""

    title: LocalizedText
    members: tuple[tuple[Link, str], ...]


@dataclass(frozen=True)
class EntityPage:
    """An entity as people read it.

    trail: what is above it, from the farthest; broader: every concept that is nearest above it; parts: in order;
    sdg_link: for a link itself; links: of the entity and its parts, or of the elements that name it; briefing: the
    query string of a briefing on them; labels: in all languages.
    """

    iri: str
    kind: LocalizedText
    code: str
    label: LocalizedText
    definition: LocalizedText | None
    quotation: str
    notes: tuple[tuple[LocalizedText, LocalizedText], ...]
    trail: tuple[Link, ...]
    broader: tuple[Link, ...]
    previous: Link | None
    next: Link | None
    parts: tuple[Link, ...]
    mentions: tuple[Mentions, ...]
    mentioned_in: tuple[Mentions, ...]
    sdg_link: SdgLinkView | None
    links: LinkTable | None
    briefing: str
    mappings: tuple[Mapping, ...]
    labels: tuple[tuple[str, str], ...]
    file: str


def load_entity_page(view: GraphView, node: NamedNode, wanted: LinkFilter = EVERY_LINK) -> EntityPage:
    """The page of an entity, for a reader. wanted: what its links must have."""
    class_ = _class(view, node)
    previous, next_ = _siblings(view, node)
    labels = view.labels(node)
    own_class = class_.startswith("gpgo:")
    return EntityPage(
        iri=node.value,
        kind=view.label(view.dataset.prefixes.expand(class_)) if own_class else LocalizedText(class_, ""),
        code=view.value(node, "skos:notation"),
        label=entity_title(view, node),
        definition=view.text(node, "skos:definition", "dcterms:description"),
        quotation=view.value(node, "gpgo:officialText") or view.value(node, "gpgo:words"),
        notes=tuple(_notes(view, node)),
        trail=tuple(reversed(list(_trail(view, node)))),
        broader=tuple(link(view, each) for each in view.nodes(node, "skos:broader")),
        previous=previous,
        next=next_,
        parts=tuple(dict.fromkeys(link(view, each) for each in parts_of(view, node))),
        mentions=tuple(_mentions(view, node)),
        mentioned_in=tuple(_mentioned_in(view, node)),
        sdg_link=sdg_link(view, node) if class_ == "gpgo:SDGLink" else None,
        links=_links(view, node, class_, wanted),
        briefing=urlencode({"topic" if class_ in FACET_CLASSES else "element": node.value.removeprefix(GPG)}),
        mappings=tuple(_mappings(view, node)),
        labels=tuple((each, labels[each]) for each in LANGUAGES if each in labels),
        file=SOURCE_FILES.get(class_, ""),
    )


def records(dataset: Dataset) -> frozenset[str]:
    """The names of the entities that describe others, such as checksums, and have no text to translate."""
    classes: dict[str, set[str]] = {}
    for quad in dataset.default_graph.quads_for_pattern(None, NamedNode(RDF_TYPE), None):
        if isinstance(quad.subject, NamedNode) and isinstance(quad.object, NamedNode):
            name = quad.subject.value.removeprefix(GPG)
            classes.setdefault(name, set()).add(dataset.prefixes.shorten(quad.object.value))
    return frozenset(name for name, own in classes.items() if own & RECORDS and not own & NO_RECORDS)


def _links(view: GraphView, node: NamedNode, class_: str, wanted: LinkFilter) -> LinkTable | None:
    elements = elements_with(view, node) if class_ in FACET_CLASSES else with_parts(view, node)
    found = links_of(view, elements)
    return link_table(view, found, wanted) if found else None


def _class(view: GraphView, node: NamedNode) -> str:
    types = {view.dataset.prefixes.shorten(each.value) for each in view.nodes(node, "rdf:type")}
    return next((each for each in CLASSES if each in types), min(types, default=""))


def _notes(view: GraphView, node: NamedNode) -> Iterator[tuple[LocalizedText, LocalizedText]]:
    for name in NOTES:
        texts = view.texts(node, name)
        if view.language in texts:
            yield LocalizedText(name, ""), LocalizedText(texts[view.language], view.language)


def _trail(view: GraphView, node: NamedNode) -> Iterator[Link]:
    # From the nearest entity above to the farthest; of several, the first is as good as any.
    seen = [node]
    while above := next((each for name in PARENTS for each in view.nodes(seen[-1], name) if each not in seen), None):
        seen.append(above)
        yield link(view, above)


def _siblings(view: GraphView, node: NamedNode) -> tuple[Link | None, Link | None]:
    own = position(view, node)
    parent = next((each for name in (*PARENTS[:2], "skos:topConceptOf") for each in view.nodes(node, name)), None)
    if not own or parent is None:
        return None, None
    by_position = {position(view, each): each for each in parts_of(view, parent)}
    previous, next_ = by_position.get(own - 1), by_position.get(own + 1)
    return link(view, previous) if previous else None, link(view, next_) if next_ else None


def _mentions(view: GraphView, node: NamedNode) -> Iterator[Mentions]:
    words = {
        target: view.value(each, "gpgo:words")
        for each in view.subjects("owl:annotatedSource", node)
        for target in view.nodes(each, "owl:annotatedTarget")
        if view.is_a(each, "gpgo:FacetAssignment")
    }
    for facet in FACETS:
        members = tuple((link(view, each), words.get(each, "")) for each in view.nodes(node, facet.property))
        if members:
            yield Mentions(view.label(view.dataset.prefixes.expand(facet.property)), members)


def _mentioned_in(view: GraphView, node: NamedNode) -> Iterator[Mentions]:
    found = [
        (link(view, source), view.value(each, "gpgo:words"))
        for each in view.subjects("owl:annotatedTarget", node)
        for source in view.nodes(each, "owl:annotatedSource")
        if view.is_a(each, "gpgo:FacetAssignment")
    ]
    if found:
        yield Mentions(view.label(node), tuple(sorted(found, key=lambda each: natural_sort_key(each[0].code))))


def _mappings(view: GraphView, node: NamedNode) -> Iterator[Mapping]:
    for each in view.subjects("owl:annotatedSource", node):
        target, relation = view.node(each, "owl:annotatedTarget"), view.node(each, "owl:annotatedProperty")
        label = view.value(each, "sssom:object_label")
        if target and relation and label:
            titles = (title for title, namespace in VOCABULARIES.values() if target.value.startswith(namespace))
            curie = view.dataset.prefixes.shorten(relation.value)
            confidence = float(view.value(each, "sssom:confidence") or 0)
            yield Mapping(next(titles, ""), curie, Link(target.value, LocalizedText(label, "en")), confidence)
