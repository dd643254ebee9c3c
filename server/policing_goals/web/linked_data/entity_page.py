"""What the page of one thing shows to people: changes when it shows something else.

Everything is read from the graph, in the reader's language where there is one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from policing_goals.engine.graph_view import GraphView, LocalizedText
from policing_goals.vocabulary import LANGUAGES, VOCABULARIES
from policing_goals.web.linked_data.links import (
    Link,
    SdgLinkView,
    entity_title,
    link,
    natural_sort_key,
    parts_of,
    position,
    sdg_link,
    sdg_links,
)

# The most specific first: what a page calls a thing.
KINDS = (
    "gpgo:Goal", "gpgo:Objective", "gpgo:Theme", "gpgo:Commitment", "gpgo:CrimeArea", "gpgo:ActionType", "gpgo:Actor",
    "gpgo:Capability", "gpgo:SDGLink", "gpgo:FacetAssignment", "gpgo:Programme", "skos:ConceptScheme",
    "skos:Collection",
    "skos:OrderedCollection", "schema:Event", "org:OrganizationalUnit", "schema:Place", "schema:Quotation",
    "skos:Concept",
)  # fmt: skip
FACETS = ("gpgo:crimeArea", "gpgo:actionType", "gpgo:actor", "gpgo:capability")
PARENTS = ("gpgo:isObjectiveOf", "gpgo:isCommitmentOf", "skos:broader")
NOTES = ("skos:scopeNote", "skos:historyNote", "skos:editorialNote")
# Where a thing is edited, by what it is.
SOURCE_FILES = {
    "gpgo:Goal": "data/goals.ttl",
    "gpgo:Objective": "data/goals.ttl",
    "gpgo:Theme": "data/themes.ttl",
    "gpgo:Commitment": "data/themes.ttl",
    "gpgo:CrimeArea": "data/crime-areas.ttl",
    "gpgo:ActionType": "data/action-types.ttl",
    "gpgo:Actor": "data/actors.ttl",
    "gpgo:Capability": "data/capabilities.ttl",
    "gpgo:SDGLink": "data/links/sdg.sssom.tsv",
}


@dataclass(frozen=True)
class Mapping:
    """A term of another vocabulary: which, how it is related (a CURIE), the term, and how sure that is."""

    vocabulary: str
    relation: str
    term: Link
    confidence: float


@dataclass(frozen=True)
class Facet:
    """Concepts that a sentence names, with the words that name them; or sentences that name a concept."""

    entity_title: LocalizedText
    members: tuple[tuple[Link, str], ...]


@dataclass(frozen=True)
class EntityPage:
    """One thing as people read it. texts: in other languages; parts: what it is made of, in order."""

    iri: str
    kind: LocalizedText
    code: str
    label: LocalizedText
    definition: LocalizedText | None
    quotation: str
    notes: tuple[tuple[LocalizedText, LocalizedText], ...]
    ways_up: tuple[Link, ...]
    before: Link | None
    after: Link | None
    parts: tuple[Link, ...]
    facets: tuple[Facet, ...]
    named_in: tuple[Facet, ...]
    sdg_links: tuple[SdgLinkView, ...]
    mappings: tuple[Mapping, ...]
    others: tuple[tuple[str, str], ...]
    file: str


def load_entity_page(reader: GraphView, node: NamedNode) -> EntityPage:
    """The sheet of a thing, for a reader."""
    kind = _kind(reader, node)
    ways_up = tuple(link(reader, each) for name in PARENTS for each in reader.nodes(node, name))
    before, after = _siblings(reader, node)
    labels = reader.texts(node, "skos:prefLabel") or reader.texts(node, "rdfs:label")
    return EntityPage(
        iri=node.value,
        kind=reader.label(reader.dataset.prefixes.expand(kind))
        if kind.startswith("gpgo:")
        else LocalizedText(kind, ""),
        code=reader.value(node, "skos:notation"),
        label=entity_title(reader, node),
        definition=reader.text(node, "skos:definition", "dcterms:description"),
        quotation=reader.value(node, "gpgo:officialText") or reader.value(node, "gpgo:words"),
        notes=tuple(_notes(reader, node)),
        ways_up=tuple(dict.fromkeys(ways_up)),
        before=before,
        after=after,
        parts=tuple(dict.fromkeys(link(reader, each) for each in parts_of(reader, node))),
        facets=tuple(_facets(reader, node)),
        named_in=tuple(_named_in(reader, node)),
        sdg_links=_sdg_links(reader, node, kind),
        mappings=tuple(_mappings(reader, node)),
        others=tuple((each, labels[each]) for each in LANGUAGES if each in labels),
        file=SOURCE_FILES.get(kind, ""),
    )


def _sdg_links(reader: GraphView, node: NamedNode, kind: str) -> tuple[SdgLinkView, ...]:
    if kind == "gpgo:SDGLink":
        return (sdg_link(reader, node, "owl:annotatedTarget"),)
    return sdg_links(reader, node, "owl:annotatedSource", "owl:annotatedTarget")


def _kind(reader: GraphView, node: NamedNode) -> str:
    types = {reader.dataset.prefixes.shorten(each.value) for each in reader.nodes(node, "rdf:type")}
    return next((kind for kind in KINDS if kind in types), min(types, default=""))


def _notes(reader: GraphView, node: NamedNode) -> Iterator[tuple[LocalizedText, LocalizedText]]:
    for name in NOTES:
        texts = reader.texts(node, name)
        if reader.language in texts:
            yield LocalizedText(name, ""), LocalizedText(texts[reader.language], reader.language)


def _siblings(reader: GraphView, node: NamedNode) -> tuple[Link | None, Link | None]:
    place = position(reader, node)
    whole = next((each for name in (*PARENTS[:2], "skos:topConceptOf") for each in reader.nodes(node, name)), None)
    if not place or whole is None:
        return None, None
    beside = {position(reader, each): each for each in parts_of(reader, whole)}
    before, after = beside.get(place - 1), beside.get(place + 1)
    return link(reader, before) if before else None, link(reader, after) if after else None


def _facets(reader: GraphView, node: NamedNode) -> Iterator[Facet]:
    words = {
        target: reader.value(each, "gpgo:words")
        for each in reader.subjects("owl:annotatedSource", node)
        for target in reader.nodes(each, "owl:annotatedTarget")
        if reader.is_a(each, "gpgo:FacetAssignment")
    }
    for name in FACETS:
        members = tuple((link(reader, each), words.get(each, "")) for each in reader.nodes(node, name))
        if members:
            yield Facet(reader.label(reader.dataset.prefixes.expand(name)), members)


def _named_in(reader: GraphView, node: NamedNode) -> Iterator[Facet]:
    found = [
        (link(reader, source), reader.value(each, "gpgo:words"))
        for each in reader.subjects("owl:annotatedTarget", node)
        for source in reader.nodes(each, "owl:annotatedSource")
        if reader.is_a(each, "gpgo:FacetAssignment")
    ]
    if found:
        yield Facet(reader.label(node), tuple(sorted(found, key=lambda each: natural_sort_key(each[0].code))))


def _mappings(reader: GraphView, node: NamedNode) -> Iterator[Mapping]:
    for each in reader.subjects("owl:annotatedSource", node):
        target, relation = reader.node(each, "owl:annotatedTarget"), reader.node(each, "owl:annotatedProperty")
        name = reader.value(each, "sssom:object_label")
        if target and relation and name:
            vocabulary = next(
                (entity_title for entity_title, space in VOCABULARIES.values() if target.value.startswith(space)), ""
            )
            curie = reader.dataset.prefixes.shorten(relation.value)
            sure = float(reader.value(each, "sssom:confidence") or 0)
            yield Mapping(vocabulary, curie, Link(target.value, LocalizedText(name, "en")), sure)
