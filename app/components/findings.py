"""What the checks said: a headline, then a card per finding with its evidence and its ways out."""

from collections.abc import Iterable

import streamlit as st

from app import state
from app.components.boundary import boundary
from app.wording import VERDICTS, counted, percent, plain, remedy, said, verdict
from app.workflow import checks, wizarding
from app.workflow.home import Home
from app.workflow.views import ProblemView
from engine.domain.outcome import Gate, Outcome, Override, Verdict

ORDER = ("stop", "look", "unknown", "note")
SHARES = {
    "gini": "How far this column alone gets from guessing (0) to knowing (1)",
    "share": "Share of the rows",
    "share_of_rows": "Share of the rows",
    "rows_explained": "Share of the rows it explains",
    "missing_rate": "Share that is missing",
    "same_answer": "Rows of one and the same with the same answer",
    "test_rows": "Share of the test rows",
}
COUNTS = {
    "rows": "rows",
    "rows_wanted": "rows wanted",
    "entities": "different ones",
    "rows_per_entity": "rows each on average",
    "largest": "rows at most",
    "distinct": "different values",
    "columns": "columns",
}


def show(home: Home, asked: ProblemView) -> None:
    """Show the report on a question and take fixes and reasons."""
    outcomes = asked.outcomes or ()
    st.markdown(f"**{headline(asked)}**")
    mendable = [o for o in outcomes if _open(o, asked) and o.remedy]
    if len(mendable) > 1 and st.button(f"Fix all {len(mendable)} that can be fixed", icon=":material/build:"):
        _fix(home, asked, mendable)
    for name in ORDER:
        for number, outcome in enumerate(o for o in outcomes if verdict(o) == name):
            _card(home, asked, outcome, f"{outcome.code}:{number}")
    _quiet(outcomes)


def headline(asked: ProblemView) -> str:
    """Say in one sentence how the data stands."""
    outcomes = asked.outcomes or ()
    said_of = [verdict(o) for o in outcomes]
    stop, look = len(asked.blockers), said_of.count("look")
    fine = said_of.count("fine")
    parts = []
    if stop:
        parts.append(f"{counted(stop, 'thing')} must be fixed")
    if look:
        parts.append(f"{look} {'is' if look == 1 else 'are'} worth a look")
    if broken := said_of.count("unknown"):
        parts.append(f"{broken} could not be checked")
    parts.append(f"{fine} {'is' if fine == 1 else 'are'} fine")
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] + "."


def closes(asked: ProblemView) -> str:
    """Return what still closes training, or nothing."""
    count = len(asked.blockers)
    if not count:
        return ""
    what = "The finding above that says Stop" if count == 1 else f"The {count} findings above that say Stop"
    return f"{what} must be fixed, or kept with a reason, first."


def _open(outcome: Outcome, asked: ProblemView) -> bool:
    return outcome.verdict is Verdict.FLAGGED and _reason(outcome, asked) is None


def _reason(outcome: Outcome, asked: ProblemView) -> Override | None:
    return next((o for o in asked.overrides if o.covers(outcome)), None)


def _card(home: Home, asked: ProblemView, outcome: Outcome, key: str) -> None:
    icon, word, color = VERDICTS[verdict(outcome)]
    kept = _reason(outcome, asked)
    with st.container(border=True):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.badge(word, icon=icon, color=color)  # type: ignore[arg-type]
            st.markdown(f"**{outcome.title}**", width="content")
            st.caption(outcome.code, width="content")
        st.markdown(plain(outcome.problem))
        _evidence(outcome)
        if outcome.fix:
            st.markdown(f"*What to do:* {plain(outcome.fix)}")
        if kept is not None:
            st.caption(f":material/edit_note: Kept, because: {plain(kept.reason)}")
        elif outcome.verdict is Verdict.FLAGGED:
            _ways_out(home, asked, outcome, key)


def _evidence(outcome: Outcome) -> None:
    for name, words in SHARES.items():
        value = outcome.evidence.get(name)
        if value is not None and 0 <= value <= 1:
            st.progress(value, text=f":small[{words}: {percent(value)}{_limits(outcome)}]")
            break
    counts = [f"{said(v)} {COUNTS[name]}" for name, v in outcome.evidence.items() if name in COUNTS]
    if counts:
        st.caption(" · ".join(counts))


def _limits(outcome: Outcome) -> str:
    warning, stop = outcome.evidence.get("warning_from"), outcome.evidence.get("blocker_from")
    return f"; worth a look from {percent(warning)}, stop from {percent(stop)}" if warning and stop else ""


def _ways_out(home: Home, asked: ProblemView, outcome: Outcome, key: str) -> None:
    with st.container(horizontal=True):
        if outcome.remedy is not None and st.button(
            plain(remedy(outcome.remedy)), key=f"fix:{key}", icon=":material/build:"
        ):
            _fix(home, asked, [outcome])
        if outcome.blocks and outcome.gate is Gate.TRAINING:
            with st.popover("Keep it anyway, because …", type="tertiary"):
                reason = st.text_area(
                    "Your reason, for the reviewer", key=f"reason:{key}", placeholder="Why is this acceptable here?"
                )
                if st.button("Keep it", key=f"keep:{key}"):
                    with boundary():
                        column = outcome.columns[0] if outcome.columns else None
                        kept = Override(code=outcome.code, column=column, reason=(reason or "").strip())
                        checks.override(home, asked.project_id, kept)
                        st.rerun()


def _fix(home: Home, asked: ProblemView, outcomes: Iterable[Outcome]) -> None:
    with boundary():
        wizarding.fix_and_check(home, asked.id, tuple(outcomes))
        state.say_next("Fixed; it is being checked again.")
        st.rerun()


def _quiet(outcomes: Iterable[Outcome]) -> None:
    quiet = [o for o in outcomes if verdict(o) in {"fine", "none"}]
    if not quiet:
        return
    with st.expander(f"{counted(len(quiet), 'check')} with nothing to say", icon=":material/check_circle:"):
        for outcome in quiet:
            icon, word, _ = VERDICTS[verdict(outcome)]
            why = f": {plain(outcome.problem)}" if outcome.problem else ""
            looked = f":small[({outcome.code}, {outcome.rows_examined:,} rows)]"
            st.markdown(f"{icon} {word} · {outcome.title} {looked}{why}")
