"""Wizard step: understand."""
