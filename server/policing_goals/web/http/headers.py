"""The headers of every response: CORS and security."""

import re

from policing_goals.web.http.messages import Headers

# Scripts of any site may read, errors included.
CORS = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "*, Authorization, Accept, Accept-Profile, Content-Type, If-None-Match"),
    ("Access-Control-Expose-Headers", "ETag, Link, Retry-After, Snapshot"),
)
# Pages load only what this server sends, and no site may frame them.
POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
# What the operator may let other sites frame: a chart alone.
CHART = re.compile("/charts/[^/]+[.]svg$")
SECURITY = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", POLICY),
)
# The field that says which snapshot a response is from: its SHA-256.
SNAPSHOT = "Snapshot"
DEFAULT_HEADERS = (*CORS, *SECURITY)
WITH_WASM = f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'"
# Other policies, by the end of the path.
POLICIES = {
    # Clients of the Reconciliation Service API show it in a frame.
    "/reconcile/preview": FRAMED,
    # It runs Oxigraph in WebAssembly, which a policy must allow by name (CSP level 3).
    "/sparql.html": WITH_WASM,
    # A worker has the policy that its script comes with.
    "/editor/local_worker.js": WITH_WASM,
}


def meta_policy(path: str) -> str:
    """The policy for a meta element, which cannot forbid frames (CSP level 3), in a page at a path."""
    return "; ".join(part for part in _policy(path).split("; ") if not part.startswith("frame-ancestors"))


def default_headers(path: str, allow_frames: bool = False) -> Headers:
    """The headers that every response to a request for a path has. allow_frames: other sites may frame charts."""
    policy = FRAMED if allow_frames and CHART.search(path) else _policy(path)
    if policy == POLICY:
        return DEFAULT_HEADERS
    return tuple((name, policy if name == "Content-Security-Policy" else value) for name, value in DEFAULT_HEADERS)


def _policy(path: str) -> str:
    return next((policy for end, policy in POLICIES.items() if path.endswith(end)), POLICY)
