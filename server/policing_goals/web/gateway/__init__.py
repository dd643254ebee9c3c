"""The process that listens: bytes of HTTP to requests, and replies to bytes, from caches where possible."""
