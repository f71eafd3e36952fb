"""Scored rows as Arrow tables that can be written: as text in which nothing starts a formula, or with their types."""

import csv
import io
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from engine.data.formulas import RISKY, safe
from engine.domain.dataset import AROUND, LARGEST, ColumnType


class NotTyped(Exception):
    """Columns of a text table hold something else than their beginning promised."""

    def __init__(self, names: frozenset[str]) -> None:
        super().__init__(names)
        self.names = names


def own_names(names: Iterable[str], answers: Iterable[str]) -> dict[str, str]:
    """Return a file's columns by the name they get: one that is called like an answer becomes ``<name> (before)``."""
    names, answers = list(names), list(answers)
    taken = {*answers, *names}
    given: dict[str, str] = {}
    for name in names:
        new = name
        while new in answers or (new != name and new in taken):
            new += " (before)"
        taken.add(new)
        given[new] = name
    return given


def header(names: Iterable[str], delimiter: str) -> bytes:
    """Return the first line of a text table."""
    line = io.StringIO()
    # A line that ends in two characters: both are quoted where they stand in a name.
    csv.writer(line, delimiter=delimiter).writerow([safe(str(name)) for name in names])
    return f"{line.getvalue()[:-2]}\n".encode()


def as_text(own: Mapping[str, str], cells: pa.Table, answers: pd.DataFrame, numbers: Iterable[str] = ()) -> pa.Table:
    """Return rows as a text table has them: numbers stay numbers, words are made safe.

    Parameters
    ----------
    own : mapping
        The file's columns by the name they get.
    cells : pyarrow.Table
        Their cells: text, or values of their own types.
    answers : DataFrame
        What was answered, a row for each row of ``cells``.
    numbers : iterable of str
        Columns of text in which every cell is a number or a date: they stay as they are written.
    """
    asis = frozenset(numbers)
    columns = [cells.column(name) if name in asis else _readable(cells.column(name)) for name in own.values()]
    columns += [_readable(answer(answers[name])) for name in answers.columns]
    return pa.table(columns, names=[*own, *map(str, answers.columns)])


def as_typed(
    own: Mapping[str, str], cells: pa.Table, answers: pd.DataFrame, types: Mapping[str, ColumnType], *, bare: bool
) -> pa.Table:
    """Return rows with their types; of a text table the columns in ``types`` get one, the others stay text.

    ``bare`` leaves out the spaces around words, as reading the whole of a text table does.

    Raises
    ------
    NotTyped
        If cells of such columns are none of their type.
    """
    columns: list[pa.ChunkedArray] = []
    other: set[str] = set()
    for name in own.values():
        values = cells.column(name)
        try:
            columns.append(_of_type(values, types[name]) if name in types else _bare(values) if bare else values)
        except pa.ArrowInvalid:
            other.add(name)
    if other:
        raise NotTyped(frozenset(other))
    columns += [answer(answers[name]) for name in answers.columns]
    return pa.table(columns, names=[*own, *map(str, answers.columns)])


def _bare(words: pa.ChunkedArray) -> pa.ChunkedArray:
    trimmed = pc.utf8_trim(words, AROUND)
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def answer(values: "pd.Series[Any]") -> pa.ChunkedArray:
    """Return a column of answers: numbers, or text."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        return pa.chunked_array([pa.array(values).cast(pa.string())])
    kind = pa.float64() if values.dtype.kind in "fi" else pa.string()
    return pa.chunked_array([pa.array(values, kind, from_pandas=True)])


def _of_type(values: pa.ChunkedArray, kind: ColumnType) -> pa.ChunkedArray:
    if kind is ColumnType.DATETIME:
        return pc.cast(values, pa.timestamp("ns"))
    numbers = pc.cast(values, pa.float64())
    numbers = pc.if_else(pc.greater(pc.abs(numbers), LARGEST), None, numbers)  # as what is read for the model
    return pc.cast(numbers, pa.int64()) if kind is ColumnType.INTEGER else numbers


def _readable(values: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _readable(pc.cast(values, kind.value_type))
    if pa.types.is_timestamp(kind):
        return _to_the_second(values)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_date(kind):
        return pc.if_else(pc.is_nan(values), None, values) if pa.types.is_floating(kind) else values
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        words = [None if value is None else str(value) for value in values.to_pylist()]
        values = pa.chunked_array([pa.array(words, pa.string())])
    # Where all begin with a plain letter nothing is risky: most columns of words are done with at a glance.
    if not pc.any(pc.or_(pc.less(values, "A"), pc.greater_equal(values, "\x7f"))).as_py():
        return values
    risky = pc.fill_null(pc.match_substring_regex(values, RISKY), False)
    if not pc.any(risky).as_py():
        return values
    whole, mask = values.combine_chunks(), risky.combine_chunks()
    made = pa.array([safe(text) for text in whole.filter(mask).to_pylist()], whole.type)
    return pa.chunked_array([pc.replace_with_mask(whole, mask, made)])


def _to_the_second(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return moments as people write them: without parts of a second where there are none."""
    plain = pc.cast(values, pa.timestamp(values.type.unit)) if values.type.tz else values
    with suppress(pa.ArrowInvalid):
        plain = pc.cast(plain, pa.timestamp("s"))
    return pc.cast(plain, pa.string())
