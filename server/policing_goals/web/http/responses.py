"""The headers that every response has: changes when what a browser may do with one does."""

import hashlib

from flask import Request as FlaskRequest
from flask import Response, request

from policing_goals.web.http.messages import Reply, Request

# Cacheable by anyone, but always revalidated: a new snapshot may come at any moment.
FRESHNESS = "public, no-cache"
# Reads are open to scripts of any site (CORS), refusals included.
CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Accept, Accept-Profile, Content-Type, If-None-Match"),
    ("Access-Control-Expose-Headers", "ETag, Link, Retry-After"),
)
# Pages use what this server itself gives out, and no site may frame them.
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
# Clients of the Reconciliation Service API show this one in a frame of theirs.
FRAMEABLE = "/reconcile/preview"
# This one runs Oxigraph in WebAssembly, which a policy must allow by name (CSP level 3).
RUNS_WASM = "/sparql.html"
POLICIES = {
    FRAMEABLE: POLICY.replace("frame-ancestors 'none'", "frame-ancestors *"),
    RUNS_WASM: f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'",
}


def default_headers(path: str) -> tuple[tuple[str, str], ...]:
    """The headers of a response to a request for a path."""
    for end, policy in POLICIES.items():
        if path.endswith(end):
            return tuple(
                (name, policy if name == "Content-Security-Policy" else value) for name, value in DEFAULT_HEADERS
            )
    return DEFAULT_HEADERS


def to_request(request: FlaskRequest) -> Request:
    """The plain request of a Flask request, its body read whole and not decoded."""
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


def cacheable_response(body: bytes, media_type: str) -> Response:
    """A response that holds as long as the snapshot does, with its entity tag."""
    charset = "; charset=utf-8" if media_type.startswith("text/") else ""
    response = Response(body, content_type=media_type + charset)
    response.set_etag(entity_tag(body))
    response.headers["Cache-Control"] = FRESHNESS
    response.headers["Vary"] = "Accept"
    response.make_conditional(request)
    return response


def entity_tag(body: bytes) -> str:
    """The entity tag of a response, without its quotes."""
    return hashlib.sha256(body).hexdigest()[:32]
