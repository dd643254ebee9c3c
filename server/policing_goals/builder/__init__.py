"""From files to one checked dataset."""
