"""Columns that work together: what one of them does to the answer depends on the other."""

from collections.abc import Sequence
from itertools import permutations

import streamlit as st

from app.components import pictures, reasons_view
from app.wording import drawn, plain, short
from engine.domain.evidence import Interaction, InteractionPoint
from engine.domain.problem import Problem, Task

MEASURE = (
    "Friedman and Popescu's H (2008): of how the answers vary with both columns, the share that neither brings alone; "
    "from 0.3 on it is shown. Chances are compared as log-odds."
)
Cell = str | float | None
Lines = dict[Cell, list[InteractionPoint]]


def show(found: Sequence[Interaction], problem: Problem) -> None:
    """Say for each pair how it works together, and draw one of them; say so where there is none."""
    if not found:
        st.caption(
            "Of its strongest columns no two work together enough to be worth knowing: what one does to the answer "
            "hardly depends on another.",
            help=MEASURE,
        )
        return
    names = [" and ".join(short(name, 30) for name in pair.columns) for pair in found]
    with st.expander(f"What works together: {plain('; '.join(names))}", icon=":material/join:"):
        for pair in found:
            st.markdown(f"**{_sentence(pair, problem)}**", help=f"{MEASURE} Here it is {pair.strength:.2f}.")
        at = 0
        if len(found) > 1:
            at = st.selectbox("Which two?", range(len(found)), format_func=lambda i: names[i], key="together")
        _picture(found[at], problem)


def _lines(pair: Interaction) -> Lines:
    lines: Lines = {}
    for point in pair.points:
        lines.setdefault(point.beside, []).append(point)
    return lines


def _sentence(pair: Interaction, problem: Problem) -> str:
    """Say where two values of the second column lie furthest apart in one way, and where in the other."""
    one, other = (plain(short(name, 30)) for name in pair.columns)
    lines = _lines(pair)

    def gaps(two: tuple[Cell, Cell]) -> list[float]:
        return [upper.answer - lower.answer for upper, lower in zip(lines[two[0]], lines[two[1]], strict=True)]

    # Each two values come in both orders: taken is that in which the larger difference is upwards.
    two = max(permutations(lines, 2), key=lambda two: (max(gaps(two)) - min(gaps(two)), max(gaps(two))))
    most, least = (pick(range(len(gaps(two))), key=gaps(two).__getitem__) for pick in (max, min))
    at, where = (_said(lines[two[0]][place].at) for place in (most, least))
    return (
        f"{one} and {other} work together: where {one} is {at}, the answer with {other} {_said(two[0])} is "
        f"{_by(gaps(two)[most], problem)} than with {_said(two[1])}; where {one} is {where}, it is "
        f"{_by(gaps(two)[least], problem)}."
    )


def _by(part: float, problem: Problem) -> str:
    return f"{reasons_view.signed(abs(part), problem).lstrip('+')} {'higher' if part >= 0 else 'lower'}"


def _said(value: Cell) -> str:
    return plain(short(reasons_view.cell(value), 24))


def _picture(pair: Interaction, problem: Problem) -> None:
    one, other = pair.columns
    of = drawn(problem.target) if problem.task is Task.REGRESSION else f"chance of {drawn(pair.of, 20)}"
    figure = pictures.blank(height=280, x=drawn(one, 40), y=f"answer ({of})")
    form = ".4g" if problem.task is Task.REGRESSION else ".1%"
    words = isinstance(pair.points[0].at, str) and not _dates(pair)
    for color, (beside, points) in zip(pictures.GROUPS, _lines(pair).items(), strict=False):
        label = f"{drawn(other, 20)} = {drawn(reasons_view.cell(beside), 16)}"
        figure.add_scatter(
            x=[drawn(p.at, 22) if words else p.at for p in points],
            y=[p.answer for p in points],
            mode="lines+markers",
            name=label,
            line={"color": color, "width": 3},
            marker={"size": 8, "color": color},
            hovertemplate=f"{label}, %{{x}}: %{{y:{form}}}<extra></extra>",
        )
    if problem.task is not Task.REGRESSION:
        figure.update_yaxes(tickformat=".0%")
    figure.update_xaxes(type="category" if words else None)
    # Lines that end close together leave no room for a label each.
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.25})
    pictures.leaning(figure)
    numbers = [{one: p.at, other: p.beside, "answer": p.answer} for p in pair.points]
    alt = f"How the answer goes with {one}, for each of some values of {other}"
    pictures.show(figure, alt=alt, key="together-picture", numbers=numbers)
    st.caption("The mean answer over typical rows that are given these two values.")


def _dates(pair: Interaction) -> bool:
    return all(isinstance(p.at, str) and p.at.endswith("T00:00:00") for p in pair.points)
