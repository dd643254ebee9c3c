"""A back end: another SPARQL 1.1 endpoint that evaluates the queries on the same snapshot, such as Fuseki.

It is asked by POST (SPARQL 1.1 Protocol, 2.1.2) for SPARQL JSON or N-Triples alone; every other format, and everything
else that a client sees, is made here. Which snapshot it has, a statement tells that was loaded with it.
"""

import asyncio
import json
import ssl
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from policing_goals.engine.backend_connection import MAX_QUOTED, BackendConnection, Response, Wanted
from policing_goals.engine.spool import Spool
from policing_goals.errors import BackendFailed, QueryError, QueryFailed, message

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
CONNECT_SECONDS = 5.0
PORTS = {"http": 80, "https": 443}


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


class Backend:
    """Asks the back end, and keeps the connections for the next queries; belongs to one event loop."""

    def __init__(self, settings: BackendSettings, timeout: float) -> None:
        """timeout: seconds for one reply. Raises OSError if the file for the authorization cannot be read."""
        self.url = settings.url
        self._parts = urlsplit(settings.url)
        self._tls = ssl.create_default_context() if self._parts.scheme == "https" else None
        self._timeout = timeout
        self._head = self._head_of(settings)
        self._idle: list[BackendConnection] = []
        self._busy: set[BackendConnection] = set()
        self._closed = False

    async def query(self, request: BackendRequest, limit: int = MAX_RESULT, spool: str | None = None) -> BackendReply:
        """The reply to a query; if this is cancelled, the query ends.

        limit: the most bytes of a reply; spool: the directory for large ones. A fault of the connection is tried once
        more. Raises BackendFailed, QueryFailed for a query that the back end refuses, and ResultTooLarge.
        """
        form = request.form()
        sent = self._head + b"Content-Length: %d\r\n\r\n" % len(form) + form
        wanted = Wanted((SOLUTIONS, TRIPLES), limit, spool or tempfile.gettempdir())
        try:
            async with asyncio.timeout(self._timeout):
                return self._read(await self._exchange(sent, wanted))
        except TimeoutError as error:
            raise self._unreachable(f"no reply for {self._timeout:g} seconds") from error
        except OSError as error:
            raise self._unreachable(str(error) or repr(error)) from error

    async def version(self) -> str:
        """The SHA-256 of the snapshot that it has; raises BackendFailed if it names none, or more than one."""
        found = await self._column(VERSION_QUERY)
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

    async def check(self, version: str, triples: int) -> None:
        """Raise BackendFailed if it has not this snapshot, or not as its default graph. triples: that this has."""
        theirs = await self.version()
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
        count = await self._column(COUNT_QUERY)
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
        """Close all connections, which ends the queries under way; no other can be made."""
        self._closed = True
        for connection in (*self._idle, *self._busy):
            connection.close()
        self._idle.clear()

    async def _column(self, text: str) -> list[str]:
        reply = await self.query(BackendRequest(text))
        try:
            bindings = json.loads(b"".join(reply.pieces()))["results"]["bindings"]
            return [next(iter(row.values()))["value"] for row in bindings]
        except (ValueError, KeyError, StopIteration, TypeError, AttributeError) as error:
            raise BackendFailed(
                message("The back end {url} does not answer as a SPARQL endpoint does.", url=self.url)
            ) from error

    async def _exchange(self, sent: bytes, wanted: Wanted) -> Response:
        # A server may close a connection at any time, also that which was kept.
        try:
            return await self._exchange_once(sent, wanted)
        except OSError:
            return await self._exchange_once(sent, wanted)

    async def _exchange_once(self, sent: bytes, wanted: Wanted) -> Response:
        connection = await self._connection()
        self._busy.add(connection)
        try:
            return await connection.exchange(sent, wanted)
        finally:
            self._busy.remove(connection)
            if connection.open:
                self._idle.append(connection)

    async def _connection(self) -> BackendConnection:
        if self._closed:
            raise ConnectionError("this server has ended its queries")
        while self._idle:
            kept = self._idle.pop()
            if kept.open:
                return kept
        loop, host = asyncio.get_running_loop(), self._parts.hostname or ""
        port = self._parts.port or PORTS[self._parts.scheme]
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                _, connection = await loop.create_connection(BackendConnection, host, port, ssl=self._tls)
                return connection
        except TimeoutError as error:
            raise ConnectionError("the connection was not made in time") from error

    def _head_of(self, settings: BackendSettings) -> bytes:
        path = self._parts.path or "/"
        lines = [
            f"POST {path}?{self._parts.query} HTTP/1.1" if self._parts.query else f"POST {path} HTTP/1.1",
            f"Host: {self._parts.netloc.rpartition('@')[2]}",
            "Content-Type: application/x-www-form-urlencoded",
            f"Accept: {ACCEPT}",
        ]
        if settings.authorization_file:
            lines.append(f"Authorization: {Path(settings.authorization_file).read_text('ascii').strip()}")
        return "".join(f"{line}\r\n" for line in lines).encode("ascii")

    def _read(self, response: Response) -> BackendReply:
        status, media_type, framed, body = response
        if status == 200 and media_type in (SOLUTIONS, TRIPLES) and framed:
            return BackendReply(media_type, body)
        raise self._refusal(response)

    def _refusal(self, response: Response) -> QueryError:
        status, media_type, framed, body = response
        if status == 200 and not framed:
            return BackendFailed(
                message("The back end {url} does not say how long its reply is, so it may be cut off.", url=self.url)
            )
        quoted = body.decode("utf-8", "replace") if isinstance(body, bytes) else ""
        said = " ".join(quoted.split())[:MAX_QUOTED]
        if status == 400:
            return QueryFailed(message("The back end cannot evaluate the query: {said}", said=said))
        return BackendFailed(
            message(
                "The back end {url} replied with status {status} and {media_type}: {said}",
                url=self.url,
                status=status,
                media_type=media_type or "no media type",
                said=said,
            )
        )

    def _unreachable(self, cause: str) -> BackendFailed:
        return BackendFailed(message("The back end {url} cannot be reached: {error}.", url=self.url, error=cause))


def snapshot_statement(version: str) -> str:
    """The line of N-Quads that names the snapshot."""
    return f'<{SNAPSHOT_NODE}> <{IDENTIFIER}> "{version}" <{SNAPSHOT_GRAPH}> .\n'
