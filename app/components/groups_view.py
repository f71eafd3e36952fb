"""How groups fare: rates and errors side by side, with their intervals and row counts."""

import streamlit as st

from app.components import pictures
from app.components.frame import section
from app.wording import counted, drawn, percent, plain, said
from engine.domain.evidence import Evidence, Fairness, GroupRate, Mitigations
from engine.domain.problem import Problem, Task

TERMS = {
    "demographic_parity_difference": "Demographic parity difference: the largest difference in how often groups are "
    "picked.",
    "equalized_odds_difference": "Equalized odds difference: the largest difference in errors between groups.",
    "equal_opportunity_difference": "Equal opportunity difference: how often real cases are picked.",
    "predictive_parity_difference": "Predictive parity difference: how often picking is right.",
    "calibration_difference": "Calibration by group: the chance the model gives beside what came true.",
    "score_difference": "The score of each group by itself.",
}
_FIRST = 2  # measures that are said at once


def show(evidence: Evidence, problem: Problem) -> None:
    """Show every sensitive column's groups."""
    section(
        "How groups fare", "Groups may differ for good reasons or bad ones; whether a difference is fair, you decide."
    )
    if not evidence.fairness:
        st.info(
            "No column was marked as sensitive, so nobody knows how groups fare. Mark one in the step Question to see.",
            icon=":material/groups:",
        )
        return
    for column in dict.fromkeys(f.column for f in evidence.fairness):
        measures = [f for f in evidence.fairness if f.column == column]
        for measure in measures[:_FIRST]:
            st.markdown(f"**{plain(measure.sentence)}**", help=TERMS.get(measure.measure, plain(measure.measure)))
        if measures[0].columns and measures[0].at_least <= 0:
            continue  # what two columns show together is drawn where it is surely there
        _picture(measures[0], problem)
        if measures[_FIRST:]:
            with st.expander("Other ways to compare", icon=":material/balance:"):
                for measure in measures[_FIRST:]:
                    st.markdown(plain(measure.sentence), help=TERMS.get(measure.measure, plain(measure.measure)))
        for price in evidence.mitigations:
            if price.column == column:
                _price(price)


def _picture(measure: Fairness, problem: Problem) -> None:
    number = problem.task is Task.REGRESSION
    first, second = ("mean answer", "mean error") if number else ("picked", "wrong answers")
    groups = [g for g in measure.groups if g.selection_rate is not None or g.error_rate is not None]
    if not groups:
        return
    names = [f"{drawn(g.group, 24)} ({_rows(g)})" for g in groups]
    figure = pictures.blank(height=96 + 50 * len(groups))
    rates = [g.selection_rate for g in groups]
    figure.add_scatter(
        x=rates,
        y=names,
        mode="markers",
        name=first,
        marker={"size": 13, "color": pictures.GROUPS[0]},
        error_x={
            "array": [_up(g) for g in groups],
            "arrayminus": [_down(g) for g in groups],
            "width": 6,
            "color": pictures.GROUPS[0],
        },
        hovertemplate=f"{first}: %{{x:{_form(number)}}}<extra></extra>",
    )
    figure.add_scatter(
        x=[g.error_rate for g in groups],
        y=names,
        mode="markers",
        name=second,
        marker={"size": 12, "color": pictures.GROUPS[1], "symbol": "diamond"},
        hovertemplate=f"{second}: %{{x:{_form(number)}}}<extra></extra>",
    )
    figure.update_layout(showlegend=True, legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0})
    figure.update_yaxes(type="category", autorange="reversed")
    figure.update_xaxes(tickformat=_form(number), rangemode="tozero")
    numbers = [
        {
            "group": g.group,
            "rows": g.rows,
            first: g.selection_rate,
            second: g.error_rate,
            "predicted": g.predicted,
            "came true": g.came_true,
            "score": g.score,
            "too few rows": g.too_few,
        }
        for g in groups
    ]
    alt = f"By {measure.column}: " + ", ".join(f"{g.group} {_said(g.selection_rate, number)} {first}" for g in groups)
    pictures.show(figure, alt=alt, key=f"groups:{measure.column}", numbers=numbers)


def _price(found: Mitigations) -> None:
    """Draw what it costs to pick the groups more alike."""
    st.markdown(f"**{plain(found.sentence)}**", help="Found on the choose rows, counted on the test rows.")
    one = found.candidates[0]
    cost = "cost of mistakes per 1,000 cases" if found.money else "mistakes per 1,000 cases, in missed cases"
    figure = pictures.blank(height=270, x="difference in how often groups are picked", y=cost)
    figure.add_scatter(
        x=[c.gap for c in found.candidates[1:]],
        y=[c.cost for c in found.candidates[1:]],
        mode="markers",
        marker={"size": 12, "color": pictures.MODEL},
        customdata=[_thresholds(c.thresholds) for c in found.candidates[1:]],
        hovertemplate="difference %{x:.1%}, cost %{y:,.4g}<br>act from: %{customdata}<extra></extra>",
    )
    figure.add_scatter(
        x=[one.gap],
        y=[one.cost],
        mode="markers+text",
        text=["<b>one threshold for all</b>"],
        textposition="top center",
        marker={"size": 14, "color": pictures.TODAY},
        hovertemplate="difference %{x:.1%}, cost %{y:,.4g}<extra></extra>",
    )
    most = max(c.gap for c in found.candidates)
    figure.update_xaxes(tickformat=".0%", range=[-0.05 * most - 0.01, most * 1.25 + 0.01])
    numbers = [
        {"act from": drawn(_thresholds(c.thresholds), 200), "difference": c.gap, cost: c.cost} for c in found.candidates
    ]
    alt = f"{cost} against the difference in how often groups of {found.column} are picked"
    pictures.show(figure, alt=alt, key=f"price:{found.column}", numbers=numbers)
    st.caption(
        "What it would cost, to weigh it: the released model has one threshold for all. To treat people by a threshold "
        "of their group needs their group at each decision, and is forbidden in many places: ask your lawyer first."
    )


def _thresholds(of: dict[str, float]) -> str:
    return ", ".join(f"{drawn(name, 24)} {percent(at)}" for name, at in of.items())


def _rows(group: GroupRate) -> str:
    return counted(group.rows, "row") + (", too few to judge" if group.too_few else "")


def _up(group: GroupRate) -> float:
    return (group.interval[1] - group.selection_rate) if group.interval and group.selection_rate is not None else 0.0


def _down(group: GroupRate) -> float:
    return (group.selection_rate - group.interval[0]) if group.interval and group.selection_rate is not None else 0.0


def _form(number: bool) -> str:
    return ".4g" if number else ".0%"


def _said(rate: float | None, number: bool) -> str:
    return "unknown" if rate is None else said(rate) if number else percent(rate)
