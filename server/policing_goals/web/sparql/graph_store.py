"""SPARQL 1.1 Graph Store Protocol, read-only: `?graph=IRI` is a named graph, `?default` the default graph."""

from collections.abc import Collection

from policing_goals.engine.query_job import QueryJob
from policing_goals.errors import BadRequest, MethodNotAllowed, NotFound
from policing_goals.rdf.formats import Kind
from policing_goals.web.http.messages import Request, parse_fields
from policing_goals.web.http.negotiation import choose, choose_coding, format_name
from policing_goals.web.sparql.responses import PlannedQuery, plan_query

METHODS = ("GET", "HEAD", "OPTIONS")
EVERY_TRIPLE = "CONSTRUCT WHERE { ?s ?p ?o }"


def parse_graph_request(graphs: Collection[str], request: Request) -> PlannedQuery:
    """The query that answers a request; raises QueryError for a request that is refused.

    graphs: the IRIs of the named graphs of the dataset.
    """
    if request.method not in METHODS:
        raise MethodNotAllowed(f"{request.method} is refused: graphs are read-only here.", METHODS)
    fields = parse_fields(request.query)
    accept, form = request.header("accept"), format_name(value for name, value in fields if name == "format")
    chosen = choose(accept, Kind.GRAPH, form)
    coding = choose_coding(request.header("accept-encoding"))
    return plan_query(QueryJob(EVERY_TRIPLE, _graph(graphs, fields), graph=chosen.name, coding=coding), accept, form)


def _graph(graphs: Collection[str], fields: list[tuple[str, str]]) -> tuple[str, ...]:
    named = [value for name, value in fields if name == "graph"]
    default = [value for name, value in fields if name == "default"]
    if len(named) + len(default) != 1:
        raise BadRequest("Name exactly one graph: /graph?graph=IRI for a named graph, /graph?default for the default.")
    if named and named[0] not in graphs:
        raise NotFound(f"There is no graph <{named[0]}>. Choose from {', '.join(graphs)}.")
    return tuple(named)
