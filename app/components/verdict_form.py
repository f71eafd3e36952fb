"""A reviewer's decision: approve, return with a question, or hand over; and the builder's answer."""

from typing import Any

import streamlit as st

from app import state
from app.components import drafting, frame
from app.components.boundary import boundary
from app.components.frame import section
from app.wizard import Step
from app.wording import plain
from app.workflow import registry, reviewing, seen
from app.workflow.home import Home
from app.workflow.seen import Seen
from app.workflow.views import VersionView
from engine.domain.outcome import Gate, Outcome, Override, open_blockers
from engine.domain.version import Stage

SEEN = "seen"  # in the session: what a page showed of the version that it is about


def ask(home: Home, shown: VersionView) -> tuple[str, tuple[Override, ...]]:
    """Ask for the note and for a reason to every open approval finding."""
    section("The decision")
    if shown.run.builder == home.settings.user:
        st.caption(
            f":material/person: You ({plain(home.settings.user)}) built this model. If you approve it, the card says "
            "that it was reviewed by its builder."
        )
    accepted, reasons = [], {}
    for outcome in _open(shown):
        st.markdown(f":material/block: **{outcome.code}** {plain(outcome.problem)}")
        reason = _reason(shown, outcome)
        if reason.strip():
            reasons[_about(outcome)] = reason
            column = outcome.columns[0] if outcome.columns else None
            accepted.append(Override(code=outcome.code, column=column, reason=reason.strip()))
    note = _drafted(shown, "Your note", "What the decision rests on, or what you want to know", reasons)
    return note, tuple(accepted)


def _begun(shown: VersionView) -> dict[str, Any]:
    """Return what was written about this version and not sent off."""
    begun = drafting.begun(Step.REVIEW, shown.run.project_id)
    return begun if begun.get("version") == shown.id else {}


def _round(shown: VersionView) -> str:
    """Return what no other round of its review is called: what was sent off is not written in the next one already."""
    return f"{shown.id}:{len(shown.reviews)}"


def _about(outcome: Outcome) -> str:
    return f"{outcome.code}:{outcome.columns}"


def _reason(shown: VersionView, outcome: Outcome) -> str:
    about = _about(outcome)
    before = str(_begun(shown).get("reasons", {}).get(about, ""))
    key = f"accept:{_round(shown)}:{about}"
    return st.text_input("Accepted, because …", before, key=key, persist_state="session") or ""


def _drafted(shown: VersionView, label: str, placeholder: str, reasons: dict[str, str] | None = None) -> str:
    """Ask for a text that is kept as it is written, with the reasons given before it, and return it."""
    said = st.text_area(
        label,
        str(_begun(shown).get("note", "")),
        key=f"{label}:{_round(shown)}",
        height=90,
        max_chars=2000,
        persist_state="session",
        placeholder=placeholder,
    )
    project_id = shown.run.project_id
    if said or reasons:
        drafting.keep(Step.REVIEW, project_id, {"version": shown.id, "note": said or "", "reasons": reasons or {}})
    else:
        drafting.taken_back(Step.REVIEW, project_id, version=shown.id)
    return (said or "").strip()


def answer(home: Home, shown: VersionView, project_id: str) -> None:
    """Ask the builder of a returned version for an answer, and hand it in again with it."""
    said = _drafted(
        shown, "Your answer", "What you found out or changed; or train anew and hand in the new version instead"
    )
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if not said:
            st.button("Answer and hand it in again", type="primary", disabled=True, key="primary")
            st.caption(":material/lock: Write an answer first: the reviewer waits for it.")
        elif st.button("Answer and hand it in again", type="primary", key="primary"):
            with boundary():
                reviewing.submit(home, shown.reference, note=said)
                drafting.sent(Step.REVIEW, project_id)
                state.say_next(f"{shown.reference} waits for a reviewer.")
                st.rerun()


def _open(shown: VersionView) -> tuple[Outcome, ...]:
    """Return the findings that close the approval."""
    return open_blockers(registry.outcomes(shown), shown.problem.overrides, Gate.APPROVAL)


def _findings(count: int) -> str:
    return "the finding above" if count == 1 else f"each of the {count} findings above"


def _as_opened(shown: VersionView) -> Seen:
    """Return what this page showed of the version when it was opened, not what it was drawn anew with since.

    The page is drawn anew at every field that is left: whoever writes a note does not see what changes above it.
    """
    known = state.recall(SEEN)
    if known is None or known[0] != _visit(shown):
        _look_again(shown)
    looked_at: Seen = state.recall(SEEN)[1]
    return looked_at


def _look_again(shown: VersionView) -> None:
    """Take down what the page shows now: a decision that is refused because it changed can be made after that."""
    state.remember(SEEN, (_visit(shown), seen.seen(shown)))


def _visit(shown: VersionView) -> tuple[int, str]:
    return state.generation(state.PAGE), shown.id


def decide(home: Home, shown: VersionView, project_id: str, note: str, accepted: tuple[Override, ...]) -> None:
    """Show the ways to decide and do what was chosen."""
    looked_at = _as_opened(shown)
    closed = "" if note else "Write a note first: what the decision rests on."
    left = len(_open(shown)) - len(accepted)
    unaccepted = f"Give a reason for {_findings(left)} first, or return it." if left > 0 else ""
    with st.bottom, st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        approve = st.button("Approve", type="primary", disabled=bool(closed or unaccepted), key="primary")
        back = st.button("Return with a question", disabled=bool(closed))
        there = shown.stage is Stage.IN_REVIEW
        hand = not there and st.button("Hand to a reviewer", help="It stands as it is from then on.")
        if closed or unaccepted:
            st.caption(f":material/lock: {closed or unaccepted}")
    with boundary():
        if approve or back:
            _look_again(shown)
        if approve:
            reviewing.approve(home, shown.reference, note=note, accepted=accepted, looked_at=looked_at)
            drafting.sent(Step.REVIEW, project_id)
            state.say_next(f"{shown.reference} is approved.")
            frame.go(Step.RELEASE, project_id)
        if back:
            reviewing.send_back(home, shown.reference, note=note, looked_at=looked_at)
            drafting.sent(Step.REVIEW, project_id)
            state.forget(SEEN)  # what is said of it from now on is no surprise here
            state.say_next(f"{shown.reference} was returned.")
            st.rerun()
        if hand:
            reviewing.submit(home, shown.reference)
            state.say_next(f"{shown.reference} waits for a reviewer.")
            st.rerun()
