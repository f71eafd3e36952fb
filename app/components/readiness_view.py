"""How ready a version is: the ML Test Score with its evidence; what only a person knows is answered in place."""

import streamlit as st

from app import resources
from app.components.boundary import boundary
from app.components.frame import section
from app.wording import plain, since
from app.workflow import reviewing
from app.workflow.reviewing import Before
from app.workflow.views import VersionView
from engine.domain.card import Card, Done, Tested
from engine.domain.version import Stage
from engine.problem.words import counted

SECTIONS = {
    "data": "Data",
    "model": "Model",
    "infrastructure": "The way from table to service",
    "monitoring": "Watching it",
}
ICONS = {
    Done.AUTOMATED: (":material/check_circle:", "Repeats by itself"),
    Done.BY_HAND: (":material/front_hand:", "Done by hand"),
    Done.NOT_DONE: (":material/error:", "**Not done**"),
    Done.NOT_YET: (":material/radio_button_unchecked:", "Not yet"),
}
ANSWERS = {Done.NOT_DONE: "Not done", Done.BY_HAND: "By hand", Done.AUTOMATED: "Repeats by itself"}


def show(shown: VersionView, card: Card) -> None:
    """Show the score, and under each section its seven tests."""
    from engine.evidence.readiness import SOURCE, readiness

    ready = readiness(card)
    section(
        "How ready it is",
        f"**{ready.score:g} of 7.** {ready.says} The score is that of the weakest section: "
        f"{SECTIONS[ready.weakest].lower()}.",
        help="The *ML Test Score*: 28 tests in four sections. A test that is done by hand and written down counts half "
        f"a point, one that repeats by itself a whole one. {SOURCE}",
    )
    before = reviewing.answered_before(resources.home(), shown)
    for name, title in SECTIONS.items():
        tests = [test for test in ready.tests if test.section == name]
        left = sum(test.asked and test.answer is None for test in tests)
        asks = f" · {counted(left, 'question')} for you" if left else ""
        with st.expander(f"**{title}**: {ready.sections[name]:g} of 7{asks}", key=f"ready:{shown.id}:{name}"):
            for test in tests:
                _test(shown, test, before.get(test.test))


def _test(shown: VersionView, test: Tested, before: Before | None) -> None:
    icon, word = ICONS[test.done]
    said, answer = st.columns([3, 2], vertical_alignment="center")
    with said:
        st.markdown(f"{icon} {plain(test.title)}")
        st.caption(plain(test.evidence))
    with answer:
        if test.asked and shown.stage is not Stage.RETIRED:
            _ask(shown, test, before)
        else:
            st.caption(word)


def _ask(shown: VersionView, test: Tested, before: Before | None) -> None:
    """Ask how far a test is done; what was said of an earlier version is a proposal that counts once it is confirmed.

    An answer makes a new widget, so that somebody else's answer is never taken back.
    """
    given = test.answer
    filled_in = given or (before.answer if before else None)
    chosen = st.segmented_control(
        test.title,
        list(ANSWERS),
        default=filled_in.done if filled_in else None,
        format_func=ANSWERS.__getitem__,
        key=f"ready:{shown.id}:{test.test}:{given.at.isoformat() if given else ''}",
        label_visibility="collapsed",
    )
    if given is not None:
        st.caption(f"{plain(given.by)}, {since(given.at)}")
    confirmed = given is None and _still_so(shown, test, before)
    if chosen is not None and (confirmed or filled_in is None or chosen != filled_in.done):
        with boundary():
            reviewing.answer(resources.home(), shown.reference, test.test, chosen)
            st.rerun()


def _still_so(shown: VersionView, test: Tested, before: Before | None) -> bool:
    """Say who said so of which version; whether it is confirmed of this one."""
    if before is None:
        return False
    said = f"{plain(before.answer.by)} of {plain(before.reference)}, {since(before.answer.at)}; counts once confirmed"
    st.caption(said)
    return st.button("Still so", icon=":material/check:", key=f"still:{shown.id}:{test.test}")
