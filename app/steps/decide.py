"""Wizard step: decide."""
