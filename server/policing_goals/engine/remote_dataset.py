"""A dataset whose queries at the endpoint are evaluated by a back end; our own graph stays here for all else."""

import json
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from io import BytesIO
from pathlib import Path
from typing import IO

from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store, parse_query_results

from policing_goals.engine.backend_messages import SOLUTIONS, BackendRequest
from policing_goals.engine.dataset import ANY_BASE, EMPTY, Dataset
from policing_goals.engine.dataset_on_disk import named_graph_of_all
from policing_goals.errors import BackendFailed, message
from policing_goals.model.saved_query import Bindings
from policing_goals.rdf.serialization import Result
from policing_goals.rdf.sparql_text import SparqlText
from policing_goals.vocabulary import GRAPH_ALL

EVERYTHING = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
# Gives the result of a request to the back end.
Ask = Callable[[BackendRequest], Result]


def _no_back_end(request: BackendRequest) -> Result:
    raise RuntimeError(f"no back end to ask {request.text}")


@dataclass(frozen=True)
class RemoteDataset(Dataset):
    """A dataset of a snapshot that a back end has too."""

    ask: Ask = _no_back_end

    @classmethod
    def of(cls, dataset: Dataset, ask: Ask) -> "RemoteDataset":
        """The dataset with a back end."""
        return cls(**{field.name: getattr(dataset, field.name) for field in fields(Dataset)}, ask=ask)

    def _in_order(self, ordered: frozenset[str], text: str) -> str:
        # Another engine sorts by itself; Jena 5.6 fails at the keys that Oxigraph needs.
        return text

    def _query_own(
        self, bindings: Bindings | None, base: str | None, sparql: SparqlText, ours_alone: bool, text: str
    ) -> Result:
        if bindings:
            return super()._query_own(bindings, base, sparql, ours_alone, text)
        if sparql.names(GRAPH_ALL) and sparql.may_use_graph_clause:
            raise named_graph_of_all()
        return self._ask(text, base)

    def _query_graphs(
        self, bindings: Bindings | None, default: Sequence[str], named: Sequence[str], base: str | None, text: str
    ) -> Result:
        if GRAPH_ALL in named:
            raise named_graph_of_all()
        # The merge of all graphs is what SPARQL makes of several default graphs.
        every = [iri for iri in self.manifest.queryable_graphs() if iri != GRAPH_ALL]
        graphs = [each for iri in default for each in (every if iri == GRAPH_ALL else [iri])]
        return self._ask(text, base, tuple(dict.fromkeys(graphs)), tuple(named))

    def _ask(self, text: str, base: str | None, default: tuple[str, ...] = (), named: tuple[str, ...] = ()) -> Result:
        # Our parser says where an error is, and what kind of result the query has; it takes no time without data.
        empty = EMPTY.query(text, base_iri=base or ANY_BASE)
        result = self.ask(BackendRequest(f"BASE <{base}>\n{text}" if base else text, default, named))
        if type(result) is not type(empty) or columns_of(result) != columns_of(empty):
            raise BackendFailed(message("The back end sent the result of another query."))
        return result


def columns_of(result: Result) -> set[str]:
    """The names of the variables of a result, if it has any."""
    return {each.value for each in result.variables} if isinstance(result, QuerySolutions) else set()


def result_of(media_type: str, content: bytes | Path) -> Result:
    """The result in a reply of a back end, which is in memory or in a file; raises BackendFailed if it is malformed."""
    try:
        if media_type != SOLUTIONS:
            graph = Store()
            graph.bulk_load(_opened(content), format=RdfFormat.N_TRIPLES)
            return graph.query(EVERYTHING)
        result = parse_query_results(_opened(content), QueryResultsFormat.JSON)
        if isinstance(result, QuerySolutions):
            # Read to the end first: a result that is half written when a fault comes could not be taken back.
            deque(result, 0)
            return parse_query_results(_opened(content), QueryResultsFormat.JSON)
        json.load(_opened(content))
        return result
    except (SyntaxError, ValueError, RecursionError) as error:
        raise BackendFailed(message("The reply of the back end is malformed: {error}.", error=error)) from error


def _opened(content: bytes | Path) -> IO[bytes]:
    return BytesIO(content) if isinstance(content, bytes) else content.open("rb")
