"""Values that the builder writes and the engine reads."""
