"""From source files to a snapshot."""
