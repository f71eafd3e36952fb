"""Of several classes the one to decide for: the most probable one, or the one whose mistakes cost the least."""

from collections.abc import Iterator

import streamlit as st

from app import resources
from app.components import ways
from app.components.frame import section
from app.wording import plain, short
from app.workflow import deciding
from app.workflow.deciding import Costed
from app.workflow.views import VersionView
from engine.domain.evidence import Estimate
from engine.domain.policy import MistakeCosts, Policy, PolicyKind
from engine.domain.problem import EVERY, Mistake
from engine.errors import HandrailError
from engine.problem.words import alike, counted

_WAYS = {PolicyKind.MOST_LIKELY: "the most probable answer", PolicyKind.COSTS: "what mistakes cost"}
_TERM = (
    "*Expected cost*: each wrong answer counts with its amount times the chance that it is wrong in just that way; the "
    "answer with the smallest sum is decided for. What it predicts stays the most probable answer."
)
_GRID = 6  # classes of which every mistake is asked for; of more, what it costs to miss each


def ask(shown: VersionView, *, changeable: bool) -> tuple[Policy, str]:
    """Ask which answer to decide for; returns the policy and, where the answers make none, what to change."""
    section("What to decide for", help=_TERM)
    way = ways.chosen(shown, _WAYS, PolicyKind.MOST_LIKELY, changeable=changeable)
    if way is PolicyKind.MOST_LIKELY:
        policy = deciding.most_likely(shown.problem.problem)
        st.markdown(plain(policy.sentence))
        return policy, ""
    try:
        costed = resources.by_costs(resources.home(), shown, _asked(shown, frozen=not changeable))
    except HandrailError as error:
        return shown.policy, f"{error.problem} {error.fix}"
    _result(shown, costed)
    return costed.policy, ""


def _asked(shown: VersionView, *, frozen: bool) -> tuple[Mistake, ...]:
    """Ask what mistakes cost."""
    classes, now = shown.problem.problem.classes, shown.policy.costs
    few = len(classes) <= _GRID
    return tuple(_grid(shown, classes, now, frozen=frozen) if few else _missed(shown, classes, now, frozen=frozen))


def _grid(shown: VersionView, classes: tuple[str, ...], now: MistakeCosts | None, *, frozen: bool) -> Iterator[Mistake]:
    st.markdown("What does it cost to say the one where the other is true? A right answer costs nothing.")
    widths = [1.2, *(1.0 for _ in classes)]
    for cell, text in zip(st.columns(widths), ("", *(f"say {short(c, 20)}" for c in classes)), strict=True):
        cell.markdown(f"**{plain(text)}**" if text else "", width="stretch")
    for j, truth in enumerate(classes):
        name, *cells = st.columns(widths, vertical_alignment="center")
        name.markdown(f"It is **{plain(short(truth, 20))}**")
        for i, one in enumerate(classes):
            if i == j:
                cells[i].caption("nothing")
                continue
            cost = cells[i].number_input(
                f"Cost of saying {plain(short(one, 30))} where {plain(short(truth, 30))} is true",
                min_value=0.0,
                value=now.amounts[i][j] if now else 1.0,
                format="%g",
                disabled=frozen,
                key=f"cost:{shown.id}:{i}:{j}",
                label_visibility="collapsed",
                persist_state="session",
            )
            yield Mistake(said=one, truth=truth, cost=cost)


def _missed(
    shown: VersionView, classes: tuple[str, ...], now: MistakeCosts | None, *, frozen: bool
) -> Iterator[Mistake]:
    """Ask for each class what it costs to say another one; an empty field leaves amounts that differ as they are."""
    st.markdown("What does it cost to give another answer where this one is true? A right answer costs nothing.")
    cells = st.columns(4)
    for j, truth in enumerate(classes):
        before = [row[j] for i, row in enumerate(now.amounts) if i != j] if now else [1.0]
        same = len(set(before)) == 1
        cost = cells[j % len(cells)].number_input(
            plain(short(truth, 30)),
            min_value=0.0,
            value=before[0] if same else None,
            placeholder="" if same else "different amounts",
            format="%g",
            disabled=frozen,
            key=f"cost:{shown.id}:{j}",
            persist_state="session",
        )
        if cost is not None:
            yield Mistake(said=EVERY, truth=truth, cost=cost)
        elif now is not None:
            others = (i for i in range(len(classes)) if i != j)
            yield from (Mistake(said=classes[i], truth=truth, cost=now.amounts[i][j]) for i in others)


def _result(shown: VersionView, costed: Costed) -> None:
    found = costed.found
    if found is None:
        st.caption("What that brings cannot be counted: the rows of this training were not kept. Train again for it.")
        return
    with st.container(border=True):
        ours, always, likeliest = st.columns(3)
        who = counted(1000, "case")
        ours.metric(f"Mistakes cost, of {who}", _thousand(found.cost), help="*Expected cost*, with its 95 % interval.")
        ours.caption(_interval(found.cost))
        likeliest.metric("The most probable answer would cost", _thousand(found.likeliest))
        likeliest.caption(plain(costed.likeliest))
        always.metric(f"Always {plain(short(found.single, 20))} would cost", _thousand(found.always))
        always.caption(plain(costed.always))
    st.caption(f"Counted on {counted(found.cost.rows, 'row')} it did not learn from.")


def _thousand(estimate: Estimate) -> str:
    return _said(estimate)[0]


def _interval(estimate: Estimate) -> str:
    _, low, high = _said(estimate)
    return f"95 % interval {low} to {high}"


def _said(estimate: Estimate) -> tuple[str, ...]:
    return alike(*(1000 * cost for cost in (estimate.value, *estimate.interval)))
