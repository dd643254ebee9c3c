"""From results to HTTP."""
