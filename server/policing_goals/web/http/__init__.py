"""What every HTTP response needs, whatever it carries."""
