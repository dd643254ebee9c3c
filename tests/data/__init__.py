"""Tests of what the built graph says."""
