"""Facet annotations to triples, with the agreement of the two annotators.

A row of data/facets.readings.tsv is a concept that one or both annotators saw in the heading or sentence of an
element, with the words that name it. If it was settled with yes, it becomes the direct triple and a named
gpgo:FacetAssignment (owl:Axiom).
"""

from collections.abc import Iterator, Mapping

from pyoxigraph import Literal, NamedNode, Triple

from policing_goals.builder.annotator_agreement import Agreement, measurement_triples
from policing_goals.builder.sdg_links import official_texts
from policing_goals.builder.sources import SourceGraph, Sources, in_graph
from policing_goals.builder.tables import Row, read_plain_table
from policing_goals.errors import SourceError
from policing_goals.model.facets import FACETS, Facet
from policing_goals.vocabulary import GPG

TABLE = "data/facets.readings.tsv"
GRAPH = NamedNode(GPG + "graph-facets")
REQUIRED = ("element", "concept", "words", "first_reading", "second_reading", "settled", "reason")


def read_facets(sources: Sources, graph: SourceGraph) -> None:
    """Read the settled annotations into gpg:graph-facets, with the agreement of the annotators for each facet.

    The graph must have the elements and concepts. Raises SourceError, with file and line, for a row that is there
    twice, names what does not exist, or quotes words that the element does not have.
    """
    rows = read_plain_table(sources, TABLE, REQUIRED)
    texts = official_texts(graph)
    facet_of = {iri: facet for facet in FACETS for iri in _concepts(graph, facet, sources)}
    seen: set[tuple[str, str]] = set()
    for row in rows:
        pair = row.required("element"), row.required("concept")
        if pair in seen:
            raise row.fault(f"{pair[1]} is there twice for {pair[0]}.", "Merge the rows.")
        seen.add(pair)
        _check(row, graph, texts, facet_of, sources)
        if row.values["settled"] == "yes":
            for triple in _assignment(row, facet_of, sources):
                graph.add(in_graph(triple, GRAPH), row.place)
    for facet in FACETS:
        for triple in _agreement(facet, rows, facet_of, len(texts), sources):
            graph.add(in_graph(triple, GRAPH), TABLE)


def _concepts(graph: SourceGraph, facet: Facet, sources: Sources) -> set[str]:
    wanted = (sources.expand("skos:inScheme"), sources.expand(facet.scheme))
    return {str(getattr(quad.subject, "value", "")) for quad in graph.quads if (quad.predicate, quad.object) == wanted}


def _check(
    row: Row, graph: SourceGraph, texts: dict[str, str], facet_of: Mapping[str, Facet], sources: Sources
) -> None:
    element, concept, words = (row.required(column) for column in ("element", "concept", "words"))
    if not graph.knows(_iri(element, sources)):
        raise row.fault(f"the element {element} does not exist.", "Name a goal, objective, theme or commitment.")
    if _iri(concept, sources) not in facet_of:
        raise row.fault(f"the concept {concept} is in no facet.", "Name one of data/, or add it there first.")
    # The shapes report an element that has lost its text.
    if words not in texts.get(element, words):
        raise row.fault(f"{element} does not say {words!r}.", "Quote its gpgo:officialText, word for word.")
    given = [row.required(column) for column in ("first_reading", "second_reading", "settled")]
    if not set(given) <= {"yes", "no"} or "yes" not in given[:2]:
        problem = f"the readings and the outcome are {', '.join(given)}."
        raise row.fault(problem, "Write yes or no; at least one reading is yes.")
    if (len(set(given)) > 1) != ("reason" in row.values):
        problem = "a reason is given for an agreement, or none where a reading was not followed."
        raise row.fault(problem, "Say why it was settled this way.")


def _iri(curie: str, sources: Sources) -> str:
    try:
        return sources.expand(curie).value
    except (KeyError, ValueError):
        return ""


def _assignment(row: Row, facet_of: Mapping[str, Facet], sources: Sources) -> Iterator[Triple]:
    expand = sources.expand
    element, concept = (expand(row.values[column]) for column in ("element", "concept"))
    property_ = expand(facet_of[concept.value].property)
    node = NamedNode(f"{GPG}facet-{element.value.removeprefix(GPG)}-{concept.value.removeprefix(GPG)}")
    yield Triple(element, property_, concept)
    for class_ in ("gpgo:FacetAssignment", "owl:Axiom"):
        yield Triple(node, expand("rdf:type"), expand(class_))
    for name, value in (("Source", element), ("Property", property_), ("Target", concept)):
        yield Triple(node, expand(f"owl:annotated{name}"), value)
    yield Triple(node, expand("gpgo:words"), Literal(row.values["words"], language="fr"))


def _agreement(
    facet: Facet, rows: tuple[Row, ...], facet_of: Mapping[str, Facet], elements: int, sources: Sources
) -> Iterator[Triple]:
    own = [row for row in rows if facet_of[sources.expand(row.values["concept"]).value] == facet]
    if not own:
        raise SourceError(TABLE, f"no row has a concept of {facet.scheme}.", "Restore the rows.")
    first, second = ([row.values[f"{which}_reading"] == "yes" for row in own] for which in ("first", "second"))
    agreement = Agreement(
        first=sum(first),
        second=sum(second),
        both=sum(a and b for a, b in zip(first, second, strict=True)),
        possible=elements * sum(each == facet for each in facet_of.values()),
    )
    name = f"facets-{facet.scheme.removeprefix('gpg:scheme-')}"
    for triple in measurement_triples(name, GRAPH, agreement.measurements(), sources.prefixes):
        yield triple
        if triple.predicate == sources.expand("dqv:value"):
            yield Triple(triple.subject, sources.expand("dcterms:subject"), sources.expand(facet.scheme))
