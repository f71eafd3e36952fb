"""Wizard step: train."""
