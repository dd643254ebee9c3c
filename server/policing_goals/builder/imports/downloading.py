"""Download a document from an address that a stranger may have chosen."""

import ipaddress
import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import IO, TYPE_CHECKING
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import (
    HTTPHandler,
    HTTPRedirectHandler,
    HTTPSHandler,
    OpenerDirector,
    Request,
    build_opener,
    getproxies,
)

from policing_goals.errors import SourceError

if TYPE_CHECKING:
    from http.client import HTTPMessage, HTTPResponse

    from policing_goals.builder.child_process import Told

STALLED_SECONDS, WHOLE_SECONDS = 30.0, 600.0
PIECE = 2**18
FIX = "Try again later, or import a file; nothing was changed."


def download(source: str, path: Path, accept: str, most: int, allow_private: bool, told: "Told") -> str:
    """Write the body of a document to a file; its media type.

    accept: the Accept header; most: bytes; allow_private: whether the server may have an address that is not on the
    public internet; told: called with the number of bytes that came and the length of the whole. Raises SourceError
    if it cannot be had, is larger, or redirects to another scheme (but https).
    """
    request = Request(source, headers={"Accept": accept})  # noqa: S310  # http or https, as the caller checked
    try:
        with _opener(allow_private).open(request, timeout=STALLED_SECONDS) as reply:
            _write_body(source, reply, path, most, told)
            return str(reply.headers.get_content_type())
    except (OSError, HTTPException, ValueError) as error:
        if isinstance(error, HTTPError):
            error.close()
        raise SourceError(source, f"it cannot be fetched: {getattr(error, 'reason', error)}.", FIX) from error


def _write_body(source: str, reply: "HTTPResponse", path: Path, most: int, told: "Told") -> None:
    begun, size = time.monotonic(), 0
    length = int(reply.headers.get("Content-Length") or 0)
    if length > most:
        raise too_large(source, most)
    with path.open("wb") as file:
        while piece := reply.read1(PIECE):
            file.write(piece)
            size += len(piece)
            told(len(piece), max(length, size))
            if size > most:
                raise too_large(source, most)
            if time.monotonic() - begun > WHOLE_SECONDS:
                raise SourceError(source, f"it did not arrive within {WHOLE_SECONDS:g} seconds.", FIX)
    if size < length:
        raise SourceError(source, f"it cannot be fetched: only {size} of {length} bytes came.", FIX)


def too_large(source: str, most: int) -> SourceError:
    """The error for a document of more than so many bytes."""
    return SourceError(
        source, f"it is larger than {most // 2**20} MiB.", "Split it, or raise --max-size; nothing was changed."
    )


def _opener(allow_private: bool) -> OpenerDirector:
    if allow_private or getproxies():
        # A proxy decides itself where it connects.
        return build_opener(_Redirects)
    return build_opener(_Redirects, _PublicHttp, _PublicHttps)


class _Redirects(HTTPRedirectHandler):
    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: "HTTPMessage", newurl: str
    ) -> Request | None:
        before, after = urlsplit(req.full_url).scheme, urlsplit(newurl).scheme
        if after not in (before, "https"):
            raise OSError(f"it redirects from {before} to {newurl[:200]}")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _check_peer(connection: HTTPConnection) -> None:
    # After connecting, so that the name cannot have another address when it is looked up again.
    peer = ipaddress.ip_address(str(connection.sock.getpeername()[0]).partition("%")[0])
    address = getattr(peer, "ipv4_mapped", None) or peer
    if not address.is_global:
        connection.close()
        raise OSError(f"{connection.host} has the private address {address}; allow that with --allow-private")


class _PublicConnection(HTTPConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)


class _PublicSecureConnection(HTTPSConnection):
    def connect(self) -> None:
        super().connect()
        _check_peer(self)


class _PublicHttp(HTTPHandler):
    def http_open(self, req: Request) -> "HTTPResponse":
        return self.do_open(_PublicConnection, req)


class _PublicHttps(HTTPSHandler):
    def https_open(self, req: Request) -> "HTTPResponse":
        return self.do_open(_PublicSecureConnection, req)
