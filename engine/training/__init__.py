"""AutoGluon and the simple ways it must beat."""
