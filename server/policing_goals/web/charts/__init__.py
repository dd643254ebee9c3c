"""Charts: their layout from saved queries, and their pages at /charts/."""
