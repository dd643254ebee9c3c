"""From answers to HTTP."""
