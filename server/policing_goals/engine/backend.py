"""Asks a back end; needs aiohttp."""

import asyncio
import json
import re
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp

from policing_goals.engine.backend_messages import (
    ACCEPT,
    COUNT_QUERY,
    MAX_READ,
    MAX_RESULT,
    SNAPSHOT_GRAPH,
    SOLUTIONS,
    TRIPLES,
    VERSION_QUERY,
    BackendReply,
    BackendRequest,
    BackendSettings,
    quoted,
)
from policing_goals.engine.spool import CHUNK, SpoolingWriter
from policing_goals.errors import BackendFailed, QueryError, QueryFailed, message

# Seconds.
CONNECT_TIMEOUT, KEPT = 5.0, 15.0
MAX_SHORT = 2**16
SHA256, NUMBER = re.compile("[0-9a-f]{64}"), re.compile("[0-9]{1,15}")


class BackendSilent(BackendFailed):
    """The back end has not replied in time."""


class Backend:
    """Asks the back end, and keeps the connections for the next queries; belongs to one event loop."""

    def __init__(self, settings: BackendSettings, timeout: float) -> None:
        """timeout: seconds for one reply. Raises OSError if the file for the authorization cannot be read."""
        self._asked = settings.url
        # Named in errors, so without a password.
        parts = urlsplit(settings.url)
        self.url = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._timeout = timeout
        # A reply in a content coding could be of any length.
        self._headers = {"Accept": ACCEPT, "Accept-Encoding": "identity"}
        self._headers["Content-Type"] = "application/x-www-form-urlencoded"
        if settings.authorization_file:
            self._headers["Authorization"] = Path(settings.authorization_file).read_text("ascii").strip()
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        self._closed = False

    async def query(self, request: BackendRequest, limit: int = MAX_RESULT, spool: str | None = None) -> BackendReply:
        """The reply to a query; if this is cancelled, the query ends.

        limit: the most bytes of a reply; spool: the directory for large ones. Raises BackendFailed, QueryFailed for a
        query that the back end refuses, and ResultTooLarge.
        """
        try:
            async with asyncio.timeout(self._timeout):
                async with await self._post(request.form()) as response:
                    return await self._read(response, limit, spool or tempfile.gettempdir())
        except TimeoutError as error:
            raise BackendSilent(self._unreachable(f"no reply for {self._timeout:g} seconds").args[0]) from error
        except aiohttp.ClientResponseError as error:
            raise self._unreachable(error.message) from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise self._unreachable(str(error) or type(error).__name__) from error

    async def version(self) -> str:
        """The SHA-256 of the snapshot that it has; raises BackendFailed if it names none, or more than one."""
        found = await self._column(VERSION_QUERY, SHA256)
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

    async def check_version(self, version: str) -> None:
        """Raise BackendFailed if it has not this snapshot."""
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

    async def check_default_graph(self, triples: int) -> None:
        """Raise BackendFailed if its default graph has not so many statements."""
        count = await self._column(COUNT_QUERY, NUMBER)
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

    async def aclose(self) -> None:
        """Close all connections, which ends the queries under way; no other can be made."""
        self._closed = True
        for session in self._sessions.values():
            await session.close()

    async def _post(self, form: bytes) -> aiohttp.ClientResponse:
        try:
            return await self._session(kept=True).post(self._asked, data=form, allow_redirects=False)
        except aiohttp.ClientConnectionError:
            # A server may close a connection at any time, also one that was kept: once more, on a new one.
            return await self._session(kept=False).post(self._asked, data=form, allow_redirects=False)

    def _session(self, kept: bool) -> aiohttp.ClientSession:
        if self._closed:
            raise aiohttp.ClientConnectionError("this server has ended its queries")
        if kept not in self._sessions:
            options = {"keepalive_timeout": KEPT} if kept else {"force_close": True}
            self._sessions[kept] = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, **options),
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_TIMEOUT),
                auto_decompress=False,
            )
        return self._sessions[kept]

    async def _read(self, response: aiohttp.ClientResponse, limit: int, spool: str) -> BackendReply:
        if response.status != 200 or response.content_type not in (SOLUTIONS, TRIPLES):
            raise await self._refusal(response)
        if "Content-Length" not in response.headers and "Transfer-Encoding" not in response.headers:
            raise BackendFailed(
                message("The back end {url} does not say how long its reply is, so it may be cut off.", url=self.url)
            )
        with SpoolingWriter(limit, spool) as writer:
            while piece := await response.content.read(CHUNK):
                writer.write(piece)
            return BackendReply(response.content_type, writer.finish())

    async def _column(self, text: str, pattern: re.Pattern[str]) -> list[str]:
        reply = await self.query(BackendRequest(text), MAX_SHORT)
        try:
            bindings = json.loads(b"".join(reply.pieces()))["results"]["bindings"]
            found = [next(iter(row.values()))["value"] for row in bindings]
            if all(pattern.fullmatch(each) for each in found):
                return found
        except (ValueError, KeyError, StopIteration, TypeError, AttributeError, RecursionError):
            pass
        raise BackendFailed(message("The back end {url} does not answer as a SPARQL endpoint does.", url=self.url))

    async def _refusal(self, response: aiohttp.ClientResponse) -> QueryError:
        said = quoted(await response.content.read(MAX_READ))
        if response.status == 400:
            return QueryFailed(message("The back end cannot evaluate the query: {said}", said=said))
        return BackendFailed(
            message(
                "The back end {url} replied with status {status} and {media_type}: {said}",
                url=self.url,
                status=response.status,
                media_type=response.content_type,
                said=said,
            )
        )

    def _unreachable(self, cause: str) -> BackendFailed:
        return BackendFailed(message("The back end {url} cannot be reached: {error}.", url=self.url, error=cause))
