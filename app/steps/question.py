"""Wizard step: question."""
