"""From a snapshot to query results."""
