"""Tests of HTTP semantics and languages."""
