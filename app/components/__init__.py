"""Reusable views: nouns in, pixels out."""
