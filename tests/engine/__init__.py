"""Tests of query evaluation."""
