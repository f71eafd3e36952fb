"""The store: remembers. Of the engine it knows only the nouns."""
