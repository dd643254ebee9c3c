"""Tests of the saved queries over HTTP."""
