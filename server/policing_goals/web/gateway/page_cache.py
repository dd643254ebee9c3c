"""Pages and documents kept: changes when another choice is made of what to keep.

What the site answers with an entity tag, or a redirect, holds as long as the snapshot does. It is kept
whole and encoded, so that the next client waits for nobody. The least recently asked goes first.
"""

from collections import OrderedDict

from werkzeug.http import parse_etags

from policing_goals.engine.compression import MIN_BYTES, compress
from policing_goals.web.gateway.rsgi import Scope, header_value
from policing_goals.web.http.i18n import language_cookie
from policing_goals.web.http.messages import Reply
from policing_goals.web.http.negotiation import choose_coding

# What a page may depend on besides its address.
VARYING = (
    "host",
    "accept",
    "accept-profile",
    "accept-language",
    *(f"x-forwarded-{it}" for it in ("host", "proto", "prefix")),
)
# Requests that depend on more are for the site itself.
UNCACHEABLE = ("range", "if-match", "if-modified-since", "if-unmodified-since", "authorization")
MAX_KEY = 8192
Key = tuple[str, ...]


class PageCache:
    """Replies of the site; belongs to one event loop."""

    def __init__(self, size: int) -> None:
        """size: bytes of replies to keep, 0 for none."""
        self._size = size
        self._kept: OrderedDict[Key, Reply] = OrderedDict()
        self._used = 0

    def find(self, scope: Scope, key: Key) -> Reply | None:
        """The reply to a request, if it is kept: 304 if the client has it already. key: of the request."""
        reply = self._kept.get(key) if key else None
        if reply is None:
            return None
        self._kept.move_to_end(key)
        return _not_modified(scope, reply) or reply

    def keep(self, scope: Scope, key: Key, reply: Reply) -> Reply:
        """Keep a reply of the site if it will hold; returns it in the coding that the client likes best."""
        if not key or reply.status not in (200, 303) or (reply.status == 200 and not _value(reply, "etag")):
            return _varying_by_coding(reply) if _value(reply, "etag") else reply
        encoded = _compressed(scope, reply)
        size = len(encoded.body) + sum(map(len, key))
        if scope.method == "GET" and size <= self._size and key not in self._kept:
            self._kept[key] = encoded
            self._used += size
            while self._used > self._size:
                oldest, gone = self._kept.popitem(last=False)
                self._used -= len(gone.body) + sum(map(len, oldest))
        return encoded


def cache_key(scope: Scope) -> Key:
    """What the reply to a request depends on, empty if that may be anything."""
    # To ask for what is not there takes as long as to be told it all.
    there = set(scope.headers.keys())
    if scope.method not in ("GET", "HEAD") or not there.isdisjoint(UNCACHEABLE):
        return ()
    varying = (header_value(scope, name) if name in there else "" for name in VARYING)
    coding = choose_coding(header_value(scope, "accept-encoding")) if "accept-encoding" in there else ""
    chosen = language_cookie(header_value(scope, "cookie")) if "cookie" in there else ""
    key = (scope.path, scope.query_string, coding, chosen, *varying)
    return key if sum(map(len, key)) <= MAX_KEY else ()


def _not_modified(scope: Scope, reply: Reply) -> Reply | None:
    given, tag = header_value(scope, "if-none-match"), _value(reply, "etag")
    if not given or not tag or not (given.strip() == "*" or parse_etags(given).contains_weak(tag.strip('"'))):
        return None
    return Reply(304, "", b"", tuple(item for item in reply.headers if item[0].lower() != "content-encoding"))


def _compressed(scope: Scope, reply: Reply) -> Reply:
    reply = _varying_by_coding(reply)
    headers = tuple(item for item in reply.headers if item[0].lower() != "etag")
    coding = choose_coding(header_value(scope, "accept-encoding")) if len(reply.body) >= MIN_BYTES else ""
    tag = _value(reply, "etag").strip('"')
    if coding:
        # Other bytes, so another entity.
        headers = (*headers, ("Content-Encoding", coding))
        tag = f"{tag}-{coding}"
    if tag:
        headers = (*headers, ("ETag", f'"{tag}"'))
    body = compress(reply.body, coding) if coding else reply.body
    return reply._replace(body=body, headers=headers)


def _varying_by_coding(reply: Reply) -> Reply:
    # Also of a part, or of what has not changed: another client might get it in a coding.
    vary = ", ".join(filter(None, (_value(reply, "vary"), "Accept-Encoding")))
    others = (item for item in reply.headers if item[0].lower() != "vary")
    return reply._replace(headers=(*others, ("Vary", vary)))


def _value(reply: Reply, name: str) -> str:
    return next((value for header, value in reply.headers if header.lower() == name), "")
