"""Rows as a CSV file that somebody takes along: no cell of it starts a formula."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from engine.data.formulas import safe


def as_csv(rows: Sequence[Mapping[str, object]], columns: Iterable[str] | None = None) -> str:
    """Return rows as CSV.

    Parameters
    ----------
    rows : sequence of mappings
        Names of columns and values; what a row does not say is blank.
    columns : iterable of str, optional
        Which, in this order; by default all, as they first appear.
    """

    def cell(value: object) -> object:
        return safe(value) if isinstance(value, str) else value

    names = list(columns) if columns is not None else list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([safe(name) for name in names])
    writer.writerows([cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue()
