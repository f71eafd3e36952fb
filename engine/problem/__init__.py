"""From a table and a question to a problem: task, metric, rows."""
