"""Wizard step: release."""
