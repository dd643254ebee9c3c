"""The dataset of the live snapshot, and query evaluation.

There is no time-out here: Oxigraph cannot stop a running query.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial
from pathlib import Path
from typing import IO

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, QuerySolutions, QueryTriples, RdfFormat, Store

from policing_goals.engine.data_files import DataFiles
from policing_goals.engine.read_only import refuse_services, refuse_update
from policing_goals.engine.syntax_errors import syntax_error
from policing_goals.errors import ForbiddenQuery, UnknownSavedQuery, message
from policing_goals.model.labels import labels_in
from policing_goals.model.prefixes import Prefixes
from policing_goals.model.saved_query import Bindings, SavedQuery
from policing_goals.model.snapshot_format import (
    Manifest,
)
from policing_goals.model.validation_report import Report
from policing_goals.rdf.formats import Format, Kind
from policing_goals.rdf.serialization import Result, query_errors, write, write_to
from policing_goals.rdf.sparql_text import (
    SparqlText,
    escape_dotted_names,
    selects_all,
    with_columns_in_order,
    with_lower_case_booleans,
    without_header,
)
from policing_goals.rdf.total_order import with_total_order
from policing_goals.vocabulary import GPG, GRAPH_ALL

KEPT_LABELS = 20_000
# Which columns a query has does not depend on it.
ANY_BASE, EMPTY = "http://example.org/", Store()


@dataclass(frozen=True)
class Dataset:
    """The store of a snapshot with its manifest, saved queries and prefixes.

    store: our graph, as the default graph and in named graphs; default_graph: of the store, in a store of its own;
    services: the IRIs of the endpoints that a SERVICE clause may query; report: of its validation; index: of search and
    reconciliation; context: of JSON-LD documents; shapes: in N-Triples; files: the downloads; imports:
    the imported graphs, each a named graph, unless the store on disk has them; documents: a JSON object of HTML;
    path: the directory of the snapshot.
    """

    store: Store
    default_graph: Store
    manifest: Manifest
    queries: tuple[SavedQuery, ...]
    prefixes: Prefixes
    services: frozenset[str]
    report: Report
    index: bytes = b""
    context: bytes = b""
    shapes: bytes = b""
    files: DataFiles | None = None
    imports: Store = field(default_factory=Store)
    documents: bytes = b"{}"
    path: Path = Path()

    @cached_property
    def whole(self) -> Store:
        """Our graph and the imported ones, with gpg:graph-all, which has each of their triples once."""
        whole = Store()
        whole.bulk_extend(self.store)
        whole.bulk_extend(self.imports)
        merged = NamedNode(GRAPH_ALL)
        for quads in (self.default_graph, self.imports):
            whole.bulk_extend(Quad(quad.subject, quad.predicate, quad.object, merged) for quad in quads)
        return whole

    def open_files(self) -> None:
        """Open what queries read from files, in the process that runs them; there is none for a dataset in memory."""

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of our entities (the ends of their IRIs), sorted; without those that have been withdrawn."""
        ours = {q.subject.value for q in self.store if isinstance(q.subject, NamedNode)}
        named = {iri.removeprefix(GPG) for iri in ours if iri.startswith(GPG) and "#" not in iri}
        return tuple(sorted(named.difference(self.withdrawn)))

    @cached_property
    def withdrawn(self) -> tuple[str, ...]:
        """The names of our entities that are no longer in use, sorted."""
        quads = self.store.quads_for_pattern(None, self.prefixes.expand("owl:deprecated"), None, DefaultGraph())
        iris = {quad.subject.value for quad in quads if isinstance(quad.subject, NamedNode)}
        return tuple(sorted(iri.removeprefix(GPG) for iri in iris))

    @cached_property
    def labels_of(self) -> Callable[[NamedNode], Mapping[str, str]]:
        """A function that gives one label for each language of a node, by language tag; it keeps the latest ones."""
        # It must not hold the dataset, which would then not be freed when another takes its place.
        return lru_cache(KEPT_LABELS)(partial(_labels_of, self.store, self.prefixes))

    def saved_query(self, name: str) -> SavedQuery:
        """The saved query of that name; raises UnknownSavedQuery."""
        for query in self.queries:
            if query.name == name:
                return query
        known = ", ".join(query.name for query in self.queries)
        raise UnknownSavedQuery(f"There is no saved query {name!r}. Choose from {known}.")

    def query(
        self,
        text: str,
        bindings: Bindings | None = None,
        default: Sequence[str] = (),
        named: Sequence[str] = (),
        base: str = "",
        ours_alone: bool = False,
    ) -> Result:
        """Evaluate a SPARQL 1.1 query, with variables substituted by bindings.

        default and named: IRIs of the graphs that make up the dataset (SPARQL 1.1 Protocol, section 2.1.4); if there
        are any, they replace the query's own FROM clauses. Without either, the default graph is our own graph. base:
        the IRI that relative IRIs are resolved against, that of the endpoint; without one they are refused.
        ours_alone: whether GRAPH finds our named graphs only, and no imported one.

        Raises ForbiddenQuery for an update, a SERVICE that is not allowed or a graph that is not in the dataset;
        QuerySyntaxError for a text that does not parse; QueryFailed for a query that cannot be evaluated.
        """
        sparql = SparqlText(without_header(text))
        refuse_services(sparql, self.services, base)
        clauses = sparql.dataset_clauses(base)
        if not (default or named):
            default, named = clauses.default, clauses.named
        self._check_graphs((*default, *named))
        if default or named:
            evaluate = partial(self._query_graphs, bindings, default, named, base or None)
            ordered = self.ordered_in_any_graphs
        else:
            evaluate = partial(self._query_own, bindings, base or None, sparql, ours_alone)
            ordered = self.ordered_properties
        try:
            with query_errors():
                return _evaluate(evaluate, escape_dotted_names(clauses.text), partial(self._in_order, ordered))
        except SyntaxError as error:
            refuse_update(sparql.text)
            raise syntax_error(text, str(error.msg), self.prefixes.table) from error

    @cached_property
    def ordered_in_any_graphs(self) -> frozenset[str]:
        """IRIs of the properties whose values have a total order in any of the graphs, imported ones included."""
        return frozenset(self.manifest.ordered_with_imports)

    @cached_property
    def ordered_properties(self) -> frozenset[str]:
        """IRIs of the properties whose values have a total order in the default graph."""
        return frozenset(self.manifest.ordered_properties)

    def _in_order(self, ordered: frozenset[str], text: str) -> str:
        # A text that Oxigraph sorts as the standard says; ordered: see with_total_order.
        return with_total_order(text, ordered)

    def _query_own(
        self, bindings: Bindings | None, base: str | None, sparql: SparqlText, ours_alone: bool, text: str
    ) -> Result:
        # The default graph is ours. GRAPH with a variable finds each named graph but gpg:graph-all, which would give
        # every statement twice; that must be named.
        if not sparql.may_use_graph_clause:
            return self.default_graph.query(text, substitutions=bindings, base_iri=base)
        names_all = sparql.names(GRAPH_ALL)
        if ours_alone or not (names_all or self.manifest.imports):
            return self.store.query(text, substitutions=bindings, base_iri=base)
        named = [*self.manifest.graphs, GRAPH_ALL] if names_all else list(self.manifest.graphs)
        return self.whole.query(
            text, substitutions=bindings, base_iri=base, default_graph=[DefaultGraph()], named_graphs=nodes(named)
        )

    def _query_graphs(
        self, bindings: Bindings | None, default: Sequence[str], named: Sequence[str], base: str | None, text: str
    ) -> Result:
        graphs = nodes(named)
        if len(default) < 2:
            # Beside named graphs alone the list is empty, and so is the default graph.
            store = self.whole if self.manifest.imports or GRAPH_ALL in (*default, *named) else self.store
            return store.query(
                text, substitutions=bindings, base_iri=base, default_graph=[*nodes(default)], named_graphs=graphs
            )
        # Oxigraph would give a triple of two graphs twice; a store of their merge has it once.
        merged = Store()
        for iri in default:
            merged.extend(Quad(q.subject, q.predicate, q.object, DefaultGraph()) for q in self.graph(iri))
        for iri in named:
            merged.extend(self.graph(iri))
        return merged.query(text, substitutions=bindings, base_iri=base, named_graphs=graphs)

    def graph(self, iri: str) -> Iterator[Quad]:
        """The statements of a named graph; none if it does not exist."""
        if iri in self.manifest.imports:
            return self.imports.quads_for_pattern(None, None, None, NamedNode(iri))
        store = self.whole if iri == GRAPH_ALL else self.store
        return store.quads_for_pattern(None, None, None, NamedNode(iri))

    def _check_graphs(self, iris: Sequence[str]) -> None:
        for iri in iris:
            if iri not in self.manifest.queryable_graphs():
                known = ", ".join(self.manifest.queryable_graphs())
                raise ForbiddenQuery(
                    message(
                        "<{iri}> is not a graph of this dataset, and graphs are not fetched. Choose from {known}.",
                        iri=iri,
                        known=known,
                    )
                )

    def write(self, result: Result, form: Format) -> bytes:
        """A result in a format of its kind."""
        return write(result, form, self.prefixes)

    def write_to(self, output: IO[bytes], result: Result, form: Format) -> None:
        """Write a result in a format of its kind to a stream."""
        write_to(output, result, form, self.prefixes)


def _evaluate(evaluate: Callable[[str], Result], text: str, in_order: Callable[[str], str]) -> Result:
    """Evaluate a text, in the form that makes the engine follow the standard.

    in_order: makes a text that the engine sorts so. Raises what the function raises for the text itself.
    """
    try:
        return evaluate(_with_columns(in_order(text)))
    except SyntaxError:
        lower = with_lower_case_booleans(text)
        try:
            return evaluate(_with_columns(in_order(lower)))
        except SyntaxError:
            # The error must have the places of this text.
            evaluate(lower)
            raise


def _with_columns(text: str) -> str:
    if not selects_all(text) or "SERVICE" in text.upper():
        return text
    # Without data, this takes no longer than parsing.
    empty = EMPTY.query(text, base_iri=ANY_BASE)
    columns = empty.variables if isinstance(empty, QuerySolutions) else []
    return with_columns_in_order(text, [variable.value for variable in columns])


def nodes(iris: Iterable[str]) -> list[NamedNode | BlankNode]:
    """IRIs as nodes."""
    return [NamedNode(iri) for iri in iris]


def take_default_graph(store: Store) -> Store:
    """The default graph of a store in a store of its own.

    Oxigraph finds a statement by scanning all that share a term with it, in any graph: in this store, a query of the
    default graph scans half of them.
    """
    lines = (store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph()) or b"").splitlines(keepends=True)
    default = Store()
    # Sorted, so that the statements about one entity are adjacent.
    default.bulk_load(b"".join(sorted(lines)), format=RdfFormat.N_TRIPLES)
    return default


def _labels_of(store: Store, prefixes: Prefixes, node: NamedNode) -> Mapping[str, str]:
    return labels_in(store.quads_for_pattern(node, None, None, DefaultGraph()), prefixes).get(node, {})


def kind_of(result: Result) -> Kind:
    """Whether a result is solutions (SELECT, ASK) or a graph (CONSTRUCT, DESCRIBE)."""
    return Kind.GRAPH if isinstance(result, QueryTriples) else Kind.SOLUTIONS
