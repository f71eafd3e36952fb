"""The product: one function per verb, over what the engine makes and the store remembers."""
