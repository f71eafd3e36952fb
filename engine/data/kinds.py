"""The kinds of files that are read: one list for those who choose a file, and for the words that refuse another."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind of file: what people call it, and how names of such files end (the content tells which kind it is)."""

    name: str
    endings: tuple[str, ...]


# By the name of the reader that reads them.
KINDS = {
    "csv": Kind("Text (CSV)", (".csv", ".tsv", ".txt")),
    "excel": Kind("Spreadsheet", (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")),
    "parquet": Kind("Parquet", (".parquet",)),
}
BRING = "Bring a CSV, Excel (.xlsx or .xls), OpenDocument (.ods) or Parquet file."
