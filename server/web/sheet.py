"""What the page of one thing shows to people: changes when it shows something else.

Everything is read from the graph, in the reader's language where there is one.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import NamedNode

from server.engine.extension import VOCABULARIES
from server.engine.reader import Reader, Text
from server.engine.store import GPG

SDG = "http://metadata.un.org/sdg/"
# The most specific first: what a page calls a thing.
KINDS = (
    "gpgo:Goal", "gpgo:Objective", "gpgo:Theme", "gpgo:Commitment", "gpgo:CrimeArea", "gpgo:ActionType", "gpgo:Actor",
    "gpgo:Capability", "gpgo:SDGLink", "gpgo:FacetAssignment", "gpgo:Programme", "skos:ConceptScheme",
    "skos:Collection",
    "skos:OrderedCollection", "schema:Event", "org:OrganizationalUnit", "schema:Place", "schema:Quotation",
    "skos:Concept",
)  # fmt: skip
FACETS = ("gpgo:crimeArea", "gpgo:actionType", "gpgo:actor", "gpgo:capability")
PARTS = ("gpgo:hasObjective", "gpgo:hasCommitment", "skos:narrower")
WHOLES = ("gpgo:isObjectiveOf", "gpgo:isCommitmentOf", "skos:broader")
NOTES = ("skos:scopeNote", "skos:historyNote", "skos:editorialNote")
# Where a thing is edited, by what it is.
FILES = {
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
class Link:
    """A thing that a page leads to: its address, what it is called, and its code if it has one."""

    href: str
    label: Text
    code: str = ""


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

    title: Text
    members: tuple[tuple[Link, str], ...]


@dataclass(frozen=True)
class Sheet:
    """One thing as people read it. texts: in other languages; parts: what it is made of, in order."""

    iri: str
    kind: Text
    code: str
    label: Text
    definition: Text | None
    quotation: str
    notes: tuple[tuple[Text, Text], ...]
    ways_up: tuple[Link, ...]
    before: Link | None
    after: Link | None
    parts: tuple[Link, ...]
    facets: tuple[Facet, ...]
    named_in: tuple[Facet, ...]
    claims: tuple[Claim, ...]
    mappings: tuple[Mapping, ...]
    others: tuple[tuple[str, str], ...]
    file: str


def read_sheet(reader: Reader, node: NamedNode) -> Sheet:
    """The sheet of a thing, for a reader."""
    kind = _kind(reader, node)
    ways_up = tuple(link(reader, each) for name in WHOLES for each in reader.nodes(node, name))
    before, after = _neighbours(reader, node)
    labels = reader.texts(node, "skos:prefLabel") or reader.texts(node, "rdfs:label")
    return Sheet(
        iri=node.value,
        kind=reader.label(reader.dataset.prefixes.expand(kind)) if kind.startswith("gpgo:") else Text(kind, ""),
        code=reader.value(node, "skos:notation"),
        label=_label(reader, node),
        definition=reader.text(node, "skos:definition", "dcterms:description"),
        quotation=reader.value(node, "gpgo:officialText") or reader.value(node, "gpgo:words"),
        notes=tuple(_notes(reader, node)),
        ways_up=tuple(dict.fromkeys(ways_up)),
        before=before,
        after=after,
        parts=tuple(dict.fromkeys(link(reader, each) for each in _parts(reader, node))),
        facets=tuple(_facets(reader, node)),
        named_in=tuple(_named_in(reader, node)),
        claims=_claims(reader, node, kind),
        mappings=tuple(_mappings(reader, node)),
        others=tuple((each, labels[each]) for each in ("en", "fr", "es", "ar") if each in labels),
        file=FILES.get(kind, ""),
    )


def link(reader: Reader, node: NamedNode) -> Link:
    """A link to a thing. An SDG has a page of ours; what is not ours leads to itself."""
    code = reader.value(node, "skos:notation")
    if node.value.startswith(SDG):
        name = node.value.removeprefix(SDG)
        return Link(f"sdg/{name}", reader.label(node), name)
    href = node.value.removeprefix(GPG)
    own = node.value.startswith(GPG) and "#" not in href
    return Link(f"{href}.html" if own else node.value, reader.label(node), code)


def claims(reader: Reader, node: NamedNode, here: str, there: str) -> tuple[Claim, ...]:
    """The ties to SDGs of which a thing is one end, the surest first. here and there: which end, as CURIEs."""
    found = (_claim(reader, each, there) for each in reader.subjects(here, node) if _is(reader, each, "gpgo:SDGLink"))
    return tuple(sorted(found, key=lambda claim: (-claim.confidence, natural(claim.other.code))))


def natural(code: str) -> tuple[tuple[int, str], ...]:
    """A code as it is ordered: 16.10 comes after 16.9, and 16.a after both."""
    parts = code.replace("-", ".").split(".")
    return tuple((int(part), "") if part.isdecimal() else (1000, part) for part in parts)


def _claim(reader: Reader, node: NamedNode, there: str) -> Claim:
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


def _label(reader: Reader, node: NamedNode) -> Text:
    ends = [reader.node(node, name) for name in ("owl:annotatedSource", "owl:annotatedTarget")]
    named = [reader.label(each) for each in ends if each is not None]
    # A statement has no name of its own.
    return reader.label(node) if len(named) < 2 else Text(" → ".join(each.text for each in named), named[0].language)


def _claims(reader: Reader, node: NamedNode, kind: str) -> tuple[Claim, ...]:
    if kind == "gpgo:SDGLink":
        return (_claim(reader, node, "owl:annotatedTarget"),)
    return claims(reader, node, "owl:annotatedSource", "owl:annotatedTarget")


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
    if not _is(reader, scheme, "skos:ConceptScheme"):
        return (), ()
    tops = _parts(reader, scheme)
    members = [link(reader, each) for each in reader.subjects("skos:inScheme", scheme)]
    return tuple(_branch(reader, each) for each in tops), tuple(sorted(members, key=_alphabetical))


def _branch(reader: Reader, node: NamedNode) -> Branch:
    return Branch(link(reader, node), tuple(_branch(reader, each) for each in _parts(reader, node)))


def _alphabetical(it: Link) -> str:
    return it.label.text.casefold()


def _kind(reader: Reader, node: NamedNode) -> str:
    types = {reader.dataset.prefixes.shorten(each.value) for each in reader.nodes(node, "rdf:type")}
    return next((kind for kind in KINDS if kind in types), min(types, default=""))


def _is(reader: Reader, node: NamedNode, kind: str) -> bool:
    return reader.dataset.prefixes.expand(kind) in reader.nodes(node, "rdf:type")


def _notes(reader: Reader, node: NamedNode) -> Iterator[tuple[Text, Text]]:
    for name in NOTES:
        texts = reader.texts(node, name)
        if reader.language in texts:
            yield Text(name, ""), Text(texts[reader.language], reader.language)


def _parts(reader: Reader, node: NamedNode) -> list[NamedNode]:
    if _is(reader, node, "skos:ConceptScheme"):
        found = reader.nodes(node, "skos:hasTopConcept")
    else:
        # An objective is narrower than its goal, too.
        found = list({each for name in PARTS for each in reader.nodes(node, name)})
    return sorted(found, key=lambda each: (_position(reader, each), reader.label(each).text.casefold()))


def _position(reader: Reader, node: NamedNode) -> int:
    return int(reader.value(node, "gpgo:position") or 0)


def _neighbours(reader: Reader, node: NamedNode) -> tuple[Link | None, Link | None]:
    position = _position(reader, node)
    whole = next((each for name in (*WHOLES[:2], "skos:topConceptOf") for each in reader.nodes(node, name)), None)
    if not position or whole is None:
        return None, None
    beside = {_position(reader, each): each for each in _parts(reader, whole)}
    before, after = beside.get(position - 1), beside.get(position + 1)
    return link(reader, before) if before else None, link(reader, after) if after else None


def _facets(reader: Reader, node: NamedNode) -> Iterator[Facet]:
    words = {
        target: reader.value(each, "gpgo:words")
        for each in reader.subjects("owl:annotatedSource", node)
        for target in reader.nodes(each, "owl:annotatedTarget")
        if _is(reader, each, "gpgo:FacetAssignment")
    }
    for name in FACETS:
        members = tuple((link(reader, each), words.get(each, "")) for each in reader.nodes(node, name))
        if members:
            yield Facet(reader.label(reader.dataset.prefixes.expand(name)), members)


def _named_in(reader: Reader, node: NamedNode) -> Iterator[Facet]:
    found = [
        (link(reader, source), reader.value(each, "gpgo:words"))
        for each in reader.subjects("owl:annotatedTarget", node)
        for source in reader.nodes(each, "owl:annotatedSource")
        if _is(reader, each, "gpgo:FacetAssignment")
    ]
    if found:
        yield Facet(reader.label(node), tuple(sorted(found, key=lambda each: natural(each[0].code))))


def _mappings(reader: Reader, node: NamedNode) -> Iterator[Mapping]:
    for each in reader.subjects("owl:annotatedSource", node):
        target, relation = reader.node(each, "owl:annotatedTarget"), reader.node(each, "owl:annotatedProperty")
        name = reader.value(each, "sssom:object_label")
        if target and relation and name:
            vocabulary = next((title for title, space in VOCABULARIES.values() if target.value.startswith(space)), "")
            curie = reader.dataset.prefixes.shorten(relation.value)
            sure = float(reader.value(each, "sssom:confidence") or 0)
            yield Mapping(vocabulary, curie, Link(target.value, Text(name, "en")), sure)
