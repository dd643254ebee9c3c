"""Documents about entities, under their IRIs."""
