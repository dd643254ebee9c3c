"""Other programs against a running server."""
