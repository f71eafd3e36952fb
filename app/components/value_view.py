"""What the model is worth: whom acting on the top reaches, or how often a number is near enough."""

import itertools
import math
from typing import Any

import streamlit as st

from app.components import pictures
from app.components.frame import section
from app.wording import drawn, plain
from app.workflow import deciding
from engine.domain.evidence import Curve, Evidence
from engine.domain.policy import DecisionTable, Policy
from engine.domain.problem import Problem

WAYS = {"found": "Found by picking", "lift": "Times as many as at random"}
_TERM = (
    "Gains: the share of the real cases that is found by picking the highest chances. Lift: how many times as many as "
    "picking blindly finds. Counted on rows it had never seen; the band is the 95 % interval."
)


def show(evidence: Evidence, problem: Problem, policy: Policy, table: DecisionTable | None, *, key: str) -> None:
    """Show what acting on the top reaches, or for a number how often it is near enough; else nothing.

    ``table`` was counted on the test rows. ``key`` names the version: what was asked of one is not asked of another.
    """
    known = {curve.name: curve for curve in evidence.curves}
    if "gains" in known and evidence.confusion is not None:
        _reached(evidence, problem, policy, table, known["gains"], key)
    elif "within" in known:
        _near(evidence, problem, known["within"], key)


def _reached(
    evidence: Evidence, problem: Problem, policy: Policy, table: DecisionTable | None, curve: Curve, key: str
) -> None:
    section("What it is worth", help=_TERM)
    rows, cases = evidence.score.rows, sum(evidence.confusion.counts[-1]) if evidence.confusion else 0
    usual = _usual(problem, policy, cases, rows)
    asked, way = st.columns([1, 2], vertical_alignment="bottom")
    top = asked.number_input(
        f"Act on the top, of {rows:,}", min_value=1, value=usual, step=max(1, rows // 100), key=f"top:{key}:{usual}",
        persist_state="session",
    )  # fmt: skip
    chosen = way.segmented_control(
        "Picture", list(WAYS), default="found", format_func=WAYS.__getitem__, key=f"gains:{key}", required=True,
        label_visibility="collapsed",
    )  # fmt: skip
    said, found = deciding.reached(evidence, problem, int(top or usual), table)
    st.markdown(f"**{plain(said)}**")
    if top and top > rows:
        st.caption(f"There are {rows:,} rows to count on, so that is all of them.")
    lift = chosen == "lift"
    skip = 1 if lift else 0  # at no rows at all there is no lift
    xs = curve.x[skip:]
    ys, low, high = (
        [y / x if lift else y for x, y in zip(xs, line[skip:], strict=False)]
        for line in (curve.y, curve.low, curve.high)
    )
    label = "times as many as at random" if lift else drawn(f"share found of {problem.target} = {problem.positive}", 60)
    figure = pictures.blank(height=270, x="share of rows acted on, highest chances first", y=label)
    band(figure, xs, low, high)
    figure.add_scatter(
        x=xs,
        y=ys,
        mode="lines",
        line={"color": pictures.MODEL, "width": 3},
        hovertemplate="%{x:.1%} of the rows: " + ("%{y:.2f} times" if lift else "%{y:.1%}") + "<extra></extra>",
    )
    at_random(figure, [1, 1] if lift else [0, 1])
    share = found.top / rows
    here(figure, share, found.lift if lift else found.found / max(cases, 1))
    figure.update_xaxes(tickformat=".0%", range=[-0.01, 1.01])
    figure.update_yaxes(rangemode="tozero", **({} if lift else {"tickformat": ".0%", "range": [0, 1.12]}))
    numbers: list[dict[str, Any]] = [
        {"share acted on": x, label: y, "from": lo, "to": hi}
        for x, y, lo, hi in itertools.zip_longest(xs, ys, low, high)
    ]
    pictures.show(figure, alt=said, key="gains-picture", numbers=numbers)


def _usual(problem: Problem, policy: Policy, cases: int, rows: int) -> int:
    """Return how many to act on at first: the share that the policy's capacity is, else as many as there are cases."""
    if policy.capacity is not None and policy.batch is not None:
        return max(1, min(rows * policy.capacity // policy.batch, rows))
    return max(1, min(problem.question.capacity or cases, rows))


def _near(evidence: Evidence, problem: Problem, curve: Curve, key: str) -> None:
    section("What it is worth", help="How often a prediction is near enough to be used, on rows it had never seen.")
    half = curve.where(0.5) or 0.0
    digits = 1 - math.floor(math.log10(half)) if half > 0 else 0
    off = st.number_input(
        "Near enough is: at most off by", min_value=0.0, value=round(half, digits), format="%g", key=f"near:{key}",
        persist_state="session",
    )  # fmt: skip
    said = deciding.near(evidence, problem, float(off or 0.0))
    st.markdown(f"**{plain(said)}**")
    figure = pictures.blank(height=250, x=drawn(curve.x_label, 60), y="share of rows")
    band(figure, curve.x, curve.low, curve.high)
    figure.add_scatter(
        x=curve.x,
        y=curve.y,
        mode="lines",
        line={"color": pictures.MODEL, "width": 3},
        hovertemplate="at most %{x:.4g} off: %{y:.0%}<extra></extra>",
    )
    figure.update_yaxes(tickformat=".0%", range=[0, 1.05])
    far = next((x for x, y in zip(curve.x, curve.y, strict=True) if y >= 0.98), curve.x[-1])
    figure.update_xaxes(range=[0, max(far, 1.1 * float(off or 0))])
    figure.add_vline(x=float(off or 0.0), line={"color": pictures.TODAY, "dash": "dot"})
    numbers = [
        {curve.x_label: x, "share of rows": y, "from": lo, "to": hi}
        for x, y, lo, hi in zip(curve.x, curve.y, curve.low, curve.high, strict=True)
    ]
    pictures.show(figure, alt=said, key="near-picture", numbers=numbers)


def band(figure: Any, x: Any, low: Any, high: Any) -> None:
    """Draw an interval along a line; nothing where it is not known."""
    if not len(low):
        return
    figure.add_scatter(
        x=[*x, *reversed(x)],
        y=[*high, *reversed(low)],
        fill="toself",
        fillcolor=pictures.BAND,
        line={"width": 0},
        mode="lines",
        hoverinfo="skip",
    )


def at_random(figure: Any, y: list[float]) -> None:
    """Draw what picking blindly brings, from no row to all."""
    figure.add_scatter(x=[0, 1], y=y, mode="lines", line={"color": pictures.BASELINE, "dash": "dot"}, hoverinfo="skip")
    figure.add_annotation(
        x=0.8, y=y[0] + 0.8 * (y[1] - y[0]), text="at random", showarrow=False, yshift=-12, xshift=24,
        font={"color": pictures.BASELINE},
    )  # fmt: skip


def here(figure: Any, x: float, y: float) -> None:
    """Mark where one stands on a line."""
    figure.add_scatter(
        x=[x],
        y=[y],
        mode="markers+text",
        text=["<b>here</b>"],
        textposition="top left" if x > 0.9 else "top center",  # at the right edge it would be cut
        marker={"size": 14, "color": pictures.TODAY},
        hoverinfo="skip",
    )
