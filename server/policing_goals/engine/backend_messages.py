"""What a back end is asked, and what it replies: another SPARQL 1.1 endpoint with the same snapshot, such as Fuseki.

It is asked by POST (SPARQL 1.1 Protocol, 2.1.2) for SPARQL JSON or N-Triples alone; every other format, and everything
else that a client sees, is made here. Which snapshot it has, a statement tells that was loaded with it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

from policing_goals.engine.spool import Spool

# The statement that names the snapshot, in a graph of its own that is none of the dataset, so that no query of ours
# counts it.
SNAPSHOT_GRAPH = SNAPSHOT_NODE = "urn:policing-goals:snapshot"
IDENTIFIER = "http://purl.org/dc/terms/identifier"
VERSION_QUERY = f"SELECT ?v {{ GRAPH <{SNAPSHOT_GRAPH}> {{ <{SNAPSHOT_NODE}> <{IDENTIFIER}> ?v }} }}"
# The default graph has each of our statements once; a union of named graphs would have others too, and the same twice.
COUNT_QUERY = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
SOLUTIONS, TRIPLES = "application/sparql-results+json", "application/n-triples"
ACCEPT = f"{SOLUTIONS}, {TRIPLES};q=0.9"
MAX_RESULT = 2**28
# Of what a server says when it refuses, so many bytes are read, and so many characters quoted.
MAX_READ, MAX_QUOTED = 800, 200


@dataclass(frozen=True)
class BackendSettings:
    """Where the back end is: its URL, and a file with the value of the field Authorization, if it needs one.

    connections: queries that it is asked at once.
    """

    url: str
    authorization_file: str = ""
    connections: int = 64


NO_BACKEND = BackendSettings("")


@dataclass(frozen=True)
class BackendRequest:
    """A query on a dataset of graphs; default and named: their IRIs (see Dataset.query)."""

    text: str
    default: tuple[str, ...] = ()
    named: tuple[str, ...] = ()

    def form(self) -> bytes:
        """The request as the form of the protocol."""
        graphs = [("default-graph-uri", iri) for iri in self.default] + [("named-graph-uri", iri) for iri in self.named]
        return urlencode([("query", self.text), *graphs]).encode()


@dataclass(frozen=True)
class BackendReply:
    """The reply to a query: its media type (SOLUTIONS or TRIPLES), and its bytes, in a spool file if they are many."""

    media_type: str
    body: bytes | Spool

    def pieces(self) -> Iterator[bytes]:
        """The bytes, in pieces."""
        return iter((self.body,)) if isinstance(self.body, bytes) else iter(self.body)


def snapshot_statement(version: str) -> str:
    """The line of N-Quads that names the snapshot."""
    return f'<{SNAPSHOT_NODE}> <{IDENTIFIER}> "{version}" <{SNAPSHOT_GRAPH}> .\n'


def quoted(body: bytes) -> str:
    """The beginning of what a server said, in one line."""
    return " ".join(body.decode("utf-8", "replace").split())[:MAX_QUOTED]
