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


class Reader(Noun):
    """How a file was read; for Excel and Parquet the text fields stay None."""

    kind: str  # "csv", "excel", "parquet"
    encoding: str | None = None
    delimiter: str | None = None
    quote: str | None = None
    header: bool = True
    sheet: str | None = None
    rejected_rows: int = 0
    first_row: int = 1
    header_rows: int = 1
    decimal: str | None = None
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
    first: str | None = None
    last: str | None = None
    levels: tuple[Level, ...] = ()  # the most frequent, at most 30
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


class Dataset(Noun):
    """An immutable snapshot of a table, identified by the hash of its file's content and how it was read."""

    id: str
    name: str
    rows: int
    columns: int
    sha256: str
    reader: Reader
    rejected: tuple[Rejection, ...] = ()  # at most 100
