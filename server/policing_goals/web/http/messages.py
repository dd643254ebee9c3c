"""Requests and replies as plain values, and the fields of forms. Handlers are functions from a Request to a Reply."""

import binascii
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

from policing_goals.engine.spool import Spool
from policing_goals.errors import BadRequest, message

# Bytes of a request body: no meaningful query has a megabyte.
BODY_LIMIT = 2**20
# Bytes of query string and body that the gateway reads itself; those of a page may have no more.
READ_BYTES = 16 * 2**10
MAX_FIELDS = 100
Headers = tuple[tuple[str, str], ...]


class Request(NamedTuple):
    """An HTTP request.

    query: the query string as it came, without the question mark; headers: values by lower-case name, several lines of
    one name joined by ", " (RFC 9110, 5.3); body: as it came; path: decoded; client: its address; origin: the address
    of the site as the client sees it, without a slash at its end, empty if unknown.
    """

    method: str
    query: str
    headers: Mapping[str, str]
    body: bytes = b""
    path: str = ""
    client: str = ""
    origin: str = ""

    def header(self, name: str) -> str:
        """The value of a header, empty if it is missing."""
        return self.headers.get(name, "")


class Reply(NamedTuple):
    """An HTTP response; content_type has its charset where the type has one.

    file: has the body instead if it is large.
    """

    status: int
    content_type: str
    body: bytes
    headers: Headers = ()
    file: Spool | None = None

    def size(self) -> int:
        """The number of bytes of the body."""
        return len(self.body) if self.file is None else len(self.file)


def content_type(media_type: str) -> str:
    """The Content-Type of a media type; text is in UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def parse_fields(text: str) -> list[tuple[str, str]]:
    """Names and values of a query string or a urlencoded form (WHATWG URL, "urlencoded parsing"), decoded once.

    Raises BadRequest for a text that is not UTF-8 or has too many fields.
    """
    if text.count("&") > MAX_FIELDS:
        raise BadRequest(message("There are more than {number} parameters. Send exactly one query.", number=MAX_FIELDS))
    try:
        return _parse_fast(text) or parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
    except UnicodeDecodeError as error:
        raise BadRequest("A parameter is not UTF-8. Encode it as UTF-8, then percent-encode it.") from error


def _parse_fast(text: str) -> list[tuple[str, str]] | None:
    """The fields of a text that is encoded correctly, None for any other."""
    # Quoted-printable differs from percent-encoding only in the sign of its escapes and in breaking lines, and is
    # decoded in C: seven times as fast on a query of a kilobyte, which urllib takes longer to decode than Oxigraph
    # to evaluate.
    if not text.isascii() or "\n" in text or "\r" in text:
        return None
    fields = []
    for part in text.split("&"):
        name, _, value = part.partition("=")
        decoded = [binascii.a2b_qp(_quoted_printable(each)) for each in (name, value)]
        # Each escape turns three characters into one byte; if the lengths differ, it was not an escape.
        if sum(map(len, decoded)) + 2 * part.count("%") != len(name) + len(value):
            return None
        if part:
            fields.append((decoded[0].decode("utf-8"), decoded[1].decode("utf-8")))
    return fields


def _quoted_printable(text: str) -> str:
    return text.replace("+", " ").replace("=", "=3D").replace("%", "=")
