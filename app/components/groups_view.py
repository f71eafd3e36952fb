"""How groups fare: rates and errors side by side, with their intervals and row counts."""

from collections.abc import Sequence

import streamlit as st

from app.components import pictures
from app.components.frame import section
from app.wording import drawn, plain
from app.workflow import mitigating
from engine.domain.evidence import Evidence
from engine.domain.fair import Fairness, GroupRate
from engine.domain.problem import Problem, Task
from engine.problem.words import counted, percent, rounded

TERMS = {
    "demographic_parity_difference": "Demographic parity difference: the largest difference in how often groups are "
    "picked.",
    "equalized_odds_difference": "Equalized odds difference: the largest difference in errors between groups.",
    "equal_opportunity_difference": "Equal opportunity difference: how often real cases are picked.",
    "false_positive_rate_difference": "Predictive equality difference: how often people who are no case are picked.",
    "predictive_parity_difference": "Predictive parity difference: how often picking is right.",
    "error_rate_difference": "Error rate difference: the largest difference in how often the answer is wrong.",
    "mean_prediction_difference": "The largest difference in what is predicted on average.",
    "mean_absolute_error_difference": "The largest difference in the mean absolute error (MAE).",
    "calibration_difference": "Calibration by group: the chance the model gives beside what came true.",
    "score_difference": "The score of each group by itself.",
}
_FIRST = 2  # measures that are said at once
_PRICE = "Counted on the choose rows, not on the test rows. How groups are treated is chosen in the step Decide."


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
    _treated(evidence)
    columns = dict.fromkeys(f.column for f in evidence.fairness)
    judged = {column: [f for f in evidence.fairness if f.column == column] for column in columns}
    single = [measures for measures in judged.values() if not measures[0].columns]
    for number, measures in enumerate(single):
        with st.expander(f"**{plain(measures[0].sentence)}**", icon=":material/groups:", expanded=number == 0):
            _column(measures, evidence, problem)
    together = [measures for measures in judged.values() if measures[0].columns]
    if together:
        with st.expander(f"{counted(len(together), 'pair')} of these columns taken together", icon=":material/join:"):
            for measures in together:
                _pair(measures, problem)


def _column(measures: Sequence[Fairness], evidence: Evidence, problem: Problem) -> None:
    """Show one column's groups in a picture, what other measures say, and the price of treating them alike."""
    st.caption(TERMS[measures[0].measure])
    for measure in measures[1:_FIRST]:
        st.markdown(f"**{plain(measure.sentence)}**", help=TERMS[measure.measure])
    _picture(measures[0], problem)
    if measures[_FIRST:]:
        with st.popover("Other ways to compare", icon=":material/balance:"):
            for measure in measures[_FIRST:]:
                st.markdown(plain(measure.sentence), help=TERMS[measure.measure])
    for price in evidence.mitigations:
        if price.column == measures[0].column:
            st.markdown(f"**{plain(price.sentence)}**", help=_PRICE)
            st.caption(plain(mitigating.caution()))


def _pair(measures: Sequence[Fairness], problem: Problem) -> None:
    """Say how the groups of two columns fare; they are drawn where a difference is surely there."""
    for measure in measures[:_FIRST]:
        st.markdown(f"**{plain(measure.sentence)}**", help=TERMS[measure.measure])
    if measures[0].at_least > 0:
        _picture(measures[0], problem)


def _rated(measure: Fairness, problem: Problem) -> str:
    """Say what the first rate of groups counts: of several classes which one, where that is known."""
    if problem.task is Task.BINARY:
        return "picked"
    rated = next((group.rated for group in measure.groups if group.rated), "")
    return f"given {drawn(rated, 24)}" if rated else "given the answer that differs most"


def _picture(measure: Fairness, problem: Problem) -> None:
    number = problem.task is Task.REGRESSION
    first, second = ("mean answer", "mean error") if number else (_rated(measure, problem), "wrong answers")
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
            "array": [_up(g.selection_rate, g.interval) for g in groups],
            "arrayminus": [_down(g.selection_rate, g.interval) for g in groups],
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
        error_x={
            "array": [_up(g.error_rate, g.error_interval) for g in groups],
            "arrayminus": [_down(g.error_rate, g.error_interval) for g in groups],
            "width": 6,
            "color": pictures.GROUPS[1],
        },
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
            "score from": g.score_interval[0] if g.score_interval else None,
            "score to": g.score_interval[1] if g.score_interval else None,
            "too few rows": g.too_few,
        }
        for g in groups
    ]
    alt = f"By {measure.column}: " + ", ".join(f"{g.group} {_said(g.selection_rate, number)} {first}" for g in groups)
    pictures.show(figure, alt=alt, key=f"groups:{measure.column}", numbers=numbers)


def _treated(evidence: Evidence) -> None:
    """Say what thresholds of groups bring on the test rows, where there are any."""
    if evidence.treated is not None:
        st.info(plain(evidence.treated.sentence), icon=":material/balance:")


def _rows(group: GroupRate) -> str:
    return counted(group.rows, "row") + (", too few to judge" if group.too_few else "")


def _up(rate: float | None, between: tuple[float, float] | None) -> float:
    return between[1] - rate if between and rate is not None else 0.0


def _down(rate: float | None, between: tuple[float, float] | None) -> float:
    return rate - between[0] if between and rate is not None else 0.0


def _form(number: bool) -> str:
    return ".4g" if number else ".0%"


def _said(rate: float | None, number: bool) -> str:
    return "unknown" if rate is None else rounded(rate) if number else percent(rate)
