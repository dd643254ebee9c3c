"""The readings of the text by facet, to triples: changes when an assignment gets a new property.

A row of data/facets.readings.tsv is a concept that one or both readers saw in the heading or
sentence of an element, with the words that carry it. Settled with yes, it becomes the
direct triple and a named gpgo:FacetAssignment (owl:Axiom).
"""

from collections.abc import Iterator
from pathlib import Path

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.builder.agreement import Agreement, measurement_triples
from policing_goals.builder.sdg_links import official_texts
from policing_goals.builder.sources import SourceGraph, in_graph
from policing_goals.builder.tables import Row, read_plain_table
from policing_goals.errors import SourceError
from policing_goals.model.prefixes import Prefixes
from policing_goals.vocabulary import GPG

TABLE = "data/facets.readings.tsv"
GRAPH = NamedNode(GPG + "graph-facets")
SKOS = "http://www.w3.org/2004/02/skos/core#"
REQUIRED = ("element", "concept", "words", "first_reading", "second_reading", "settled")
# Scheme of a facet, by the property that leads to its concepts.
FACETS = {
    "crimeArea": "scheme-crime-areas",
    "actionType": "scheme-action-types",
    "actor": "scheme-actors",
    "capability": "scheme-capabilities",
}


def read_facets(root: Path, prefixes: Prefixes, assembly: SourceGraph) -> None:
    """Read the settled assignments into gpg:graph-facets, with the agreement of the two readings facet by facet.

    Elements and concepts must already be in the assembly. Raises SourceError, with file and line, for a
    row that stands twice, names what does not exist, or quotes words that the element does not have.
    """
    rows = read_plain_table(root, TABLE, REQUIRED)
    texts = official_texts(assembly)
    property_of = {concept: name for name, scheme in FACETS.items() for concept in _concepts(assembly, scheme)}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        pair = row.required("element"), row.required("concept")
        if pair in seen:
            raise row.fault(f"{pair[1]} stands twice for {pair[0]}.", "Merge the rows.")
        seen.add(pair)
        _check(row, assembly, texts, property_of, prefixes)
        if row.values["settled"] == "yes":
            for triple in _assignment(row, property_of, prefixes):
                assembly.add(in_graph(triple, GRAPH), row.place)
    for triple in _agreement(rows, property_of, len(texts), prefixes):
        assembly.add(in_graph(triple, GRAPH), TABLE)


def _concepts(assembly: SourceGraph, scheme: str) -> set[str]:
    node, in_scheme = NamedNode(GPG + scheme), NamedNode(SKOS + "inScheme")
    return {
        str(getattr(quad.subject, "value", ""))
        for quad in assembly.quads
        if (quad.predicate, quad.object) == (in_scheme, node)
    }


def _check(
    row: Row, assembly: SourceGraph, texts: dict[str, str], property_of: dict[str, str], prefixes: Prefixes
) -> None:
    element, concept, words = (row.required(column) for column in ("element", "concept", "words"))
    if not assembly.knows(_iri(element, prefixes)):
        raise row.fault(f"the element {element} does not exist.", "Name a goal, objective, theme or commitment.")
    if _iri(concept, prefixes) not in property_of:
        raise row.fault(f"the concept {concept} is in no facet.", "Name one of data/, or add it there first.")
    # That an element has lost its text is for the shapes to report.
    if words not in texts.get(element, words):
        raise row.fault(f"{element} does not say {words!r}.", "Quote its gpgo:officialText, word for word.")
    said = [row.required(column) for column in ("first_reading", "second_reading", "settled")]
    if not set(said) <= {"yes", "no"} or "yes" not in said[:2]:
        raise row.fault(f"the readings and the outcome are {', '.join(said)}.", "Write yes or no; one reader said yes.")


def _iri(curie: str, prefixes: Prefixes) -> str:
    try:
        return prefixes.expand(curie).value
    except (KeyError, ValueError):
        return ""


def _assignment(row: Row, property_of: dict[str, str], prefixes: Prefixes) -> Iterator[Triple]:
    element, concept = (prefixes.expand(row.values[column]) for column in ("element", "concept"))
    facet = prefixes.expand(f"gpgo:{property_of[concept.value]}")
    node = NamedNode(f"{GPG}facet-{element.value.removeprefix(GPG)}-{concept.value.removeprefix(GPG)}")
    yield Triple(element, facet, concept)
    for kind in ("gpgo:FacetAssignment", "owl:Axiom"):
        yield Triple(node, prefixes.expand("rdf:type"), prefixes.expand(kind))
    for name, value in (("Source", element), ("Property", facet), ("Target", concept)):
        yield Triple(node, prefixes.expand(f"owl:annotated{name}"), value)
    yield Triple(node, prefixes.expand("gpgo:words"), Literal(row.values["words"], language="fr"))


def _agreement(
    rows: tuple[Row, ...], property_of: dict[str, str], elements: int, prefixes: Prefixes
) -> Iterator[Triple]:
    for name, scheme in FACETS.items():
        own = [row for row in rows if property_of[prefixes.expand(row.values["concept"]).value] == name]
        if not own:
            raise SourceError(TABLE, f"no row has a concept of gpg:{scheme}.", "Restore the rows.")
        first, second = ([row.values[f"{which}_reading"] == "yes" for row in own] for which in ("first", "second"))
        concepts = sum(facet == name for facet in property_of.values())
        agreement = Agreement(
            first=sum(first),
            second=sum(second),
            both=sum(a and b for a, b in zip(first, second, strict=True)),
            possible=elements * concepts,
        )
        measured = f"facets-{scheme.removeprefix('scheme-')}"
        for triple in measurement_triples(measured, GRAPH, agreement.measurements(), prefixes):
            yield triple
            if triple.predicate == prefixes.expand("dqv:value"):
                yield Triple(triple.subject, prefixes.expand("dcterms:subject"), NamedNode(GPG + scheme))
