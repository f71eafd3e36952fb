"""What a model leans on: overall, and in one answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.components import effects_view, interactions_view, pictures
from app.components.frame import section
from app.wording import class_name, drawn, plain, short
from engine.domain.dataset import Profile
from engine.domain.evidence import Baseline, Evidence, ExplainedRow, Explanation, Importance
from engine.domain.problem import Problem, Task
from engine.problem.words import counted, percent, points, rounded

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

MOST, BESIDE = 10, 7  # bars of a picture, and of each of two


def show(evidence: Evidence, problem: Problem, profile: Profile) -> None:
    """Show what it leans on overall, how single columns matter, then why it answered one row as it did."""
    section(
        "What it leans on",
        "What the model leans on, not what causes the outcome: changing a column need not change what happens.",
        help=f"SHAP values. {plain(evidence.explanation_method)}",
    )
    if simple := evidence.no_better_than:
        unexplained(simple)
        return
    if evidence.importance:
        _overall(evidence)
    for same in evidence.related:
        names = [plain(short(name)) for name in same.columns]
        st.caption(
            f":material/link: {', '.join(names[:-1])} and {names[-1]} say much the same: the model may lean on one or "
            "the other of them, so read their shares together."
        )
    if evidence.effects:
        with st.expander("How the answer goes with one column", icon=":material/show_chart:"):
            effects_view.show(evidence.effects, problem, profile)
    if evidence.interactions is not None:
        interactions_view.show(evidence.interactions, problem)
    if evidence.explained:
        with st.expander("Why it answered one row as it did", icon=":material/waterfall_chart:"):
            _one(evidence, problem)


def unexplained(simple: Baseline) -> None:
    """Say why there are no reasons: the model does not surely beat something simple."""
    st.info(
        f"There is nothing to explain: the model is not surely better than {plain(simple.label)}, so what it leans on "
        "may be chance.",
        icon=":material/balance:",
    )


def _overall(evidence: Evidence) -> None:
    top = evidence.importance[:MOST]
    first = top[0]
    second = f", then {plain(short(top[1].column))} ({percent(top[1].share)})" if len(top) > 1 else ""
    st.markdown(f"**It leans most on {plain(short(first.column))} ({percent(first.share)}){second}.**")
    figure = pictures.blank(height=50 + 30 * len(top), x="share of what moves its answers")
    figure.add_bar(
        x=[i.share for i in top],
        y=[drawn(i.column) for i in top],
        orientation="h",
        text=[percent(i.share) for i in top],
        textposition="outside" if first.interval is None else "none",
        cliponaxis=False,
        marker={"color": pictures.MODEL},
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
    if first.interval is not None:
        _bands(figure, top)
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    longest = max(i.interval[1] if i.interval else i.share for i in top)
    figure.update_xaxes(tickformat=".0%", range=[0, max(0.05, longest * 1.15)])
    numbers = [
        {"column": i.column, "mean effect": i.value, "share": i.share, "from": ends[0], "to": ends[1]}
        for i in evidence.importance
        for ends in [i.interval or (None, None)]
    ]
    pictures.leaning(figure)
    alt = "What the model leans on: " + ", ".join(f"{i.column} {percent(i.share)}" for i in top)
    pictures.show(figure, alt=alt, key="importance", numbers=numbers)
    if len(evidence.importance) > MOST:
        rest = sum(i.share for i in evidence.importance[MOST:])
        st.caption(f"The other {len(evidence.importance) - MOST} columns together: {percent(rest)}.")
    if first.interval is not None:
        st.caption("Whiskers: where a share may lie with other rows of the same kind (95 %).")


def _bands(figure: "Figure", top: Sequence[Importance]) -> None:
    """Add where each share lies over resamples of the rows, and write it behind that."""
    known = [(i, i.interval) for i in top if i.interval is not None]
    figure.add_scatter(
        x=[(low + high) / 2 for _, (low, high) in known],
        y=[drawn(i.column) for i, _ in known],
        mode="markers",
        marker={"size": 1, "color": pictures.BASELINE},
        error_x={"array": [(high - low) / 2 for _, (low, high) in known], "color": pictures.BASELINE, "width": 5},
        hoverinfo="skip",
    )
    figure.add_scatter(
        x=[max(i.share, high) for i, (_, high) in known],
        y=[drawn(i.column) for i, _ in known],
        mode="text",
        text=[f"  {percent(i.share)}" for i, _ in known],
        textposition="middle right",
        textfont={"color": pictures.ink()},
        cliponaxis=False,
        hovertext=[f"{percent(low)} to {percent(high)} with other rows of the same kind" for _, (low, high) in known],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _one(evidence: Evidence, problem: Problem) -> None:
    rows = sorted(range(len(evidence.explained)), key=lambda i: evidence.explained[i].explanation.value)
    label = "Why did it answer one row as it did?"
    start = rows[int(len(rows) * 0.85)]
    at = st.select_slider(
        label,
        rows,
        value=start,
        format_func=lambda i: value(evidence.explained[i].explanation.value, problem),
        key="explained",
    )
    lowest, highest = (value(evidence.explained[rows[end]].explanation.value, problem) for end in (0, -1))
    with st.container(horizontal=True, horizontal_alignment="distribute"):
        st.caption(f"lowest: {lowest}", width="content")
        st.caption(f"{counted(len(rows), 'test row')}, evenly from the lowest answer to the highest", width="content")
        st.caption(f"highest: {highest}", width="content")
    one = evidence.explained[at]
    why = one.explanation
    st.markdown(
        f"**It says {value(why.value, problem)}{_of(why.of, problem)}; typical is {value(why.base, problem)}. "
        f"What really happened: {plain(short(one.actual, 40))}.**"
    )
    waterfall(one.row, why, problem, key="waterfall")
    for name in strongest(why)[:2]:
        st.markdown(f"- {_sentence(name, why.contributions[name], one, problem)}")


def strongest(why: Explanation) -> list[str]:
    """Return the columns by how far they move an answer."""
    return sorted(why.contributions, key=lambda name: -abs(why.contributions[name]))


def waterfall(
    row: Mapping[str, Any], why: Explanation, problem: Problem, *, key: str, beside: Explanation | None = None
) -> None:
    """Show how an answer comes about, from the typical one column by column.

    Two that stand ``beside`` each other have the same order and the same axis.
    """
    both = [why, beside or why]
    order = sorted(why.contributions, key=lambda name: -max(abs(w.contributions.get(name, 0.0)) for w in both))
    most = BESIDE if beside else MOST
    steps = [(name, why.contributions[name]) for name in order]
    shown, rest = steps[:most], steps[most:]
    parts = [*shown, ("all others", sum(p for _, p in rest))] if rest else shown
    labels = ["typical", *(_label(name, row) for name, _ in parts), "<b>this answer</b>"]
    figure = pictures.blank(height=70 + 28 * len(labels), x=_unit(problem))
    figure.add_waterfall(
        orientation="h",
        measure=["absolute", *(["relative"] * len(parts)), "total"],
        y=labels,
        x=[why.base, *(p for _, p in parts), 0],
        text=[value(why.base, problem), *(signed(p, problem) for _, p in parts), value(why.value, problem)],
        textposition="outside",
        cliponaxis=False,
        connector={"line": {"color": pictures.FAINT}},
        increasing={"marker": {"color": pictures.MODEL}},
        decreasing={"marker": {"color": pictures.AGAINST}},
        totals={"marker": {"color": pictures.BASELINE}},
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    figure.update_yaxes(autorange="reversed", type="category", showgrid=False)
    if problem.task is not Task.REGRESSION:
        figure.update_xaxes(tickformat=".0%")
    ends = [end for w in both for end in _way(w, order[:most])]
    # From 0 on: the bars of the typical answer and of this one are compared by their lengths.
    room = 0.25 * ((max(0.0, *ends) - min(0.0, *ends)) or 1.0)  # for the words at both ends
    figure.update_xaxes(range=[min(0.0, min(ends) - room), max(0.0, max(ends) + room)])
    numbers = [{"column": name, "value": str(row.get(name)), "moves the answer by": part} for name, part in steps]
    pictures.leaning(figure)
    alt = f"From {value(why.base, problem)} to {value(why.value, problem)}, column by column"
    pictures.show(figure, alt=alt, key=key, numbers=numbers)


def _way(why: Explanation, names: Sequence[str]) -> Iterator[float]:
    """Yield what the answer is after each of the columns."""
    yield why.value
    at = why.base
    yield at
    for name in names:
        at += why.contributions.get(name, 0.0)
        yield at


def _label(name: str, row: Mapping[str, Any]) -> str:
    return f"{drawn(name, 24)} = {drawn(cell(row[name]), 14)}" if name in row else drawn(name, 24)


def _sentence(name: str, part: float, one: ExplainedRow, problem: Problem) -> str:
    word = "raises" if part > 0 else "lowers"
    found = plain(short(cell(one.row.get(name)), 30))
    return f"{plain(short(name))} is {found}: {word} the answer by {signed(abs(part), problem).lstrip('+')}."


def value(number: float, problem: Problem) -> str:
    """Return an answer in its unit: a probability, or the number."""
    return percent(number) if problem.task is not Task.REGRESSION else rounded(number, 4)


def signed(number: float, problem: Problem) -> str:
    """Return by how much an answer moves, in its unit."""
    size = rounded(abs(number)) if problem.task is Task.REGRESSION else points(abs(number))
    return f"{'+' if number > 0 else '−' if number < 0 else ''}{size}"


def _of(name: str, problem: Problem) -> str:
    return f" for “{plain(class_name(name, problem))}”" if problem.task is not Task.REGRESSION else ""


def _unit(problem: Problem) -> str:
    return drawn(problem.target) if problem.task is Task.REGRESSION else "probability"


def cell(found: object) -> str:
    """Return one value of a row as people say it."""
    if found is None:
        return "missing"
    return rounded(found, 5) if isinstance(found, float) else str(found).removesuffix("T00:00:00")
