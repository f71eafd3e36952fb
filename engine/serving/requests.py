"""From the bytes of a request to a canonical frame; the first thing that does not fit the contract refuses it."""

import json
import threading
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.serving.refusal import BadCall, shown
from engine.serving.values import Read, reader, together

Row = Mapping[str, Any]
_MAX_EXTRAS = 20  # reasons about one row's superfluous columns
_LONGEST_EXTRA = 200
_LARGE = 1_000_000  # bytes; what is made of them can take thirty times as many, so large bodies are read one by one
_one_by_one = threading.Lock()


@dataclass(frozen=True)
class Rows:
    """Rows that fit the contract: its columns in its order, and per row the names of the columns it does not know."""

    columns: dict[str, NDArray[Any]]
    frame: pd.DataFrame
    extras: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Call:
    """A request for predictions, its outer shape checked."""

    rows: list[Any]
    keys: list[str] | None = None
    explain: bool = False


def parse(body: bytes, fields: Sequence[str]) -> dict[str, Any]:
    """Read a JSON object that has no other fields than ``fields``.

    Raises
    ------
    BadCall
        400 if it is not JSON, or an object in it says a thing twice; 422 if it is not an object or has an unknown
        field.
    """
    try:
        with _one_by_one if len(body) > _LARGE else nullcontext():
            told = json.loads(body or b"{}", object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise BadCall(
            f"The body is not JSON that can be read: {_why(error)}.",
            fix='Send a JSON object such as {"rows": [{…}]}.',
            code="malformed_json",
            status=400,
        ) from None
    if not isinstance(told, dict):
        raise BadCall(
            f"The body is {_kind(told)}, not an object.",
            fix='Send an object such as {"rows": [{…}]}.',
            code="wrong_type",
        )
    unknown = next((name for name in told if name not in fields), None)
    if unknown is not None:
        allowed = ", ".join(fields) or "none"
        raise BadCall(
            f"The field {shown(unknown)} is unknown.",
            fix=f"Fields of this call: {allowed}.",
            code="unknown_field",
            column=unknown[:200],
        )
    return told


def _why(error: ValueError | RecursionError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    # What else is wrong with a value than where it stands is that it is a whole number of thousands of digits.
    return str(error) if isinstance(error, json.JSONDecodeError | UnicodeDecodeError) else "a number in it is too long"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    told = dict(pairs)
    if len(told) < len(pairs):
        seen: set[str] = set()
        name = next(name for name, _ in pairs if name in seen or seen.add(name))  # type: ignore[func-returns-value]
        raise BadCall(
            f"{shown(name)} stands twice in one object, so what it says is not sure.",
            fix="Send it once.",
            code="duplicate_field",
            status=400,
            column=name[:_LONGEST_EXTRA],
        )
    return told


def listed(told: Mapping[str, Any], name: str, *, most: int) -> list[Any]:
    """Return the list called ``name``.

    Raises
    ------
    BadCall
        If it is absent, not a list, or longer than ``most`` (413).
    """
    if name not in told:
        raise BadCall(
            f"The field {name!r} is absent.", fix=f'Send {{"{name}": […]}}.', code="missing_field", column=name
        )
    value = told[name]
    if not isinstance(value, list):
        raise BadCall(
            f"{name!r} is {_kind(value)}, not a list.", fix=f'Send {{"{name}": […]}}.', code="wrong_type", column=name
        )
    if len(value) > most:
        raise BadCall(
            f"{len(value)} {name} in one call; at most {most} are allowed.",
            fix="Send them in several calls.",
            code="too_many_rows",
            status=413,
        )
    return value


def call(body: bytes, *, max_rows: int, fields: Sequence[str] = ("rows", "keys", "explain")) -> Call:
    """Check the outer shape of a request for predictions or explanations.

    Raises
    ------
    BadCall
        If a field is absent, unknown, of a wrong type, or there are too many rows.
    """
    told = parse(body, fields)
    rows = listed(told, "rows", most=max_rows)
    explain = told.get("explain", False)
    if not isinstance(explain, bool):
        raise BadCall(
            f"'explain' is {shown(explain)}, not true or false.",
            fix="Send true or false.",
            code="wrong_type",
            column="explain",
        )
    return Call(rows=rows, keys=checked_keys(told.get("keys"), len(rows)), explain=explain)


def checked_keys(keys: object, rows: int) -> list[str] | None:
    """Return the caller's own ids of so many rows, None where there are none.

    Raises
    ------
    BadCall
        If they are not one text or whole number a row.
    """
    if keys is None:
        return None
    if not isinstance(keys, list) or len(keys) != rows:
        count = f"{len(keys)} keys" if isinstance(keys, list) else f"'keys' is {_kind(keys)}"
        raise BadCall(
            f"{count} for {rows} rows.",
            fix="Send a list with one key a row, or none.",
            code="wrong_type",
            column="keys",
        )
    for position, key in enumerate(keys):
        if not _is_key(key):
            raise BadCall(
                f"keys[{position}] is {shown(key)}.",
                fix="A key is a text of at most 200 printable characters, or a whole number.",
                code="wrong_type",
                row=position,
                column="keys",
            )
    return [str(key) for key in keys]


def _is_key(key: object) -> bool:
    if isinstance(key, bool) or not isinstance(key, str | int):
        return False
    text = str(key)
    return len(text) <= 200 and text.isprintable()  # halves of characters and NUL cannot be kept everywhere


class RowReader:
    """Reads rows by one contract."""

    def __init__(self, contract: DataContract) -> None:
        self.contract = contract
        self._readers: dict[str, Read] = {column.name: reader(column) for column in contract.columns}
        self._required = frozenset(column.name for column in contract.columns if column.required)

    def read(self, rows: Sequence[object]) -> Rows:
        """Return the rows as a canonical frame.

        Raises
        ------
        BadCall
            422 with the row and the column, if a row is no object, a required column is absent, or a value cannot be
            read as its column's type.
        """
        checked = [self._row(position, row) for position, row in enumerate(rows)]
        values = {column.name: self._column(column, checked) for column in self.contract.columns}
        extras = tuple(self._extras(row) for row in checked)
        frame = pd.DataFrame(values, index=pd.RangeIndex(len(rows)), copy=False)
        return Rows(columns=values, frame=frame, extras=extras)

    def _row(self, position: int, row: object) -> Row:
        if not isinstance(row, Mapping):
            raise BadCall(
                f"rows[{position}] is {_kind(row)}, not an object.",
                fix="Send each row as an object of column names and values.",
                code="wrong_type",
                row=position,
            )
        if not self._required <= row.keys():
            absent = next(c.name for c in self.contract.columns if c.required and c.name not in row)
            raise BadCall(
                f"rows[{position}] has no column {absent!r}.",
                fix="Send the column; send null where the value is not known.",
                code="missing_column",
                row=position,
                column=absent,
            )
        return row

    def _extras(self, row: Row) -> tuple[str, ...]:
        if row.keys() <= self._readers.keys():
            return ()
        names = [name for name in row if name not in self._readers][:_MAX_EXTRAS]
        # The names come from the caller and go back to them: cut, and without the halves of characters JSON can carry.
        return tuple(name[:_LONGEST_EXTRA].encode("utf-8", "replace").decode() for name in names)

    def _column(self, column: ColumnContract, rows: Sequence[Row]) -> NDArray[Any]:
        name, read = column.name, self._readers[column.name]
        values = [row.get(name) for row in rows]
        try:
            return _array(together(read, values), column.type)
        except ValueError:
            position, expected = _first_unreadable(read, values)
            raise BadCall(
                f"rows[{position}]: {name!r} is {shown(values[position])}, which cannot be read.",
                fix=f"Send {expected}, or null where it is not known.",
                code="unreadable_value",
                row=position,
                column=name,
            ) from None


def _first_unreadable(read: Read, values: Sequence[object]) -> tuple[int, ValueError]:
    for position, value in enumerate(values):
        try:
            read(value)
        except ValueError as expected:
            return position, expected
    raise AssertionError("every value can be read by itself")


def _array(values: Sequence[object] | NDArray[np.float64], kind: ColumnType) -> NDArray[Any]:
    if kind in {ColumnType.INTEGER, ColumnType.NUMBER}:
        return np.array(values, dtype=np.float64)
    if kind is ColumnType.DATETIME:
        return np.array(values, dtype="datetime64[ns]")
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def _kind(value: object) -> str:
    kinds = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "null"}
    return kinds.get(type(value), "a number")
