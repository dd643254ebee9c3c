"""Tests of the SPARQL endpoint."""
