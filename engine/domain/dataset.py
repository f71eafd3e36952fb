"""Nouns of the data stage: what was read, what each column looks like, what a valid row is."""

from enum import StrEnum

from pydantic import Field

from engine.domain.base import Noun


class ColumnType(StrEnum):
    """How the values of a column are understood."""

    INTEGER = "integer"
    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    DATETIME = "datetime"


NUMERIC = frozenset({ColumnType.INTEGER, ColumnType.NUMBER})
AROUND = " \t\r\n\xa0"  # a word, without being part of it
LARGEST = 1e38  # of a number; single precision, which many models count in, ends there


class Role(StrEnum):
    """What a column is in the table, before any question is asked."""

    FEATURE = "feature"
    IDENTIFIER = "identifier"
    PERSONAL = "personal"
    TIME = "time"
    IGNORED = "ignored"


class KnownWhen(StrEnum):
    """When a column's value is known, seen from the decision."""

    BEFORE = "before"
    AT = "at"
    AFTER = "after"


class Reading(Noun):
    """How a person says that a file is to be read; what is None is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    first_row: int | None = Field(default=None, ge=1)  # line of the (first) header, or of the first row without one
    header_rows: int | None = Field(default=None, ge=0, le=5)
    decimal: str | None = Field(default=None, pattern=r"^[.,]$")
    day_first: bool | None = None
    sheet: str | None = None
    # Nobody says it: of the columns of a table that was read before, the sign before their decimals. Never kept.
    decimals: dict[str, str] = Field(default={}, exclude=True)


class Reader(Noun):
    """How a file was read; for Excel and Parquet the text fields stay None."""

    kind: str  # "csv", "excel", "parquet", "combined"
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool = True
    sheet: str | None = None
    rejected_rows: int = 0
    first_row: int = 1
    header_rows: int = 1
    decimal: str | None = None
    decimals: dict[str, str] = {}  # by column, as far as its values tell
    encoding_certain: bool = True
    encoding_alternatives: tuple[str, ...] = ()
    sheets: tuple[str, ...] = ()


class Rejection(Noun):
    """A line that was not read, by its number in the file (first line is 1), and why."""

    line: int
    reason: str


class Level(Noun):
    """One value of a column and the number of rows that hold it."""

    value: str
    rows: int


class Histogram(Noun):
    """Counts between edges: ``len(edges) == len(counts) + 1``; for dates the edges are epoch seconds."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


class Column(Noun):
    """What one column looks like. Numbers in the column's own unit; dates as ISO 8601 strings in ``first``/``last``."""

    name: str
    type: ColumnType
    rows: int
    missing: int
    distinct: int
    examples: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None
    deviation: float | None = None
    quartiles: tuple[float, float, float] | None = None
    quantiles: tuple[float, ...] = ()  # at 0 %, 5 %, ..., 100 %; of dates in epoch seconds
    lengths: tuple[int, int, int] | None = None  # of words and text, in characters: shortest, middle, longest
    first: str | None = None
    last: str | None = None
    levels: tuple[Level, ...] = ()  # the most frequent, at most 100
    histogram: Histogram | None = None

    @property
    def missing_rate(self) -> float:
        """Share of rows without a value, 0 to 1."""
        return self.missing / self.rows if self.rows else 0.0


class Profile(Noun):
    """What a table looks like: one ``Column`` per column, in table order."""

    rows: int
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column called ``name``; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


class ColumnContract(Noun):
    """What a valid value of one column is."""

    name: str
    type: ColumnType
    role: Role = Role.FEATURE
    role_reason: str = ""
    required: bool = True
    missing_rate: float = 0.0
    minimum: float | None = None
    maximum: float | None = None
    first: str | None = None  # dates: earliest and latest, ISO 8601
    last: str | None = None
    levels: tuple[str, ...] | None = None  # None where any text is allowed
    unit: str = ""  # such as "EUR" or "days"
    note: str = ""  # what else a person says of the values, such as their format
    known: KnownWhen | None = None  # what is proposed to every question; None: told from the name
    read_as: dict[str, str | None] = {}  # values that a fix counts as others, or as missing (None)


class DataContract(Noun):
    """What a valid row is; upload checks, the service's requests and the card's table derive from it."""

    columns: tuple[ColumnContract, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Column names in table order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> ColumnContract:
        """Return the column called ``name``; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    def only(self, names: tuple[str, ...]) -> "DataContract":
        """Return the contract restricted to ``names``, in that order."""
        return DataContract(columns=tuple(self.column(name) for name in names))


class Measure(StrEnum):
    """What a second table's rows give to a row of the first."""

    VALUE = "value"  # as it stands: one row per key
    COUNT = "count"
    SUM = "sum"
    MEAN = "mean"
    MINIMUM = "min"
    MAXIMUM = "max"
    LAST = "last"  # the last value before the decision that is not missing
    SINCE = "since"  # days from the last row to the decision


class Added(Noun):
    """A column that a second table gives; ``column`` is the second table's, None where the rows themselves count."""

    name: str
    measure: Measure
    column: str | None = None


class Recipe(Noun):
    """How a second table's columns come to the rows of a first one.

    ``keys`` are pairs: a column of the first table, one of the second. Where ``time`` (when the first table's row is
    decided) and ``other_time`` are given, only rows of the second table count that lie before.
    """

    keys: tuple[tuple[str, str], ...] = Field(min_length=1)
    added: tuple[Added, ...] = Field(min_length=1)
    time: str | None = None
    other_time: str | None = None


class Matched(Noun):
    """What matched, in rows; a row is matched where its key stands in the second table, whenever that was."""

    rows: int
    matched: int
    no_key: int = 0  # rows of the first table without a key
    no_time: int = 0  # rows of the first table without a decision time
    other_rows: int
    other_matched: int  # their key stands in the first table
    other_no_time: int = 0  # of those: without a time, so left out
    other_after: int = 0  # of those: before no decision, so left out
    other_partly: int = 0  # of those: before some decisions of their key, after others
    keys_twice: int = 0  # keys with several rows in the first table
    other_keys_twice: int = 0  # keys with several rows in the second table
    most: int = 0  # rows of the second table with the same key, at most

    @property
    def usable(self) -> int:
        """Rows of the second table that count for some row of the first."""
        return self.other_matched - self.other_no_time - self.other_after


class Combination(Noun):
    """Which datasets a combined one was made of, how, and what matched."""

    base: str
    base_name: str
    other: str
    other_name: str
    recipe: Recipe
    matched: Matched


class Dataset(Noun):
    """An immutable snapshot of a table, identified by what it was made of.

    That is the hash of its file's content and how it was read, or of the combined datasets and the recipe.
    """

    id: str
    name: str
    rows: int
    columns: int
    sha256: str
    reader: Reader
    rejected: tuple[Rejection, ...] = ()  # at most 100
    reading: Reading | None = None  # what a person said about how to read it
    made_of: Combination | None = None
