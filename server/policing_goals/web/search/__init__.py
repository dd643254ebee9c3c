"""Search and reconciliation over HTTP."""
