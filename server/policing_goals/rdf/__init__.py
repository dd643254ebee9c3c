"""Triples and solutions as bytes: a leaf that the build, the engine and the web use alike."""
