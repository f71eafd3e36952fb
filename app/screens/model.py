"""Screen: one model."""
