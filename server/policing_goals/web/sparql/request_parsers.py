"""The paths that a query answers, and the parser of the requests to each."""

from functools import partial

from policing_goals.engine.dataset import Dataset
from policing_goals.web.sparql.graph_store import parse_graph_request
from policing_goals.web.sparql.protocol import parse_query_request
from policing_goals.web.sparql.responses import RequestParser


def request_parsers(dataset: Dataset) -> dict[str, RequestParser]:
    """The parser of the requests to each path that a query answers."""
    return {"/sparql": parse_query_request, "/graph": partial(parse_graph_request, dataset.manifest.queryable_graphs())}
