"""What the checks said: a headline, the findings as cards with the worst first, and what was fine, folded."""

from collections.abc import Iterable

import streamlit as st

from app import state
from app.components import finding_card
from app.components.boundary import boundary
from app.wording import VERDICTS, plain, remedy, verdict
from app.workflow import checks, wizarding
from app.workflow.home import Home
from app.workflow.views import ProblemView
from engine.domain.outcome import Outcome, Override, Verdict
from engine.problem.words import counted

KEPT = "kept"
# What stands open, what is folded, and what each is called.
OPEN = {"stop": "Must be fixed", "look": "Worth a look", "unknown": "Could not be checked"}
FOLDED = {
    KEPT: (":material/edit_note:", "kept with a reason"),
    "note": (":material/info:", "good to know"),
}


def show(home: Home, asked: ProblemView) -> None:
    """Show the report on a question and take fixes and reasons."""
    outcomes = asked.outcomes or ()
    st.markdown(f"#### {headline(asked)}", anchors=False)
    _fixed(asked)
    left = checks.not_accepted(outcomes, asked.overrides)
    mendable = [o for o in left if o.verdict is Verdict.FLAGGED and o.remedy]
    if len(mendable) > 1:
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button(f"Fix all {len(mendable)} that can be fixed", icon=":material/build:"):
                _fix(home, asked, mendable)
            st.caption(plain("; ".join(dict.fromkeys(remedy(o.remedy) for o in mendable if o.remedy))))
    sorted_ = _sorted(asked)
    for name, title in OPEN.items():
        if sorted_[name]:
            st.markdown(f"**{title}**")
            _cards(home, asked, sorted_[name])
    for name, (icon, title) in FOLDED.items():
        if sorted_[name]:
            with st.expander(f"{len(sorted_[name])} {title}", icon=icon):
                _cards(home, asked, sorted_[name])
    _quiet(outcomes)


def headline(asked: ProblemView) -> str:
    """Say in one sentence how the data stands."""
    sorted_ = _sorted(asked)
    stop, look, broken = len(asked.blockers), len(sorted_["look"]), len(sorted_["unknown"])
    fine = sum(verdict(o) == "fine" for o in asked.outcomes or ())
    numbers = [(stop, "must be fixed", "must be fixed"), (look, "is worth a look", "are worth a look")]
    numbers += [(broken, "could not be checked", "could not be checked")]
    parts = [f"{number} {one if number == 1 else many}" for number, one, many in numbers if number]
    parts.append(f"{fine} {'is' if fine == 1 else 'are'} fine")
    first = parts[0].partition(" ")[0]
    parts[0] = parts[0].replace(first, f"{first} thing{'' if first == '1' else 's'}", 1)
    return ", ".join(parts[:-1]) + (" and " if len(parts) > 1 else "") + parts[-1] + "."


def closes(asked: ProblemView) -> str:
    """Return what still closes training, or nothing."""
    count = len(asked.blockers)
    if not count:
        return ""
    what = "The finding above that says Stop" if count == 1 else f"The {count} findings above that say Stop"
    return f"{what} must be fixed, or kept with a reason, first."


def _sorted(asked: ProblemView) -> dict[str, list[tuple[Outcome, str]]]:
    # Each with a name of its own, for its widgets.
    found: dict[str, list[tuple[Outcome, str]]] = {name: [] for name in (*OPEN, *FOLDED)}
    seen: dict[str, int] = {}
    for outcome in asked.outcomes or ():
        name = verdict(outcome)
        if name not in found:
            continue
        number = seen.setdefault(outcome.code, 0)
        seen[outcome.code] += 1
        kept = outcome.verdict is Verdict.FLAGGED and _reason(outcome, asked) is not None
        found[KEPT if kept else name].append((outcome, f"{outcome.code}:{number}"))
    return found


def _reason(outcome: Outcome, asked: ProblemView) -> Override | None:
    return next((o for o in asked.overrides if o.covers(outcome)), None)


def _cards(home: Home, asked: ProblemView, found: Iterable[tuple[Outcome, str]]) -> None:
    for outcome, key in found:
        finding_card.show(home, asked, outcome, _reason(outcome, asked), key, lambda o: _fix(home, asked, [o]))


def _fixed(asked: ProblemView) -> None:
    if done := asked.problem.remedies:
        st.caption(f":material/build: Fixed so far: {plain('; '.join(remedy(r) for r in done))}.")


def _fix(home: Home, asked: ProblemView, outcomes: Iterable[Outcome]) -> None:
    with boundary():
        wizarding.fix_and_check(home, asked.id, tuple(outcomes))
        state.say_next("Fixed; it is being checked again.")
        st.rerun()


def _quiet(outcomes: Iterable[Outcome]) -> None:
    quiet = [o for o in outcomes if verdict(o) in {"fine", "none"}]
    if not quiet:
        return
    fine = sum(verdict(o) == "fine" for o in quiet)
    idle = counted(len(quiet) - fine, "check does not apply", "checks do not apply")
    title = f"{counted(fine, 'check is', 'checks are')} fine{'' if fine == len(quiet) else f', {idle}'}"
    with st.expander(title, icon=":material/check_circle:"):
        for outcome in quiet:
            icon, word, _ = VERDICTS[verdict(outcome)]
            why = f": {plain(outcome.problem)}" if outcome.problem else ""
            rows = f", {counted(outcome.rows_examined, 'row')}" if outcome.rows_examined else ""
            st.markdown(f"{icon} {word} · {outcome.title} :small[({outcome.code}{rows})]{why}")
