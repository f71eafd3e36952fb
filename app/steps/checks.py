"""Wizard step: checks."""
