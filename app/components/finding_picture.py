"""The evidence of a finding as a small picture, with a sentence that says what it shows."""

from typing import TYPE_CHECKING

import streamlit as st

from app.components import pictures
from app.wording import counted, drawn, percent, plain, said
from engine.domain.outcome import Bar, Picture, PictureKind

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BAR_HEIGHT = 25
TOLD = ("others", "empty")


def show(picture: Picture, key: str) -> None:
    """Show what a finding looks like."""
    says = sentence(picture)
    st.caption(plain(says))
    figure = _line(picture) if picture.kind is PictureKind.ANSWER_IN_TIME else _bars(picture)
    numbers = [{"": bar.label, _named(picture): bar.value, "rows": bar.rows or None} for bar in picture.bars]
    pictures.show(figure, alt=says, key=f"picture:{key}", numbers=numbers)


def sentence(picture: Picture) -> str:
    """Return what a picture shows, as plain text."""
    if picture.kind is PictureKind.ANSWER:
        return _furthest(picture)
    if picture.kind is PictureKind.ANSWER_IN_TIME:
        first, last = picture.bars[0], picture.bars[-1]
        says = f"Along {picture.about}: {picture.answer}, {_value(first, picture)} at first, {_value(last, picture)} "
        return says + ("at last. The shaded end is what the test should hold." if picture.cut else "at last.")
    if picture.kind is PictureKind.STRENGTH:
        return f"What tells {picture.about} best, from not at all (0 %) to exactly (100 %)."
    marked, rows = sum(b.rows for b in picture.bars if b.marked), sum(b.rows for b in picture.bars)
    if marked and picture.about.startswith("rows with"):
        return f"{counted(marked, 'row')} of {rows:,} stand with others: how many {picture.about} there are."
    if marked:
        return f"How many rows hold which value of {picture.about}; what this is about is marked."
    return f"How many rows hold which value of {picture.about}."


def _furthest(picture: Picture) -> str:
    overall = picture.overall or 0.0
    named = [b for b in picture.bars if not b.label.startswith(TOLD[0])] or list(picture.bars)
    bar = max(named, key=lambda b: abs(b.value - overall) * b.rows)
    means = f"is {bar.label}" if bar.label in {*TOLD, "filled in"} or bar.label[:1].isdigit() else f"is ‘{bar.label}’"
    return (
        f"Where {picture.about} {means}: {picture.answer}, {_value(bar, picture)}; "
        f"in all rows {_said(overall, share=picture.share)}."
    )


def _bars(picture: Picture) -> "Figure":
    bars, longest = picture.bars[::-1], max(abs(bar.value) for bar in picture.bars)
    figure = pictures.blank(height=34 + BAR_HEIGHT * len(bars))
    some = any(bar.marked for bar in bars)
    figure.add_bar(
        x=[bar.value for bar in bars],
        y=[drawn(bar.label, 22) for bar in bars],
        orientation="h",
        width=0.66,
        marker={
            "color": [_color(bar, some=some) for bar in bars],
            "cornerradius": 3,
        },
        text=[f" {_value(bar, picture)}" for bar in bars],
        textposition="outside",
        textfont={"color": pictures.ink()},
        cliponaxis=False,
        customdata=[counted(bar.rows, "row") if bar.rows else "" for bar in bars],
        hovertemplate="%{y}:%{text}<br>%{customdata}<extra></extra>",
    )
    low = min(0.0, *(bar.value for bar in bars))
    # Room at the right for what stands there.
    figure.update_xaxes(visible=False, range=[low * 1.25, longest * 1.25 or 1.0])
    figure.update_yaxes(type="category", ticksuffix=" ", showgrid=False)
    if picture.overall is not None:
        figure.add_vline(x=picture.overall, line={"color": pictures.BASELINE, "width": 1.5, "dash": "dot"})
        figure.add_annotation(
            x=picture.overall,
            y=1.0,
            yref="paper",
            yanchor="bottom",
            text=f"all rows {_said(picture.overall, share=picture.share)}",
            showarrow=False,
            xanchor="left" if picture.overall < longest / 2 else "right",
            font={"size": 11, "color": pictures.ink()},
        )
        figure.update_layout(margin={"t": 20}, height=44 + BAR_HEIGHT * len(bars))
    return figure


def _line(picture: Picture) -> "Figure":
    figure = pictures.blank(height=190)
    places = list(range(len(picture.bars)))
    figure.add_scatter(
        x=places,
        y=[bar.value for bar in picture.bars],
        mode="lines+markers",
        line={"color": pictures.MODEL, "width": 2},
        marker={"size": 6},
        customdata=[[f"from {drawn(b.label)}", counted(b.rows, "row")] for b in picture.bars],
        hovertemplate="%{customdata[0]}: %{y:.3~g}<br>%{customdata[1]}<extra></extra>",
    )
    shown = [places[0], places[len(places) // 2], places[-1]]
    figure.update_xaxes(tickvals=shown, ticktext=[drawn(picture.bars[n].label, 12) for n in shown], showgrid=False)
    figure.update_yaxes(rangemode="tozero", tickformat=".0%" if picture.share else None, nticks=4)
    if picture.cut is not None:
        figure.add_vrect(
            x0=picture.cut - 0.5, x1=places[-1] + 0.5, fillcolor=pictures.AGAINST, opacity=0.16, line_width=0
        )
        figure.add_annotation(
            x=picture.cut - 0.5,
            y=1,
            yref="paper",
            text="test ",
            showarrow=False,
            xanchor="left",
            yanchor="top",
            font={"size": 12, "color": pictures.ink()},
        )
    return figure


def _color(bar: Bar, *, some: bool) -> str:
    return pictures.AGAINST if bar.marked else pictures.BASELINE if some else pictures.MODEL


def _named(picture: Picture) -> str:
    return picture.answer or ("how well" if picture.kind is PictureKind.STRENGTH else "number of rows")


def _value(bar: Bar, picture: Picture) -> str:
    return _said(bar.value, share=picture.share or picture.kind is PictureKind.STRENGTH)


def _said(value: float, *, share: bool) -> str:
    return percent(value) if share else said(value, 4)
