"""The process that listens: RSGI requests to replies, from caches where possible."""
