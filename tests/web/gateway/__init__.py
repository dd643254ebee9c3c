"""Tests of the server with real sockets and processes."""
