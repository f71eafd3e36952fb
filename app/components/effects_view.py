"""How one column's value goes with the answer, above how often each value occurs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import streamlit as st

from app.components import pictures
from app.wording import drawn, plain, short
from engine.domain.dataset import Column, ColumnType, Profile
from engine.domain.evidence import Effect, EffectPoint
from engine.domain.problem import Problem, Task
from engine.problem.words import counted, points, rounded

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

COMMON = "rgba(139, 152, 165, 0.55)"


def show(effects: tuple[Effect, ...], problem: Problem, profile: Profile) -> None:
    """Let one column be chosen, and of several classes one, and show what its values contribute to the answer."""
    classes = list(dict.fromkeys(effect.of for effect in effects))
    of = classes[0]
    left, right = st.columns([2, 1])
    if problem.task is Task.MULTICLASS:
        of = right.selectbox("The answer is the chance of", classes, format_func=short, key="effect:of")
    by_name = {effect.column: effect for effect in effects if effect.of == of}
    name = left.selectbox("How does the answer go with one column?", list(by_name), format_func=short, key="effect")
    effect = by_name[name]
    column = next((c for c in profile.columns if c.name == name), None)
    known = [point for point in effect.points if point.at is not None]
    if known:
        st.markdown(f"**{_sentence(effect, known, problem)}**")
        _picture(effect, known, problem, column)
    for point in effect.points:
        if point.at is None:
            st.caption(f"Where it is missing: {moves(point.mean, problem)} ({counted(point.rows, 'explained row')}).")


def moves(part: float, problem: Problem) -> str:
    """Return a contribution in words: by how much it raises or lowers the answer."""
    size = rounded(abs(part)) if problem.task is Task.REGRESSION else points(abs(part))
    return f"{'raises' if part > 0 else 'lowers'} the answer by {size}"


def _sentence(effect: Effect, known: list[EffectPoint], problem: Problem) -> str:
    name = plain(short(effect.column))
    low, high = (pick(known, key=lambda point: point.mean) for pick in (min, max))
    if low.at == high.at:
        return f"{name} hardly varies here: around {_said(high)} it {moves(high.mean, problem)}."
    if low.mean < 0 < high.mean:
        return (
            f"{name} around {_said(high)} {moves(high.mean, problem)}, "
            f"around {_said(low)} it {moves(low.mean, problem)}."
        )
    return f"{name} {moves(high.mean, problem)} around {_said(high)}, and by {_size(low, problem)} around {_said(low)}."


def _size(point: EffectPoint, problem: Problem) -> str:
    return moves(point.mean, problem).rpartition(" by ")[2]


def _said(point: EffectPoint) -> str:
    return plain(short(_text(point), 30))


def _text(point: EffectPoint) -> str:
    return rounded(point.at, 4) if isinstance(point.at, float) else str(point.at).partition("T00:00")[0]


def _picture(effect: Effect, known: list[EffectPoint], problem: Problem, column: Column | None) -> None:
    number = problem.task is Task.REGRESSION
    figure = pictures.blank(height=340, y="moves the answer by")
    words = column is None or column.type in {ColumnType.CATEGORY, ColumnType.TEXT}
    xs = [drawn(p.at, 22) if words else p.at for p in known]
    low, mean, high = ([getattr(p, side) for p in known] for side in ("low", "mean", "high"))
    figure.add_scatter(
        x=xs,
        y=mean,
        mode="markers" if words else "lines+markers",
        line={"color": pictures.MODEL, "width": 3},
        marker={"size": 11 if words else 7, "color": pictures.MODEL},
        error_y={
            "array": [h - m for h, m in zip(high, mean, strict=True)],
            "arrayminus": [m - w for m, w in zip(mean, low, strict=True)],
            "color": pictures.MODEL,
            "thickness": 1,
        },
        customdata=[p.rows for p in known],
        hovertemplate=f"%{{x}}: %{{y:{'.4g' if number else '.1%'}}} (%{{customdata}} rows)<extra></extra>",
    )
    figure.add_hline(y=0, line={"color": pictures.BASELINE, "dash": "dot", "width": 1})
    if column is not None:
        _distribution(figure, column, xs, words=words)
    if not number:
        figure.update_yaxes(tickformat=".0%", selector=0)
    figure.update_xaxes(title={"text": drawn(effect.column, 40)}, type="category" if words else None)
    numbers = [
        {"around": _text(p), "rows": p.rows, "moves the answer by": p.mean, "10 %": p.low, "90 %": p.high}
        for p in known
    ]
    pictures.leaning(figure)
    alt = f"What the values of {effect.column} contribute: " + ", ".join(
        f"{_text(p)} {moves(p.mean, problem)}" for p in known
    )
    pictures.show(figure, alt=alt, key="effect-picture", numbers=numbers)
    st.caption("Bars: from 10 % to 90 % of the explained rows. Below: how often each value occurs in the table.")


def _distribution(figure: "Figure", column: Column, xs: Sequence[object], *, words: bool) -> None:
    if words:
        rows = {drawn(level.value, 22): level.rows for level in column.levels}
        at, counts, width = xs, [rows.get(str(x), 0) for x in xs], None
    elif column.histogram is not None:
        edges = column.histogram.edges
        middles = [(a + b) / 2 for a, b in zip(edges, edges[1:], strict=False)]
        dates = column.type is ColumnType.DATETIME
        at = [datetime.fromtimestamp(m, UTC).isoformat() for m in middles] if dates else list(middles)
        counts = list(column.histogram.counts)
        width = [(b - a) * (1000 if dates else 1) for a, b in zip(edges, edges[1:], strict=False)]
    else:
        return
    figure.add_bar(
        x=at, y=counts, width=width, yaxis="y2", marker={"color": COMMON}, hovertemplate="%{y:,} rows<extra></extra>"
    )
    figure.update_layout(
        yaxis={"domain": [0.28, 1]},
        yaxis2={"domain": [0, 0.2], "anchor": "x", "showgrid": False, "showticklabels": False, "fixedrange": True},
        xaxis={"anchor": "y2"},
        bargap=0.05,
    )
