"""The form in which a person says how a file is to be read."""

from collections.abc import Mapping
from typing import Any, TypeVar

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import resources
from app.components.boundary import boundary
from app.workflow import wizarding
from app.workflow.views import JobView
from engine.domain.dataset import Dataset, Reader, Reading

K = TypeVar("K")
DELIMITERS = {",": "comma  ,", ";": "semicolon  ;", "\t": "tab", "|": "bar  |", " ": "space"}
QUOTES = {'"': 'double  "', "'": "single  '"}
DECIMALS = {".": "point  1.5", ",": "comma  1,5"}
DATES = {True: "day first  31/12", False: "month first  12/31"}
HEADERS = {0: "none: data at once", 1: "in one line", 2: "in two lines", 3: "in three lines"}
ENCODINGS = ("utf-8", "cp1252", "iso8859_15", "cp1250", "cp1251", "mac_roman", "cp850", "utf-16", "shift_jis")
FOUND = "found out by itself"


def correct(dataset: Dataset) -> Reading | None:
    """Show how a dataset's file was read as a form; returns what was said once it is sent off."""
    reader, said = dataset.reader, as_read(dataset)
    letters = (*reader.encoding_alternatives, *ENCODINGS)
    return _form(f"reading:{dataset.id}", said, text=reader.kind == "csv", letters=letters)


def try_again(project_id: str, failed: JobView) -> None:
    """Where an uploaded file could not be read, let a person say how, and try it once more."""
    home = resources.home()
    kind = wizarding.upload_waits(home, failed.id)
    if kind is None:
        return
    with st.expander("Say how this file is to be read, and try again", icon=":material/tune:"):
        said = _form(f"reading:{failed.id}", Reading(), text=kind == "csv", letters=ENCODINGS)
    if said is not None:
        with boundary():
            wizarding.read_upload(home, project_id, failed.id, said)
            st.rerun()


def as_read(dataset: Dataset) -> Reading:
    """Return how a file was read as what a person might have said."""
    reader: Reader = dataset.reader
    before = dataset.reading or Reading()
    return Reading(
        encoding=reader.encoding,
        delimiter=reader.delimiter,
        quote=reader.quote,
        first_row=reader.first_row,
        header_rows=reader.header_rows if reader.header else 0,
        decimal=reader.decimal or before.decimal,
        day_first=before.day_first,
        sheet=reader.sheet,
    )


def _form(key: str, said: Reading, *, text: bool, letters: tuple[str, ...]) -> Reading | None:
    with st.form(key, border=False):
        first, second, third = st.columns(3)
        told: dict[str, Any] = {}
        if text:
            told = {
                "delimiter": _pick(first, "Between values", DELIMITERS, said.delimiter, key),
                "decimal": _pick(second, "Decimal sign", DECIMALS, said.decimal, key),
                "encoding": _pick(third, "Letters (encoding)", {n: n for n in letters}, said.encoding, key),
                "quote": _pick(first, "Around values", QUOTES, said.quote, key),
                "day_first": _pick(second, "Dates", DATES, said.day_first, key),
            }
        told["first_row"] = third.number_input(
            "The table begins in line",
            min_value=1,
            value=said.first_row,
            placeholder=FOUND,
            key=f"{key}:first",
            help="The line with the columns' names; what stands above is passed over.",
        )
        told["header_rows"] = _pick(first, "Names of the columns", HEADERS, said.header_rows, key)
        if st.form_submit_button("Read it again like this", icon=":material/refresh:"):
            return said.model_copy(update=told)
    return None


def _pick(where: DeltaGenerator, label: str, words: Mapping[K, str], now: K | None, key: str) -> K | None:
    options = list(words)
    if now is not None and now not in words:
        options.insert(0, now)
    picked: K | None = where.selectbox(
        label,
        [*options, None],
        index=len(options) if now is None else options.index(now),
        format_func=lambda option: FOUND if option is None else words.get(option, str(option)),
        key=f"{key}:{label}",
    )
    return picked
