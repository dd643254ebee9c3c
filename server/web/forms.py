"""Query strings and urlencoded forms: changes when they are encoded otherwise (WHATWG URL, "urlencoded parsing")."""

import binascii
import re
from urllib.parse import parse_qsl

from server.errors import BadRequest

NO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")

MOST = 100


def read_fields(text: str) -> list[tuple[str, str]]:
    """Names and values of a query string or a form, decoded once.

    Raises BadRequest for what is not UTF-8, or far too many.
    """
    if text.count("&") > MOST:
        raise BadRequest(f"There are more than {MOST} parameters. Send exactly one query.")
    try:
        if not (text.isascii() and text.isprintable()) or NO_ESCAPE.search(text):
            return parse_qsl(text, keep_blank_values=True, encoding="utf-8", errors="strict")
        return [_field(part) for part in text.split("&") if part]
    except UnicodeDecodeError as error:
        raise BadRequest("A parameter is not UTF-8. Encode it as UTF-8, then percent-encode it.") from error


def _field(part: str) -> tuple[str, str]:
    name, _, value = part.partition("=")
    return _decoded(name), _decoded(value)


def _decoded(text: str) -> str:
    # Quoted-printable differs from percent-encoding only in its sign for an escape, and is decoded in C:
    # seven times as fast on a query of a kilobyte, which urllib takes longer to decode than Oxigraph to answer.
    return binascii.a2b_qp(text.replace("+", " ").replace("=", "=3D").replace("%", "=")).decode("utf-8")
