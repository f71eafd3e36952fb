"""Checks with codes: what is wrong with a table or a question, the evidence, and the way out."""
