"""The evidence of a finding as a small picture, with a sentence that says what it shows."""

from typing import TYPE_CHECKING

import streamlit as st

from app.components import pictures
from app.wording import drawn, plain
from engine.domain.outcome import Bar, Picture, PictureKind
from engine.problem.words import counted, percent, rounded

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

BAR_HEIGHT = 25
OTHERS, UNQUOTED = "others", ("empty", "filled in")


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
        first, last = (_value(bar, picture) for bar in (picture.bars[0], picture.bars[-1]))
        says = f"Along {picture.about}: {picture.answer}, from {first} at first to {last} at last."
        return f"{says} The test should hold the shaded end." if picture.cut else says
    if picture.kind is PictureKind.STRENGTH:
        return f"What tells {picture.about}: the part that each of these columns has in it."
    marked, rows = sum(b.rows for b in picture.bars if b.marked), sum(b.rows for b in picture.bars)
    if marked and picture.about.startswith("rows with"):
        return f"{counted(marked, 'row')} of {rows:,} stand with others: by the number of {picture.about}."
    return f"How many rows hold which value of {picture.about}{'; what this is about is marked.' if marked else '.'}"


def _furthest(picture: Picture) -> str:
    overall = picture.overall or 0.0
    named = [b for b in picture.bars if not b.label.startswith(OTHERS)] or list(picture.bars)
    bar = max(named, key=lambda b: abs(b.value - overall) * b.rows)
    means = bar.label if bar.label in UNQUOTED or bar.label[:1].isdigit() else f"‘{bar.label}’"
    value, all_rows = _value(bar, picture), _said(overall, share=picture.share)
    if picture.share:
        return f"{picture.answer} in {value} of the rows where {picture.about} is {means}; in {all_rows} of all."
    return f"{picture.answer}: {value} where {picture.about} is {means}; {all_rows} over all."


def _bars(picture: Picture) -> "Figure":
    bars = [(drawn(b.label, 22), b.value, counted(b.rows, "row"), _color(b, picture)) for b in picture.bars[::-1]]
    if picture.overall is not None:
        bars.insert(0, ("<i>all rows</i>", picture.overall, "", pictures.BASELINE))
    labels, values, rows, colors = zip(*bars, strict=True)
    figure = pictures.blank(height=BAR_HEIGHT * len(bars) + 12)
    figure.update_layout(margin={"t": pictures.ABOVE + 8, "b": 0, "l": 0, "r": 0}, bargap=0.3)
    figure.add_bar(
        x=values,
        y=labels,
        orientation="h",
        marker={"color": colors, "cornerradius": 3},
        text=[f" {_said(v, share=_is_share(picture))}" for v in values],
        textposition="outside",
        textfont={"color": pictures.ink()},
        cliponaxis=False,
        customdata=rows,
        hovertemplate="%{y}:%{text}<br>%{customdata}<extra></extra>",
    )
    # Room at the end for what stands there.
    room = 1.12 + 0.035 * max(len(_said(v, share=_is_share(picture))) for v in values)
    low, high = min(0.0, *values), max(0.0, *values)
    figure.update_xaxes(visible=False, range=[low * room, high * room or 1.0])
    figure.update_yaxes(type="category", ticksuffix=" ", showgrid=False)
    return figure


def _line(picture: Picture) -> "Figure":
    figure = pictures.blank(height=190)
    figure.update_layout(margin={"t": 20, "l": 0})
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
            y=0,
            yref="paper",
            text="test",
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            font={"size": 12, "color": pictures.ink()},
        )
    return figure


def _color(bar: Bar, picture: Picture) -> str:
    if bar.marked:
        return pictures.AGAINST
    return pictures.BASELINE if any(other.marked for other in picture.bars) else pictures.MODEL


def _named(picture: Picture) -> str:
    return picture.answer or ("part" if picture.kind is PictureKind.STRENGTH else "number of rows")


def _value(bar: Bar, picture: Picture) -> str:
    return _said(bar.value, share=_is_share(picture))


def _is_share(picture: Picture) -> bool:
    return picture.share or picture.kind is PictureKind.STRENGTH


def _said(value: float, *, share: bool) -> str:
    return percent(value) if share else rounded(value)
