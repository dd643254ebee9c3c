"""LRU cache of rendered pages, keyed by everything they vary on.

A response of the site with an entity tag, or a redirect, holds as long as the snapshot does. It is cached compressed.
"""

from collections import OrderedDict

from werkzeug.http import parse_etags

from policing_goals.engine.compression import MIN_BYTES, compress
from policing_goals.web.http.i18n import language_cookie
from policing_goals.web.http.messages import Reply, Request
from policing_goals.web.http.negotiation import choose_coding

# What a page may vary on besides its address.
VARYING = (
    "host",
    "accept",
    "accept-profile",
    "accept-language",
    *(f"x-forwarded-{it}" for it in ("host", "proto", "prefix")),
)
# The site itself answers requests with one of these.
UNCACHEABLE = ("range", "if-match", "if-modified-since", "if-unmodified-since", "authorization")
MAX_KEY = 8192
Key = tuple[str, ...]


class PageCache:
    """Cached replies of the site; belongs to one event loop."""

    def __init__(self, size: int) -> None:
        """size: bytes of replies to cache, 0 for none."""
        self._size = size
        self._replies: OrderedDict[Key, Reply] = OrderedDict()
        self._used = 0

    def find(self, request: Request, key: Key) -> Reply | None:
        """The cached reply for a key, or 304 if the client already has it; None if nothing is cached."""
        reply = self._replies.get(key) if key else None
        if reply is None:
            return None
        self._replies.move_to_end(key)
        return _not_modified(request, reply) or reply

    def add(self, request: Request, key: Key, reply: Reply) -> Reply:
        """Cache a reply of the site if it holds for the snapshot; returns it in the coding that the client prefers."""
        if not key or reply.status not in (200, 303) or (reply.status == 200 and not _value(reply, "etag")):
            return _varying_by_coding(reply) if _value(reply, "etag") else reply
        compressed = _compressed(request, reply)
        size = len(compressed.body) + sum(map(len, key))
        if request.method == "GET" and size <= self._size and key not in self._replies:
            self._replies[key] = compressed
            self._used += size
            while self._used > self._size:
                oldest, removed = self._replies.popitem(last=False)
                self._used -= len(removed.body) + sum(map(len, oldest))
        return compressed


def cache_key(request: Request) -> Key:
    """The key of a request: everything that its reply varies on; empty if the reply cannot be cached."""
    present = request.headers.keys()
    if request.method not in ("GET", "HEAD") or not present.isdisjoint(UNCACHEABLE):
        return ()
    varying = map(request.header, VARYING)
    coding = choose_coding(request.header("accept-encoding"))
    chosen = language_cookie(request.header("cookie"))
    key = (request.path, request.query, coding, chosen, *varying)
    return key if sum(map(len, key)) <= MAX_KEY else ()


def _not_modified(request: Request, reply: Reply) -> Reply | None:
    given, tag = request.header("if-none-match"), _value(reply, "etag")
    if not given or not tag or not (given.strip() == "*" or parse_etags(given).contains_weak(tag.strip('"'))):
        return None
    return Reply(304, "", b"", tuple(item for item in reply.headers if item[0].lower() != "content-encoding"))


def _compressed(request: Request, reply: Reply) -> Reply:
    reply = _varying_by_coding(reply)
    headers = tuple(item for item in reply.headers if item[0].lower() != "etag")
    coding = choose_coding(request.header("accept-encoding")) if len(reply.body) >= MIN_BYTES else ""
    tag = _value(reply, "etag").strip('"')
    if coding:
        # Other bytes, so another entity tag.
        headers = (*headers, ("Content-Encoding", coding))
        tag = f"{tag}-{coding}"
    if tag:
        headers = (*headers, ("ETag", f'"{tag}"'))
    body = compress(reply.body, coding) if coding else reply.body
    return reply._replace(body=body, headers=headers)


def _varying_by_coding(reply: Reply) -> Reply:
    # Also for a partial or unmodified response: another client might get it in a coding.
    vary = ", ".join(filter(None, (_value(reply, "vary"), "Accept-Encoding")))
    others = (item for item in reply.headers if item[0].lower() != "vary")
    return reply._replace(headers=(*others, ("Vary", vary)))


def _value(reply: Reply, name: str) -> str:
    return next((value for header, value in reply.headers if header.lower() == name), "")
