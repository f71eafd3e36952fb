"""From a file to a table that is understood."""
