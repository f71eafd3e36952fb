"""The engine: values and paths in, values and paths out; no database, no screens, no globals."""
