"""The SPARQL 1.1 Graph Store HTTP Protocol, read side: changes when that protocol does.

`?graph=IRI` names a graph, `?default` the default graph; both are read with GET or HEAD.
"""

from pyoxigraph import DefaultGraph, NamedNode

from server.engine.formats import Kind
from server.engine.store import Dataset
from server.errors import BadRequest, MethodNotAllowed, NotFound, QueryError
from server.web.messages import Reply, Request
from server.web.negotiation import choose
from server.web.problems import problem
from server.web.sparql import read_fields

METHODS = ("GET", "HEAD", "OPTIONS")


def answer(dataset: Dataset, request: Request) -> Reply:
    """The reply to a request of the protocol: a graph or, for whatever is refused, problem details."""
    accept = request.header("accept")
    try:
        if request.method == "OPTIONS":
            return Reply(204, "text/plain", b"", (("Allow", ", ".join(METHODS)),))
        if request.method not in METHODS:
            raise MethodNotAllowed(f"{request.method} is refused: graphs can only be read here.", METHODS)
        fields = read_fields(request.query)
        names = [value for name, value in fields if name == "format"]
        form = choose(accept, Kind.GRAPH, names[0] if names else None)
        charset = "; charset=utf-8" if form.media_type.startswith("text/") else ""
        body = dataset.dump(_graph(dataset, fields), form)
        return Reply(200, form.media_type + charset, body, (("Vary", "Accept"),))
    except QueryError as error:
        return problem(error, accept)


def _graph(dataset: Dataset, fields: list[tuple[str, str]]) -> NamedNode | DefaultGraph:
    named = [value for name, value in fields if name == "graph"]
    default = [value for name, value in fields if name == "default"]
    if len(named) + len(default) != 1:
        raise BadRequest(
            "Name exactly one graph: /graph?graph=IRI for a named graph, /graph?default for the default one."
        )
    if default:
        return DefaultGraph()
    if named[0] not in dataset.manifest.graphs:
        raise NotFound(f"There is no graph <{named[0]}>. There are: {', '.join(dataset.manifest.graphs)}.")
    return NamedNode(named[0])
