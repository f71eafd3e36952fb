"""How good, compared with what, why, and for whom."""
