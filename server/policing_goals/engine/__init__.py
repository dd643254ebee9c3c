"""From the dataset to answers."""
