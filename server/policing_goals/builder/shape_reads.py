"""What each shape reads from the graph, so that after a change only the shapes that read what changed must run again.

A shape is a function of what it reads: if no statement that was added or removed fits anything that it read before, it
reads the same again, and finds the same.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from pyoxigraph import NamedNode, Quad, QueryBoolean, QuerySolutions, QueryTriples, Store
from pyparsing import ParseException
from rdflib import Graph, URIRef
from rdflib.namespace import SH
from rdflib.paths import NegatedPath, Path
from rdflib.plugins.sparql import prepareQuery
from rdflib.plugins.sparql.parserutils import CompValue

TARGETS = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf, SH.targetObjectsOf)
EVERYTHING = (None, None, None)
# Subject, predicate and object; None stands for any term.
Pattern = tuple[object, object, object]


@dataclass(frozen=True)
class Reads:
    """The patterns that a shape read, by predicate."""

    patterns: dict[object, frozenset[tuple[object, object]]]

    def touched_by(self, quads: Iterable[Quad]) -> bool:
        """Whether a shape may find something else once these statements have been added or removed."""
        return any(self._fits(quad) for quad in quads)

    def _fits(self, quad: Quad) -> bool:
        ends = (quad.subject, quad.object), (quad.subject, None), (None, quad.object), (None, None)
        read = (self.patterns.get(predicate, frozenset()) for predicate in (quad.predicate, None))
        return any(not each.isdisjoint(ends) for each in read)


class NotingStore:
    """A store of pyoxigraph for pySHACL that notes what is read from it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.patterns: set[Pattern] = set()
        self.queries: set[tuple[str, frozenset[tuple[str, str]]]] = set()

    def quads_for_pattern(
        self, subject: object, predicate: object, value: object, graph: object = None
    ) -> Iterator[Quad]:
        """The statements that fit a pattern, as Store.quads_for_pattern gives them."""
        self.patterns.add((subject, predicate, value))
        return self._store.quads_for_pattern(subject, predicate, value, graph)  # type: ignore[arg-type]

    def query(
        self, text: str, *, prefixes: dict[str, str], **options: object
    ) -> QuerySolutions | QueryBoolean | QueryTriples:
        """The result of a query, as Store.query gives it."""
        self.queries.add((text, frozenset((prefix, str(iri)) for prefix, iri in prefixes.items())))
        return self._store.query(text, prefixes=prefixes, **options)  # type: ignore[arg-type]

    def reads(self) -> Reads:
        """What was read so far."""
        patterns = self.patterns.union(*(query_patterns(text, prefixes) for text, prefixes in self.queries))
        found: dict[object, set[tuple[object, object]]] = {}
        for subject, predicate, value in patterns:
            found.setdefault(predicate, set()).add((subject, value))
        return Reads({predicate: frozenset(ends) for predicate, ends in found.items()})


def shapes_with_targets(shapes: Graph) -> list[str]:
    """The IRIs of the shapes that look for focus nodes themselves, sorted."""
    found = {shape for target in TARGETS for shape in shapes.subjects(target, None)}
    return sorted(str(shape) for shape in found if isinstance(shape, URIRef))


@lru_cache
def query_patterns(text: str, prefixes: frozenset[tuple[str, str]]) -> frozenset[Pattern]:
    """The triple patterns of a query, with None for each variable, blank node and literal.

    A query that rdflib cannot parse counts as one that reads everything.
    """
    try:
        return frozenset(_patterns(prepareQuery(text, initNs=dict(prefixes)).algebra))
    except ParseException:
        # Oxigraph reads some escapes of regular expressions that rdflib refuses.
        return frozenset([EVERYTHING])


def _patterns(node: object) -> Iterator[Pattern]:
    if isinstance(node, CompValue):
        if node.name == "Graph" and node.p.name == "BGP" and not node.p.triples:
            # GRAPH ?graph {} is satisfied by any statement of a graph.
            yield EVERYTHING
        for key, value in node.items():
            yield from _triples(value) if key == "triples" else _patterns(value)
    elif isinstance(node, (list, tuple, set)):
        for each in node:
            yield from _patterns(each)


def _triples(triples: list[tuple[object, ...]]) -> Iterator[Pattern]:
    terms = [term for triple in triples for term in triple]
    for subject, predicate, value in zip(terms[::3], terms[1::3], terms[2::3], strict=True):
        if isinstance(predicate, Path):
            yield from ((None, iri, None) for iri in _steps(predicate))
        else:
            yield _term(subject), _term(predicate), _term(value)


def _steps(path: object) -> Iterator[NamedNode | None]:
    # The properties of a path; a negated one reads any.
    if isinstance(path, (URIRef, NegatedPath)):
        yield _term(path)
        return
    for name in ("args", "arg", "path"):
        value = getattr(path, name, None)
        for each in value if isinstance(value, list) else [value] * (value is not None):
            yield from _steps(each)


def _term(term: object) -> NamedNode | None:
    return NamedNode(str(term)) if isinstance(term, URIRef) else None
