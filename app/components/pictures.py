"""How every picture looks and is shown: one template, a text beside it, its numbers to take along."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.tabular import as_csv

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

# The same colour for the same thing everywhere; told apart by those who see colours differently, in light and dark.
MODEL, BASELINE, TODAY, AGAINST = "#0d9488", "#8b98a5", "#d97706", "#d97706"
GROUPS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00")
FAINT = "rgba(128, 144, 144, 0.25)"
BAND = "rgba(13, 148, 136, 0.18)"
# Room for the buttons of a picture, so that they never cover what it shows.
ABOVE = 18
# Room for a number to the right of the last point.
BESIDE = 48
CONFIG = {
    "displaylogo": False,
    "modeBarButtonsToRemove": ["zoom", "pan", "select", "lasso2d", "zoomIn", "zoomOut", "autoScale", "resetScale"],
    "toImageButtonOptions": {"format": "png", "scale": 2},
}


def ink() -> str:
    """Return the colour of text inside a picture: Streamlit's theme reaches axes, but not text among the data."""
    return "#e6eceb" if st.context.theme.type == "dark" else "#1f2a2d"


def blank(*, height: int, x: str = "", y: str = "") -> "Figure":
    """Return an empty figure in the one template: transparent, few lines, room for direct labels."""
    import plotly.graph_objects as go

    axis = {"zeroline": False, "gridcolor": FAINT, "automargin": True, "fixedrange": True}
    return go.Figure(
        layout={
            "height": height + ABOVE,
            "margin": {"l": 10, "r": 16, "t": 10 + ABOVE, "b": 10},
            "modebar": {"bgcolor": "rgba(0,0,0,0)", "color": BASELINE, "activecolor": MODEL},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "showlegend": False,
            "hovermode": "closest",
            "hoverlabel": {"align": "left"},
            "font": {"size": 13},
            "xaxis": {**axis, "title": {"text": x}},
            "yaxis": {**axis, "title": {"text": y}},
        }
    )


def leaning(figure: "Figure") -> None:
    """Write into a picture of reasons what they are not, so that it is said wherever the picture goes."""
    text = "What the model leans on, not what causes the outcome"
    figure.update_layout(
        title={"text": text, "font": {"size": 11, "color": BASELINE, "weight": 400}, "x": 0, "xref": "container",
               "y": 1, "yref": "container", "yanchor": "top", "pad": {"t": 6, "l": 10}}
    )  # fmt: skip


def show(figure: "Figure", *, alt: str, key: str, numbers: Sequence[dict[str, Any]] = ()) -> None:
    """Show a figure with a text for those who cannot see it, and its numbers behind a button.

    Parameters
    ----------
    figure : Figure
        From ``blank``.
    alt : str
        What it shows, in a sentence of plain text.
    key : str
        A name that no other figure of the page has.
    numbers : sequence of dict
        Its data as rows, which can be downloaded.
    """
    with st.container(gap="xxsmall"):
        st.plotly_chart(figure, theme="streamlit", config=CONFIG, key=key, alt=alt)
        if not numbers:
            return
        with st.popover("Numbers", type="tertiary", icon=":material/table:", help="The numbers behind the picture"):
            st.dataframe(list(numbers), hide_index=True, height=260, alt=alt)
            st.download_button(
                "Download",
                lambda: as_csv(numbers),
                file_name="numbers.csv",
                mime="text/csv",
                key=f"numbers:{key}",
                icon=":material/download:",
                on_click="ignore",
            )
