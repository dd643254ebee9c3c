"""The headers that every response has: changes when what a browser may do with one does."""

# Reads are open to scripts of any site (CORS), refusals included.
OPEN = (
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
HARDENING = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
    ("Content-Security-Policy", POLICY),
)
ALWAYS = (*OPEN, *HARDENING)
# Clients of the Reconciliation Service API show this one in a frame of theirs.
FRAMED = "/reconcile/preview"
# This one runs Oxigraph in WebAssembly, which a policy must allow by name (CSP level 3).
COMPILED = "/sparql.html"
POLICIES = {
    FRAMED: POLICY.replace("frame-ancestors 'none'", "frame-ancestors *"),
    COMPILED: f"{POLICY}; script-src 'self' 'wasm-unsafe-eval'",
}


def always(path: str) -> tuple[tuple[str, str], ...]:
    """The headers of a response to a request for a path."""
    for end, policy in POLICIES.items():
        if path.endswith(end):
            return tuple((name, policy if name == "Content-Security-Policy" else value) for name, value in ALWAYS)
    return ALWAYS
