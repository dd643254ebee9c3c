"""Triples, query results and SPARQL text as bytes and strings."""
