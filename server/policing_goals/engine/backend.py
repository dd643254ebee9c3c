"""A back end: another SPARQL 1.1 endpoint that evaluates the queries on the same snapshot, such as Fuseki.

It is asked by POST (SPARQL 1.1 Protocol, 2.1.2) for SPARQL JSON or N-Triples alone; every other format, and everything
else that a client sees, is made here. Which snapshot it has, a statement tells that was loaded with it.
"""

import json
import ssl
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import SplitResult, urlencode, urlsplit

from policing_goals.errors import BackendFailed, QueryFailed, ResultTooLarge, message

# The statement that names the snapshot, in a graph of its own that is none of the dataset, so that no query of ours
# counts it.
SNAPSHOT_GRAPH = SNAPSHOT_NODE = "urn:policing-goals:snapshot"
IDENTIFIER = "http://purl.org/dc/terms/identifier"
VERSION_QUERY = f"SELECT ?v {{ GRAPH <{SNAPSHOT_GRAPH}> {{ <{SNAPSHOT_NODE}> <{IDENTIFIER}> ?v }} }}"
# The default graph has each of our statements once; a union of named graphs would have others too, and the same twice.
COUNT_QUERY = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
SOLUTIONS, TRIPLES = "application/sparql-results+json", "application/n-triples"
ACCEPT = f"{SOLUTIONS}, {TRIPLES};q=0.9"
SHORT_TIMEOUT = 2.0
MAX_QUOTED = 200


@dataclass(frozen=True)
class BackendSettings:
    """Where the back end is: its URL, and a file with the value of the field Authorization, if it needs one."""

    url: str
    authorization_file: str = ""

    def dumps(self) -> str:
        """The settings as JSON."""
        return json.dumps(asdict(self))


NO_BACKEND = BackendSettings("")


@dataclass(frozen=True)
class BackendReply:
    """The reply to a query: its media type (SOLUTIONS or TRIPLES), and its bytes."""

    media_type: str
    body: bytes


def connect(url: SplitResult, timeout: float, tls: ssl.SSLContext | None) -> HTTPConnection:
    """A connection to the host of a URL, opened at the first request. tls: what verifies its certificate, for https."""
    host, port = url.hostname or "", url.port
    if tls is not None:
        return HTTPSConnection(host, port, timeout=timeout, context=tls)
    return HTTPConnection(host, port, timeout=timeout)


def tls_of(url: SplitResult) -> ssl.SSLContext | None:
    """What verifies the certificate of a host; None without https."""
    return ssl.create_default_context() if url.scheme == "https" else None


class Backend:
    """A connection to the back end, for one query at a time; opened at the first."""

    def __init__(self, settings: BackendSettings, timeout: float) -> None:
        """timeout: seconds without a byte from it. Raises OSError if the file for the authorization cannot be read."""
        self._parts = urlsplit(settings.url)
        self.url = settings.url
        self._timeout = timeout
        self._headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": ACCEPT}
        if settings.authorization_file:
            self._headers["Authorization"] = Path(settings.authorization_file).read_text("ascii").strip()
        # Read now: a worker may open no files later.
        self._tls = tls_of(self._parts)
        self._connection: HTTPConnection | None = None

    def query(
        self, text: str, default: Sequence[str] = (), named: Sequence[str] = (), limit: int = 2**28
    ) -> BackendReply:
        """The reply to a query on a dataset of graphs (see Dataset.query).

        limit: the most bytes of a reply. A fault of the connection is tried once more. Raises BackendFailed,
        QueryFailed for a query that the back end refuses, and ResultTooLarge.
        """
        graphs = [("default-graph-uri", iri) for iri in default] + [("named-graph-uri", iri) for iri in named]
        body = urlencode([("query", text), *graphs]).encode()
        try:
            return self._read(self._send(body), limit)
        except (OSError, HTTPException):
            self.close()
        try:
            return self._read(self._send(body), limit)
        except (OSError, HTTPException) as error:
            self.close()
            raise BackendFailed(
                message("The back end {url} cannot be reached: {error}.", url=self.url, error=str(error) or repr(error))
            ) from error

    def version(self) -> str:
        """The SHA-256 of the snapshot that it has; raises BackendFailed if it names none, or more than one."""
        found = self._column(VERSION_QUERY)
        if len(found) != 1:
            raise BackendFailed(
                message(
                    "The back end {url} names {number} snapshots in the graph <{graph}>. Load it with "
                    "`policing-goals publish`.",
                    url=self.url,
                    number=len(found),
                    graph=SNAPSHOT_GRAPH,
                )
            )
        return found[0]

    def check(self, version: str, triples: int) -> None:
        """Raise BackendFailed if it has not this snapshot, or not as its default graph. triples: that this has."""
        theirs = self.version()
        if theirs != version:
            raise BackendFailed(
                message(
                    "The back end {url} has snapshot {theirs}, and this server has {ours}. "
                    "Run `policing-goals publish`.",
                    url=self.url,
                    theirs=theirs,
                    ours=version,
                )
            )
        count = self._column(COUNT_QUERY)
        if count != [str(triples)]:
            raise BackendFailed(
                message(
                    "The default graph of the back end {url} has {theirs} statements, and not {ours}. "
                    "It must be the one that was loaded, not a union of named graphs.",
                    url=self.url,
                    theirs=", ".join(count),
                    ours=triples,
                )
            )

    def close(self) -> None:
        """Close the connection; the next query opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _column(self, text: str) -> list[str]:
        try:
            bindings = json.loads(self.query(text).body)["results"]["bindings"]
            return [next(iter(row.values()))["value"] for row in bindings]
        except (ValueError, KeyError, StopIteration, TypeError, AttributeError) as error:
            raise BackendFailed(
                message("The back end {url} does not answer as a SPARQL endpoint does.", url=self.url)
            ) from error

    def _send(self, body: bytes) -> HTTPResponse:
        if self._connection is None:
            self._connection = connect(self._parts, self._timeout, self._tls)
        path = self._parts.path or "/"
        target = f"{path}?{self._parts.query}" if self._parts.query else path
        self._connection.request("POST", target, body, self._headers)
        return self._connection.getresponse()

    def _read(self, response: HTTPResponse, limit: int) -> BackendReply:
        body = response.read(limit + 1)
        if len(body) > limit:
            self.close()
            raise ResultTooLarge(
                message(
                    "The result is larger than {number} MiB. Use LIMIT, fewer columns, or a filter.",
                    number=limit // 2**20,
                )
            )
        media_type = (response.headers.get_content_type()).lower()
        if response.status == 200 and media_type in (SOLUTIONS, TRIPLES):
            return BackendReply(media_type, body)
        said = " ".join(body[: 4 * MAX_QUOTED].decode("utf-8", "replace").split())[:MAX_QUOTED]
        if response.status == 400:
            raise QueryFailed(message("The back end cannot evaluate the query: {said}", said=said))
        raise BackendFailed(
            message(
                "The back end {url} replied with status {status} and {media_type}: {said}",
                url=self.url,
                status=response.status,
                media_type=media_type,
                said=said,
            )
        )


def snapshot_statement(version: str) -> str:
    """The line of N-Quads that names the snapshot."""
    return f'<{SNAPSHOT_NODE}> <{IDENTIFIER}> "{version}" <{SNAPSHOT_GRAPH}> .\n'
