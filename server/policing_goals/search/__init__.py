"""From words to entities."""
