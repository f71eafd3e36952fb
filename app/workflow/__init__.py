"""The product: one function per verb; the only place where engine meets store."""
