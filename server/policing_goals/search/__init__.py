"""From words to the things meant."""
