"""When the model should leave a case to a person."""

import streamlit as st

from app import resources
from app.components.frame import section
from app.wording import plain
from app.workflow import deciding
from app.workflow.views import VersionView
from engine.domain.policy import Abstention, Policy
from engine.domain.problem import Task
from engine.evidence import abstaining
from engine.problem.words import alike, percent

_ALWAYS = "It answers every case"
_WIDTH = (
    "*Split conformal prediction*, among numbers of about the same size: the true one lies within the range as often "
    "as you ask for, and where the range is too wide, the model abstains. Too wide is what only the least sure fifth "
    "of the cases has at 90 %; whoever asks for more has wider ranges, and more cases are left. It holds for cases "
    "like those it was trained on, not for later or other ones."
)
_TERM = (
    "*Split conformal prediction*, for each class by itself: the true answer is among those that stay possible as "
    "often as you ask for. Where none or several stay possible, the model abstains. It holds for cases like those it "
    "was trained on, not for later or other ones. How often the answers that it gives are right is another figure: "
    "that stands below."
)


def ask(shown: VersionView, policy: Policy, *, to: str, changeable: bool) -> Policy:
    """Ask how sure an answer has to be; returns the policy with that. ``to`` is who handles the other cases."""
    choices = {limits.coverage: limits for limits in (shown.run.evidence.limits if shown.run.evidence else ())}
    if not choices:
        return policy
    problem = shown.problem.problem
    section("When to leave it to a person", help=_WIDTH if problem.task is Task.REGRESSION else _TERM)
    kept = shown.policy.abstention
    sure = st.select_slider(
        deciding.coverage_asked(problem),
        [0.0, *choices],
        value=kept.coverage if kept and kept.coverage in choices else 0.0,
        format_func=lambda c: percent(c) if c else _ALWAYS,
        disabled=not changeable,
        key=f"abstain:{shown.id}" if changeable else f"abstain:{shown.id}:stands",
        persist_state="session",
    )
    if note := deciding.only_the_width(choices.values(), problem):
        st.caption(note)
    if not sure:
        st.caption("Doubtful cases are answered like all others.")
        return policy.model_copy(update={"abstention": None})
    limits = choices[sure]
    _result(limits, shown, to)
    return policy.model_copy(update={"abstention": limits})


def _result(limits: Abstention, shown: VersionView, to: str) -> None:
    problem = shown.problem.problem
    number = problem.task is Task.REGRESSION
    with st.container(border=True):
        left, answered, all_ = st.columns(3)
        left.metric("Left to a person", percent(limits.abstained))
        word = abstaining.counted_as(problem)
        wrong = [limits.error] if limits.error_answered is None else [limits.error_answered, limits.error]
        told = alike(wrong[0], beside=wrong[1:]) if number else tuple(map(percent, wrong))
        answered.metric(f"{word}, where it answers", told[0] if len(wrong) > 1 else "—")
        all_.metric(f"{word}, if it answered all", told[-1])
        st.markdown(plain(deciding.doubted(limits, problem)))
        who = f"They go to: {plain(to)}." if to else "Say below who handles them."
        days = resources.home().settings.service_log_days
        st.caption(f"{who} They wait under Cases, with their values, for {days} days; an answer is kept as long again.")
