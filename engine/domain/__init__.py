"""The frozen nouns: light to import, no behaviour beyond themselves."""
