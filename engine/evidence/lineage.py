"""What a model's table was combined from, as its card says it."""

from engine.domain.dataset import Dataset


def combined_from(dataset: Dataset) -> tuple[tuple[str, str], ...]:
    """Return the line of a card that names the two tables, their keys, times and new columns; none for a file."""
    made = dataset.made_of
    if made is None:
        return ()
    keys = " and ".join(a if a == b else f"{a} = {b}" for a, b in made.recipe.keys)
    time = f"only what lies before {made.recipe.time}" if made.recipe.time else "no times compared"
    added = ", ".join(column.name for column in made.recipe.added)
    text = f"{made.base_name} with columns from {made.other_name} by {keys} ({time}): {added}"
    return (("Combined", f"{text}. {made.matched.matched:,} of {made.matched.rows:,} rows found their key."),)
