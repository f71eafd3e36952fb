"""How a file was read: shown, asked where it is uncertain, and corrected."""

from contextlib import suppress

import streamlit as st

from app import resources, state
from app.components import made_of, reading_form
from app.components.boundary import boundary
from app.components.reading_form import DECIMALS, DELIMITERS, as_read
from app.wording import plain, short
from app.workflow import wizarding
from app.workflow.views import DatasetView
from engine.data.kinds import KINDS
from engine.domain.dataset import Reader, Reading
from engine.problem.words import counted, percent

TOLD = 3


def summary(reader: Reader) -> str:
    """Say in a line how a file was read; plain text."""
    parts = [KINDS[reader.kind].name if reader.kind in KINDS else reader.kind]
    if reader.sheet:
        parts.append(f"sheet {short(reader.sheet, 30)}")
    if reader.delimiter:
        parts.append(f"{DELIMITERS.get(reader.delimiter, reader.delimiter).split('  ')[0]} between values")
    if reader.decimal:
        parts.append(f"decimal {DECIMALS[reader.decimal].split('  ')[0]}")
    if reader.encoding:
        parts.append(f"letters as {reader.encoding}")
    if reader.kind != "parquet":
        parts.append(_header(reader))
    return " · ".join(parts)


def _header(reader: Reader) -> str:
    if not reader.header:
        return f"no names, data from line {reader.first_row}" if reader.first_row > 1 else "no names of columns"
    if reader.header_rows > 1:
        return f"names in lines {reader.first_row} to {reader.first_row + reader.header_rows - 1}"
    return f"names in line {reader.first_row}"


def show(project_id: str, known: DatasetView) -> None:
    """Show how a dataset's file was read, ask what is uncertain, and take corrections."""
    if known.dataset.made_of is not None:
        made_of.show(known)
        return
    reader = known.dataset.reader
    if not reader.encoding_certain:
        _which_letters(project_id, known)
    if len(reader.sheets) > 1:
        _which_sheet(project_id, known)
    if known.notes:
        st.caption("  \n".join(f":material/info: {plain(note)}" for note in known.notes))
    _rejected(known)
    with st.expander(f"How the file was read: {plain(summary(reader))}", icon=":material/description:"):
        if reader.kind == "parquet":
            st.caption("A Parquet file says itself how it is to be read.")
        elif (said := reading_form.correct(known.dataset)) is not None:
            _again(project_id, known, said)


def _which_letters(project_id: str, known: DatasetView) -> None:
    reader = known.dataset.reader
    samples = as_each_would_read(known)
    if not samples:
        return
    with st.container(border=True):
        st.markdown(":material/help: **Which of these reads right?** The file does not say which letters it means.")
        with st.container(horizontal=True):
            for name, words in samples.items():
                pressed = st.button(
                    plain(f"{', '.join(words)} ({name})"),
                    key=f"letters:{known.dataset.id}:{name}",
                    icon=":material/check:" if name == reader.encoding else None,
                    help="As it is read now; press if that is right." if name == reader.encoding else None,
                )
                if pressed:
                    _again(project_id, known, as_read(known.dataset).model_copy(update={"encoding": name}))


def as_each_would_read(known: DatasetView) -> dict[str, list[str]]:
    """Return a few words as each encoding in question would read them, the present one first."""
    reader = known.dataset.reader
    now = reader.encoding or "utf-8"
    cells = [*known.contract.names, *(cell for row in known.preview for cell in row.values())]
    cells += [level.value for column in known.profile.columns for level in column.levels]
    strange = [short(cell, 24) for cell in dict.fromkeys(cells) if not cell.isascii()][:TOLD]
    samples = {now: strange}
    for other in reader.encoding_alternatives:
        with suppress(UnicodeError, LookupError):
            samples[other] = [cell.rstrip("…").encode(now).decode(other) for cell in strange]
    return samples if strange else {}


def _which_sheet(project_id: str, known: DatasetView) -> None:
    reader = known.dataset.reader
    key = f"sheet:{known.dataset.id}"
    sheet = st.selectbox(
        f"The workbook has {counted(len(reader.sheets), 'sheet')}; this is",
        reader.sheets,
        index=reader.sheets.index(reader.sheet) if reader.sheet in reader.sheets else None,
        key=f"{key}:{state.generation(key)}",
        width=360,
    )
    if sheet is not None and sheet != reader.sheet:
        state.bump(key)
        _again(project_id, known, Reading(sheet=sheet))


def _rejected(known: DatasetView) -> None:
    count, listed = known.dataset.reader.rejected_rows, known.dataset.rejected
    if not count:
        return
    share = percent(count / (count + known.dataset.rows))
    with st.expander(f"{counted(count, 'line')} could not be read ({share})", icon=":material/warning:"):
        rows = [{"Line": r.line, "Why": r.reason} for r in listed]
        st.dataframe(
            rows,
            hide_index=True,
            height=min(260, 38 + 35 * len(rows)),
            column_config={"Line": st.column_config.NumberColumn(width="small", format="plain")},
            alt="The lines that could not be read, with the reason",
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.download_button(
                "Download the list",
                wizarding.rejections_as_csv(known),
                file_name=f"{known.dataset.id}-lines-not-read.csv",
                mime="text/csv",
                icon=":material/download:",
                key=f"rejected:{known.dataset.id}",
                on_click="ignore",
            )
            says = "They are in your file as before; correct them there and bring it again"
            first = f"The first {len(listed)} of {count:,} are shown. " if count > len(listed) else ""
            st.caption(f"{first}{says}, or correct below how the file is read.")


def _again(project_id: str, known: DatasetView, said: Reading) -> None:
    with boundary():
        wizarding.reread(resources.home(), project_id, known.dataset.id, said)
        st.rerun()
