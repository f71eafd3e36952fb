"""A table whose rows open: a click on the box in front of one leads to its page."""

from collections.abc import Mapping, Sequence

import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig


def rows(
    cells: Sequence[Mapping[str, object]],
    addresses: Sequence[Mapping[str, str]],
    *,
    leads_to: str,
    key: str,
    alt: str,
    columns: Mapping[str, ColumnConfig],
) -> None:
    """Show rows of a table; a selected one leads to the page ``leads_to``.

    Parameters
    ----------
    cells : sequence of mappings
        The rows, by column.
    addresses : sequence of mappings
        What the page's address holds for each row, as ``state.address`` returns it.
    leads_to, key, alt : str
        The page, the widget's key, and what the table is for those who cannot see it.
    columns : mapping
        How columns are shown, as Streamlit's ``column_config``.
    """
    picked = st.dataframe(
        list(cells),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        row_height=40,
        key=key,
        column_config=dict(columns),
        alt=alt,
    )
    chosen = picked["selection"]["rows"]
    if chosen and chosen[0] < len(addresses):
        st.switch_page(leads_to, query_params=dict(addresses[chosen[0]]))
    st.caption("Click the box in front of a row to open it.")
