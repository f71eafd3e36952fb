"""A private DuckDB for the length of one reading; the only home of DuckDB."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from engine.errors import Unavailable


class ScanFailed(Exception):
    """DuckDB gave up on a statement; its own words, not meant for people."""


@dataclass(frozen=True)
class Scratch:
    """A database in memory and a folder for temporary files.

    A reader fills the table ``raw``: one text column ``c0``, ``c1``, ... for each column of the file, in file order.
    """

    connection: Any
    folder: Path

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """Run ``sql`` and return its rows.

        Raises
        ------
        ScanFailed
            If the statement failed.
        Unavailable
            If memory or disk did not suffice.
        """
        with _translated():
            return list(self.connection.execute(sql).fetchall())

    def select(self, what: str, of: str = "raw", *, given: str = "*") -> list[tuple[Any, ...]]:
        """Return the expressions ``what`` over the expressions ``given`` over ``of``; raises like ``ask``.

        All come from this package alone: of the file's own words none gets into a statement.
        """
        return self.ask(f"SELECT {what} FROM (SELECT {given} FROM {of})")  # noqa: S608

    def arrow(self, what: str) -> pa.Table:
        """Return the expressions ``what`` over ``raw`` as an Arrow table; raises like ``ask``."""
        return self.query(f"SELECT {what} FROM raw")  # noqa: S608

    def query(self, sql: str) -> pa.Table:
        """Return the rows of ``sql`` as an Arrow table; raises like ``ask``."""
        with _translated():
            return self.connection.sql(sql).to_arrow_table()

    def give(self, name: str, table: pa.Table) -> None:
        """Let statements call an Arrow table ``name``, a word of this package's own."""
        self.connection.register(name, table)

    def drop_blank_rows(self, columns: int) -> int:
        """Delete the rows of ``raw`` in which no cell holds anything; return how many they were."""
        blank = " AND ".join(f"c{i} IS NULL" for i in range(columns))
        return int(self.ask(f"DELETE FROM raw WHERE {blank}")[0][0])  # noqa: S608

    def delimiter(self, path: Path) -> str | None:
        """Return what DuckDB's own sniffer takes for the delimiter of a text file, if it finds any."""
        try:
            name = str(path).replace("'", "''")
            ((found,),) = self.ask(f"SELECT Delimiter FROM sniff_csv('{name}', ignore_errors=true)")  # noqa: S608
        except ScanFailed:
            return None
        return str(found)

    def keep(self, table: pa.Table) -> None:
        """Make ``table`` (text columns ``c0``, ``c1``, ...) the table ``raw``."""
        self.connection.register("given", table)
        self.ask("CREATE OR REPLACE TABLE raw AS SELECT * FROM given")
        self.connection.unregister("given")


@contextmanager
def _translated() -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise Unavailable(
            "The table is too large for the memory of this machine.",
            fix="Bring fewer rows or columns, or use a machine with more memory.",
        ) from error
    except duckdb.Error as error:
        raise ScanFailed(str(error)) from error
    except RuntimeError as error:
        if "interrupted" in str(error):  # so DuckDB says Ctrl-C
            raise KeyboardInterrupt from error
        raise


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Open a scratch database; it and its files are gone afterwards."""
    import duckdb

    with tempfile.TemporaryDirectory(prefix="handrail-") as folder:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "temp_directory": str(Path(folder) / "spill"),
            # Nothing is ever fetched from anywhere, whatever stands in a file.
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        connection = duckdb.connect(":memory:", config=settings)
        try:
            yield Scratch(connection, Path(folder))
        finally:
            connection.close()
