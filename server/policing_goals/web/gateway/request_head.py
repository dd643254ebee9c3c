"""The head of an HTTP request: parsed by llhttp, and checked for what llhttp leaves to us.

llhttp refuses malformed lines, obsolete line folding, bare carriage returns and line feeds, NUL, and every disagreement
on the length of a body (RFC 9112, 6.3). It accepts HTTP/0.9, any version, several hosts, Transfer-Encoding in HTTP/1.0,
and heads of any size.
"""

import re
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from urllib.parse import unquote_to_bytes

import httptools

from policing_goals.errors import (
    BadRequest,
    ExpectationFailed,
    HeadTooLarge,
    MethodNotImplemented,
    QueryError,
    UriTooLong,
    VersionNotSupported,
)

# Bytes of the target, which may carry a query; bytes and number of the header lines.
MAX_TARGET, MAX_HEADERS, MAX_LINES = 2**17, 2**14, 100
CACHED_HOSTS = 64
VERSIONS = ("1.0", "1.1")
END = b"\r\n\r\n"
# A token (RFC 9110, 5.6.2) where the method should be.
UPGRADE = re.compile(rb"\r\nupgrade[ \t]*:[^\r\n]*(?=\r\n)", re.IGNORECASE)
METHOD = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ ")
HOST = re.compile(
    r"(?:(?P<name>(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?)|\[(?P<address>[0-9A-Fa-f:.]+)\])(?::(?P<port>[0-9]{1,5}))?",
    re.ASCII,
)
ABSOLUTE = re.compile(r"https?://(?P<host>[^/?#]*)(?P<rest>[^#]*)", re.ASCII | re.IGNORECASE)
LAST_PORT = 65535
LENGTH = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True)
class RequestHead:
    """The head of a request.

    path: decoded; query: as it came, without the question mark; headers: values by lower-case name, the lines of one
    name joined by ", " (RFC 9110, 5.3); length: bytes of the body, None if it is chunked; keep_alive: whether the
    client may send another request on the connection; expects: whether it waits for 100 Continue.
    """

    method: str
    path: str
    query: str
    headers: dict[str, str]
    length: int | None
    keep_alive: bool
    expects: bool


class HeadParser:
    """Parses heads, and the chunks of a chunked body; one for a connection."""

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._target = b""
        self._lines: list[tuple[bytes, bytes]] = []
        self._keep_alive = False
        self._version = self._method = ""
        self.body = _Body()

    def parse(self, head: bytes) -> RequestHead:
        """The head of a request, from its first byte to the empty line; raises QueryError for one that is refused."""
        try:
            self._start(head)
        except httptools.HttpParserUpgrade:
            # Nothing but HTTP/1.1 is spoken here, so the header is ignored (RFC 9110, 7.8). The parser would not read
            # the body of such a request: it reads the head again without the header. CONNECT stays an upgrade.
            self._parser = httptools.HttpRequestParser(self)
            with suppress(httptools.HttpParserUpgrade):
                self._start(UPGRADE.sub(b"", head))
        except httptools.HttpParserError as error:
            self._parser = httptools.HttpRequestParser(self)
            raise _malformed(head, error) from error
        if not head[: head.find(b"\r\n")].endswith((b"HTTP/" + self._version.encode(), self._target)):
            raise BadRequest("The request is not one of HTTP.")
        return self._checked()

    def _start(self, head: bytes) -> None:
        self._target, self._lines, self.body = b"", [], _Body()
        self._parser.feed_data(head)

    def feed(self, piece: bytes) -> None:
        """Add a piece of the body to `body`; raises BadRequest if it is malformed."""
        try:
            self._parser.feed_data(piece)
        except httptools.HttpParserError as error:
            # What follows the body is another request, which is not read.
            if not self.body.complete:
                raise BadRequest(f"The body of the request is malformed: {error}.") from error

    def on_url(self, target: bytes) -> None:
        """Called by the parser with a piece of the target."""
        self._target += target

    def on_header(self, name: bytes, value: bytes) -> None:
        """Called by the parser with a header line."""
        self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        """Called by the parser at the end of the head; it forgets some of this after the message."""
        self._keep_alive = self._parser.should_keep_alive()
        self._version, self._method = self._parser.get_http_version(), self._parser.get_method().decode()

    def on_body(self, piece: bytes) -> None:
        """Called by the parser with a piece of the body, or of another that follows it."""
        if not self.body.complete:
            self.body.add(piece)

    def on_message_complete(self) -> None:
        """Called by the parser at the end of the body."""
        self.body.complete = True

    def _checked(self) -> RequestHead:
        version = self._version
        if version not in VERSIONS:
            raise VersionNotSupported(f"HTTP/{version} is not spoken here. Send the request with HTTP/1.1.")
        if len(self._target) > MAX_TARGET:
            raise UriTooLong(f"The address is longer than {MAX_TARGET // 1024} KiB. Send the query with POST.")
        if len(self._lines) > MAX_LINES:
            raise HeadTooLarge(f"The request has more than {MAX_LINES} header lines. Send fewer.")
        headers = _joined(self._lines)
        host, target = _split(self._target.decode("ascii"))
        _check_host(host if host is not None else headers.get("host"), self._hosts(), version)
        if "transfer-encoding" in headers and version == "1.0":
            raise BadRequest("Transfer-Encoding is not part of HTTP/1.0. Send the request with HTTP/1.1.")
        expects = headers.get("expect", "").lower()
        if expects not in ("", "100-continue"):
            raise ExpectationFailed("Of the header Expect, only 100-continue is understood.")
        length = None if "transfer-encoding" in headers else _length(headers.get("content-length", "0"))
        path, _, query = target.partition("?")
        return RequestHead(
            self._method,
            unquote_to_bytes(path).decode("utf-8", "replace") if "%" in path else path,
            query,
            headers,
            length,
            self._keep_alive and length is not None,
            bool(expects) and version == "1.1",
        )

    def _hosts(self) -> int:
        return sum(name.lower() == b"host" for name, _ in self._lines)


@dataclass
class _Body:
    """The pieces of a body and their size; whether it is complete."""

    pieces: list[bytes] = field(default_factory=list)
    size: int = 0
    complete: bool = False

    def add(self, piece: bytes) -> None:
        self.pieces.append(piece)
        self.size += len(piece)


def _malformed(head: bytes, error: httptools.HttpParserError) -> QueryError:
    if isinstance(error, httptools.HttpParserInvalidMethodError) and METHOD.match(head):
        method = head.partition(b" ")[0].decode("ascii")[:20]
        return MethodNotImplemented(f"{method} is not a method of HTTP. Send GET or POST, in capitals.")
    return BadRequest(f"The head of the request is malformed: {error}.")


def _joined(lines: list[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in lines:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _split(target: str) -> tuple[str | None, str]:
    """The host of a target in absolute form (RFC 9112, 3.2.2), None for another form; and its path and query."""
    if target.startswith("/") or target == "*":
        return None, target.partition("#")[0]
    absolute = ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise BadRequest("The target of a request begins with a slash.")
    rest = absolute["rest"]
    return absolute["host"], rest if rest.startswith("/") else f"/{rest}"


def _length(text: str) -> int:
    if not LENGTH.fullmatch(text):
        raise BadRequest("Content-Length is a number of bytes in decimal digits.")
    return int(text)


def _check_host(host: str | None, lines: int, version: str) -> None:
    # RFC 9112, 3.2: 400 for none, several, or an invalid one.
    if lines == 1 and host is not None and _is_valid_host(host):
        return
    if lines or version != "1.0":
        raise BadRequest("Send exactly one Host header with a host name or address, and a port if needed.")


@lru_cache(CACHED_HOSTS)
def _is_valid_host(text: str) -> bool:
    match = HOST.fullmatch(text)
    if match is None or int(match["port"] or 0) > LAST_PORT:
        return False
    try:
        return bool(match["name"].encode().decode("idna") if match["name"] else IPv6Address(match["address"]))
    except (AddressValueError, UnicodeError):
        return False
