"""A dataset with large imports: queries of them read an Oxigraph store on disk; our own graph is in memory too."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cached_property

from pyoxigraph import BlankNode, DefaultGraph, NamedNode, Quad, Store

from policing_goals.engine.dataset import Dataset, nodes
from policing_goals.errors import ForbiddenQuery, message
from policing_goals.model.saved_query import Bindings
from policing_goals.model.snapshot_format import STORE
from policing_goals.rdf.serialization import Result
from policing_goals.rdf.sparql_text import SparqlText
from policing_goals.vocabulary import GRAPH_ALL


@dataclass(frozen=True)
class DatasetOnDisk(Dataset):
    """A dataset of a snapshot that has a store on disk."""

    @classmethod
    def of(cls, dataset: Dataset) -> "DatasetOnDisk":
        """The same dataset, whose imports are read from the store on disk."""
        return cls(**{field.name: getattr(dataset, field.name) for field in fields(Dataset)})

    @cached_property
    def whole(self) -> Store:
        """Our graph and the imported ones. To be opened after the last fork: RocksDB has threads."""
        return Store.read_only(str(self.path / STORE))

    def open_files(self) -> None:
        """Open the store."""
        _ = self.whole

    def graph(self, iri: str) -> Iterator[Quad]:
        """The statements of a named graph; none if it does not exist."""
        if iri in self.manifest.imports:
            return self.whole.quads_for_pattern(None, None, None, NamedNode(iri))
        return super().graph(iri)

    def _query_own(
        self, bindings: Bindings | None, base: str | None, sparql: SparqlText, ours_alone: bool, text: str
    ) -> Result:
        if sparql.names(GRAPH_ALL) and sparql.may_use_graph_clause and not ours_alone:
            raise named_graph_of_all()
        return super()._query_own(bindings, base, sparql, ours_alone, text)

    def _query_graphs(
        self, bindings: Bindings | None, default: Sequence[str], named: Sequence[str], base: str | None, text: str
    ) -> Result:
        if GRAPH_ALL in named:
            raise named_graph_of_all()
        imported = [iri for iri in default if iri in self.manifest.imports]
        whole = GRAPH_ALL in default
        ours = [iri for iri in default if iri not in self.manifest.imports and iri != GRAPH_ALL]
        graphs: list[NamedNode | BlankNode | DefaultGraph] = [DefaultGraph()] if whole else [*nodes(ours)]
        graphs += nodes(self.manifest.imports if whole else imported)
        if len(graphs) > 1 and not self.manifest.graphs_are_disjoint():
            return self._query_merged(bindings, default, named, base, text)
        return self.whole.query(
            text, substitutions=bindings, base_iri=base, default_graph=graphs, named_graphs=nodes(named)
        )

    def _query_merged(
        self, bindings: Bindings | None, default: Sequence[str], named: Sequence[str], base: str | None, text: str
    ) -> Result:
        # Oxigraph would give a triple of two graphs twice. Few can be merged in memory.
        counts = self.manifest.queryable_graphs()
        if sum(counts[iri] for iri in {*default, *named}) <= self.manifest.on_disk_above and GRAPH_ALL not in default:
            return super()._query_graphs(bindings, default, named, base, text)
        raise ForbiddenQuery(
            message(
                "These graphs have statements in common, and are too large to be merged for a query. Name one with "
                "FROM, or ask for each with GRAPH."
            )
        )


def named_graph_of_all() -> ForbiddenQuery:
    """The error for a query of gpg:graph-all as a named graph, where it is not stored."""
    return ForbiddenQuery(
        message("<{iri}> is not stored as a named graph here. Name it with FROM, not with GRAPH.", iri=GRAPH_ALL)
    )
