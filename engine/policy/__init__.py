"""What to do with an answer."""
