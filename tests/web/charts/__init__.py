"""Tests of web/charts/."""
