"""Graphs of others: from a file or URL to named graphs of a snapshot."""
