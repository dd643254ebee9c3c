"""Replies with ETag, Cache-Control and Vary (RFC 9110, section 13)."""

import hashlib

from policing_goals.engine.spool import Spool
from policing_goals.web.http.messages import Headers, Reply, content_type

# Cacheable by anyone, but always revalidated: a new snapshot may come at any moment.
FRESHNESS = "public, no-cache"


def entity_tag(body: bytes) -> str:
    """The entity tag of a response, without its quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def caching_headers(etag: str, vary: str = "Accept") -> Headers:
    """The headers of a response that holds as long as the snapshot does; with an empty tag, of one never to cache.

    vary: the request headers that it depends on, empty for none.
    """
    varying = (("Vary", vary),) if vary else ()
    if not etag:
        return (*varying, ("Cache-Control", "no-store"))
    return (*varying, ("ETag", f'"{etag}"'), ("Cache-Control", FRESHNESS))


def success(
    body: bytes, media_type: str, etag: str, vary: str = "Accept", headers: Headers = (), file: Spool | None = None
) -> Reply:
    """A reply with status 200. etag and vary: see caching_headers; file: has the body instead if it is large."""
    return Reply(200, content_type(media_type), body, (*caching_headers(etag, vary), *headers), file)


def cacheable(body: bytes, media_type: str, vary: str = "Accept", headers: Headers = ()) -> Reply:
    """A reply with status 200 that holds as long as the snapshot does, with an entity tag made from its bytes."""
    return success(body, media_type, entity_tag(body), vary, headers)


def not_modified(etag: str, vary: str) -> Reply:
    """The reply to a client that has the current response already."""
    return Reply(304, "", b"", caching_headers(etag, vary))
