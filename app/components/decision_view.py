"""From chances to decisions: by costs, by capacity or by hand, with what that brings in money or people."""

from typing import TYPE_CHECKING

import streamlit as st

from app.components import cost_view, pictures, value_view, ways
from app.components.frame import section
from app.wording import plain
from app.workflow import deciding, wizarding
from app.workflow.views import VersionView
from app.workflow.wizarding import Tried
from engine.domain.policy import DecisionTable, Policy, PolicyKind
from engine.domain.problem import Task
from engine.errors import HandrailError
from engine.problem.words import percent

if TYPE_CHECKING:
    from engine.policy.decision import Expected

_WAYS = {
    PolicyKind.PROPOSED: "as many as there are",
    PolicyKind.COSTS: "what mistakes cost",
    PolicyKind.CAPACITY: "how many we can handle",
    PolicyKind.MANUAL: "our own judgement",
}


def ask(shown: VersionView, *, changeable: bool) -> tuple[Policy, str]:
    """Ask how to decide; returns the policy and, where the answers make none, what to change."""
    table = shown.run.tables.get("choose")
    if shown.problem.problem.task is Task.MULTICLASS:
        return cost_view.ask(shown, changeable=changeable)
    if table is None:
        section("What is used")
        st.markdown(plain(shown.policy.sentence) or "The number itself is used.")
        return shown.policy, ""
    section("When to act", help="The *threshold*: from which probability on a case counts as a yes.")
    kind = ways.chosen(shown, _WAYS, PolicyKind.MANUAL, changeable=changeable)
    try:
        tried = _tried(shown, table, kind, changeable)
    except HandrailError as error:
        return shown.policy, f"{error.problem} {error.fix}"
    if not changeable:  # drawn as it stands, not as its numbers would make it anew
        tried = wizarding.tried(table, shown.policy)
    if tried is None:
        return shown.policy, "Fill in the numbers above first."
    _result(shown, table, tried)
    _picture(table, tried)
    return tried.policy, ""


def _tried(shown: VersionView, table: DecisionTable, kind: PolicyKind, changeable: bool) -> Tried | None:
    problem, now, frozen = shown.problem.problem, shown.policy, not changeable
    key = f"decide:{shown.id}:stands" if frozen else f"decide:{shown.id}"
    if kind is PolicyKind.COSTS:
        wrong, missed = _costs(now, key, frozen=frozen)
        if wrong is None or missed is None:
            return None
        return wizarding.try_policy(table, problem, kind, wrong_yes=wrong, missed_yes=missed)
    if kind is PolicyKind.CAPACITY:
        capacity, batch = _capacity(now, table, key, frozen=frozen)
        if not capacity or not batch:
            return None
        return wizarding.try_policy(table, problem, kind, capacity=int(capacity), batch=int(batch))
    if kind is PolicyKind.PROPOSED:
        st.caption("As many are picked as there are real cases, because nobody said what else should decide.")
        return wizarding.try_policy(table, problem, kind)
    threshold = st.slider(
        "Act from this chance on",
        0.0,
        1.0,
        round(min(now.threshold or 0.5, 1.0), 2),
        0.01,
        format="percent",
        disabled=frozen,
        key=f"{key}:threshold",
        persist_state="session",
    )
    return wizarding.try_policy(table, problem, kind, threshold=float(threshold))


def _costs(now: Policy, key: str, *, frozen: bool) -> tuple[float | None, float | None]:
    first, second = st.columns(2)
    wrong = first.number_input(
        "Acting for nothing costs",
        format="%g",
        min_value=0.0,
        value=now.cost_wrong_yes,
        disabled=frozen,
        key=f"{key}:wrong",
        persist_state="session",
        help="A wrong yes, or *false positive*, in your currency.",
    )
    missed = second.number_input(
        "Missing a case costs",
        format="%g",
        min_value=0.0,
        value=now.cost_missed_yes,
        disabled=frozen,
        key=f"{key}:missed",
        persist_state="session",
        help="A missed yes, or *false negative*, in your currency.",
    )
    return wrong, missed


def _capacity(now: Policy, table: DecisionTable, key: str, *, frozen: bool) -> tuple[int | None, int | None]:
    first, second = st.columns(2)
    capacity = first.number_input(
        "We can act on",
        min_value=1,
        value=now.capacity or 200,
        disabled=frozen,
        key=f"{key}:capacity",
        persist_state="session",
    )
    batch = second.number_input(
        "out of every",
        min_value=1,
        value=now.batch or (None if frozen else _usual(now, table)),
        placeholder="not kept" if frozen else None,
        disabled=frozen,
        key=f"{key}:batch",
        persist_state="session",
        help="How many cases come in at a time, for example in a week.",
    )
    return capacity, batch


def _usual(now: Policy, table: DecisionTable) -> int:
    """Return of how many a capacity is where nobody said: as training takes it, else a round number to begin with."""
    return table.rows if now.capacity else 1000


def _result(shown: VersionView, table: DecisionTable, tried: Tried) -> None:
    who, brought = "cases", tried.expected
    with st.container(border=True):
        act, right, miss = st.columns(3)
        act.metric(f"Act on, of {brought.rows:,.0f} {who}", f"{brought.flagged:,.0f}")
        right.metric(
            "of these rightly",
            f"{brought.hits:,.0f}",
            help="*Precision*: how often acting is right.",
            delta=percent(brought.precision),
            delta_color="off",
            delta_arrow="off",
        )
        miss.metric(
            "Cases missed",
            f"{brought.missed:,.0f}",
            help="*Recall* is the share found.",
            delta=f"{percent(brought.recall)} found",
            delta_color="off",
            delta_arrow="off",
        )
        if brought.money is None:
            st.markdown(_people(brought))
        if made := deciding.brings(table, tried.policy, shown.problem.problem.question.who):
            st.markdown(f"It brings {plain(made)}")
    threshold, room = tried.policy.threshold, tried.policy.capacity or 0
    if tried.policy.kind is PolicyKind.CAPACITY and room >= brought.rows:
        st.caption(f"All of {brought.rows:,.0f} {who} can be acted on: there is room for {room:,}.")
    if threshold is not None:
        st.caption(
            f"That is: act from a chance of {percent(min(threshold, 1.0))} on. Counted on rows it did not learn from."
        )


def _people(brought: "Expected") -> str:
    if not brought.flagged:
        return "Nobody would be acted on."
    share = (brought.hits + brought.missed) / brought.rows if brought.rows else 0
    random = brought.flagged * share
    return f"Acting on as many at random would find {random:,.0f} instead of {brought.hits:,.0f}."


def _picture(table: DecisionTable, tried: Tried) -> None:
    curve = deciding.profit(table, tried.policy)
    if curve is not None:
        xs, ys, label = list(curve.x), list(curve.y), "brought by 1,000 cases (nobody: 0)"
        y = 1000 * ((tried.expected.money or 0.0) - (tried.expected.money_nobody or 0.0)) / tried.expected.rows
    else:
        xs = [flagged / table.rows for flagged in reversed(table.flagged)]
        ys, label, y = [h / max(1, table.positives) for h in reversed(table.hits)], "cases found", tried.expected.recall
    figure = pictures.blank(height=270, x="share of cases acted on", y=label)
    if curve is not None:
        value_view.band(figure, curve.x, curve.low, curve.high)
        figure.add_hline(y=0, line={"color": pictures.BASELINE, "dash": "dot"})
        least, most = min(0.0, *curve.low), max(0.0, *curve.high)
        figure.update_yaxes(range=[least - 0.05 * (most - least), most + 0.2 * (most - least) or 1])
    else:
        value_view.at_random(figure, [0, 1])
        figure.update_yaxes(tickformat=".0%", rangemode="tozero", range=[0, max(*ys, y) * 1.15 or 1])
    figure.add_scatter(
        x=xs,
        y=ys,
        mode="lines",
        line={"color": pictures.MODEL, "width": 3},
        customdata=tuple(reversed(table.thresholds)),
        hovertemplate="acting on %{x:.0%} (from a chance of %{customdata:.0%})<br>%{y:,.4g}<extra></extra>",
    )
    value_view.here(figure, tried.expected.flagged / tried.expected.rows if tried.expected.rows else 0, y)
    figure.update_xaxes(tickformat=".0%", range=[-0.01, 1.01])
    numbers = [
        {"act from a chance of": t, "acted on": f, "of these rightly": h, label: v}
        for t, f, h, v in zip(table.thresholds, table.flagged, table.hits, reversed(ys), strict=True)
    ]
    pictures.show(figure, alt=f"{label} by the share of cases acted on", key="decision", numbers=numbers)
