"""What responses are made of: content type, caching headers, CORS and security headers; and Flask's own classes."""

import hashlib

from flask import Request as FlaskRequest
from flask import Response, request

from policing_goals.engine.spool import Spool
from policing_goals.web.http.messages import Headers, Reply, Request

# Cacheable by anyone, but always revalidated: a new snapshot may come at any moment.
FRESHNESS = "public, no-cache"
# Scripts of any site may read, errors included.
CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Accept, Accept-Profile, Content-Type, If-None-Match"),
    ("Access-Control-Expose-Headers", "ETag, Link, Retry-After"),
)
# Pages load only what this server sends, and no site may frame them.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
SECURITY = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", POLICY),
)
DEFAULT_HEADERS = (*CORS, *SECURITY)
# Other policies, by the end of the path.
POLICIES = {
    # Clients of the Reconciliation Service API show it in a frame of theirs.
    "/reconcile/preview": POLICY.replace("frame-ancestors 'none'", "frame-ancestors *"),
    # It runs Oxigraph in WebAssembly, which a policy must allow by name (CSP level 3).
    "/sparql.html": f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'",
}


def default_headers(path: str) -> Headers:
    """The headers that every response to a request for a path has."""
    for end, policy in POLICIES.items():
        if path.endswith(end):
            return tuple(
                (name, policy if name == "Content-Security-Policy" else value) for name, value in DEFAULT_HEADERS
            )
    return DEFAULT_HEADERS


def content_type(media_type: str) -> str:
    """The Content-Type of a media type; text is in UTF-8."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def entity_tag(body: bytes) -> str:
    """The entity tag of a response, without its quotes."""
    return hashlib.sha256(body).hexdigest()[:32]


def caching_headers(etag: str, vary: str = "Accept") -> Headers:
    """The headers of a response that holds as long as the snapshot does; with an empty tag, of one never to cache."""
    if not etag:
        return (("Vary", vary), ("Cache-Control", "no-store"))
    return (("Vary", vary), ("ETag", f'"{etag}"'), ("Cache-Control", FRESHNESS))


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


def cacheable_response(body: bytes, media_type: str) -> Response:
    """cacheable() for Flask; the conditions of the current request are applied."""
    return conditional(to_response(cacheable(body, media_type)))


def conditional(response: Response, accept_ranges: bool = False) -> Response:
    """A response after the conditions of the current request (RFC 9110, section 13), and ranges if it accepts them."""
    length = response.content_length if accept_ranges else None
    response.make_conditional(request, accept_ranges=accept_ranges, complete_length=length)
    return response


def to_request(request: FlaskRequest) -> Request:
    """The plain request of a Flask request, with its body as it came."""
    headers: dict[str, str] = {}
    for name, value in request.headers:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    query = request.environ.get("QUERY_STRING", "")
    return Request(request.method, query, headers, request.get_data(parse_form_data=False))


def to_response(reply: Reply) -> Response:
    """The Flask response of a plain reply."""
    body = reply.body if reply.file is None else iter(reply.file)
    response = Response(body, status=reply.status, content_type=reply.content_type or None)
    if reply.file is not None:
        response.content_length = len(reply.file)
    for name, value in reply.headers:
        response.headers.add(name, value)
    return response
