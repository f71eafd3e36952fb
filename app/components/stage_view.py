"""Which version of a model is live, and the ways to change that: make live, go back, retire."""

from collections.abc import Callable

import streamlit as st

from app import state
from app.components.boundary import boundary
from app.wording import plain
from app.workflow import stages
from app.workflow.home import Home
from app.workflow.stages import Choices, Moved
from app.workflow.views import VersionView
from engine.domain.policy import WhenOver
from engine.domain.version import Stage

RUNNING = "A service that is running goes on with the version it was started with: start it again."


def show(home: Home, shown: VersionView) -> None:
    """Say where a version stands beside the others of its model, and offer what can be done."""
    found = stages.choices(home, shown.reference)
    st.caption(_standing(shown, found))
    if shown.stage is Stage.RETIRED:
        return
    with st.container(horizontal=True, gap="small"):
        if shown.stage is Stage.APPROVED and not found.closed:
            _make_live(home, shown, found)
        if shown.stage is Stage.LIVE and found.back_to:
            _go_back(home, shown, found.back_to)
        _retire(home, shown, found)


def _standing(shown: VersionView, found: Choices) -> str:
    if shown.stage is Stage.LIVE:
        return ":material/cell_tower: It is the version that is used: its name alone means this one."
    if shown.stage is Stage.RETIRED:
        over = "refuses to answer" if shown.use.when_over is WhenOver.REFUSE else "says so with every answer"
        return f":material/block: It is retired: it {over}, and cannot go live again."
    instead = f"{plain(found.live)} is live." if found.live else "No version of this model is live."
    return f":material/info: {instead} {plain(found.closed)}"


def _make_live(home: Home, shown: VersionView, found: Choices) -> None:
    with st.popover("Make it live", icon=":material/rocket_launch:", type="primary", key=_key(shown, "promote")):
        if found.live:
            st.markdown(f"It takes the place of **{plain(found.live)}**, which stays approved, ready to come back.")
        st.caption(RUNNING)
        _asked(shown, "promote", "Make it live", lambda why: stages.promote(home, shown.reference, why=why))


def _go_back(home: Home, shown: VersionView, back_to: str) -> None:
    with st.popover(f"Go back to {plain(back_to)}", icon=":material/undo:", key=_key(shown, "rollback")):
        st.markdown(f"**{plain(back_to)}** was live before and becomes live again; this one stays approved.")
        st.caption(RUNNING)
        _asked(shown, "rollback", "Go back", lambda why: stages.rollback(home, shown.name, why=why))


def _retire(home: Home, shown: VersionView, found: Choices) -> None:
    with st.popover("Retire", icon=":material/block:", key=_key(shown, "retire")):
        over = "it refuses to answer" if shown.use.when_over is WhenOver.REFUSE else "every answer says so"
        st.markdown(f"Its use ends for good: from then on {over}, as its use contract has it.")
        if shown.stage is Stage.LIVE:
            said = f"It is live: afterwards no version of this model is. {_instead(found)}"
            st.warning(said, icon=":material/warning:")
        _asked(shown, "retire", "Retire it", lambda why: stages.retire(home, shown.reference, why=why))


def _instead(found: Choices) -> str:
    if found.back_to:
        return f"Going back to {plain(found.back_to)} instead keeps one."
    return f"Making {plain(found.ready)} live first keeps one." if found.ready else "No other is ready."


def _key(shown: VersionView, verb: str) -> str:
    """Return what tells one confirmation from the next, which would else stand open in the place of this one."""
    return f"{verb}:of:{shown.id}"


def _asked(shown: VersionView, verb: str, label: str, do: Callable[[str], Moved]) -> None:
    why = st.text_input("Why (it stands in the record)", key=f"{verb}:{shown.id}", max_chars=300)
    if st.button(label, key=f"{verb}:do:{shown.id}"):
        with boundary():
            done = do((why or "").strip())
            state.say_next(f"{done.reference} is {done.stage}.")
            st.rerun()
