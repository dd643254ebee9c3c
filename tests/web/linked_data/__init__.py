"""Tests of the IRIs and their documents."""
