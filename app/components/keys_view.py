"""Which applications may ask a model: their keys, a new one shown once, an old one ended."""

import streamlit as st

from app import state
from app.components.boundary import boundary
from app.components.frame import section
from app.wording import plain, since
from app.workflow import keys
from app.workflow.home import Home
from app.workflow.keys import KeyView
from app.workflow.views import VersionView

_HEADER = "Calls carry it as a header: `Authorization: Bearer KEY`."


def show(home: Home, shown: VersionView) -> None:
    """Show who may ask a model, and let a person change it; a service that runs hears of it at once."""
    section("Who may ask it")
    _add(home, shown)
    known = keys.every(home, shown.reference)
    holding = [key for key in known if key.revoked_at is None]
    for key in holding:
        _holds(home, key)
    if not known:
        st.caption("Whoever reaches the service may ask it. With the first key that ends: then only who shows one may.")
    elif not holding:
        st.warning("Every key is revoked: nobody can ask it now.", icon=":material/key_off:")
    if ended := [key for key in known if key.revoked_at is not None]:
        names = ", ".join(f"{plain(key.application)} …{key.last_four} ({since(key.revoked_at)})" for key in ended)
        st.caption(f"Revoked: {names}.")


def _add(home: Home, shown: VersionView) -> None:
    with st.form("new key", border=False, clear_on_submit=True):
        field, button = st.columns([3, 1], vertical_alignment="bottom")
        name = field.text_input(
            "Name of the application", max_chars=keys.LONGEST, placeholder="such as: the sales desk"
        )
        asked = button.form_submit_button("Give it a key", icon=":material/key:", width="stretch")
    if asked:
        with boundary():
            made = keys.add(home, shown.reference, name or "")
            st.success(
                f"The key of **{plain(made.shown.application)}**. Keep it now: it is shown this once, and nobody can "
                f"look it up. {_HEADER}",
                icon=":material/key:",
            )
            st.code(made.key, language=None)


def _holds(home: Home, key: KeyView) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f":material/key: **{plain(key.application)}**", width="content")
        st.caption(f"ends in {plain(key.last_four)}, made {since(key.created_at)}", width="content")
        with st.popover("Revoke", icon=":material/key_off:"):
            st.markdown(f"From its next call on, **{plain(key.application)}** is refused. It cannot be undone.")
            if st.button("Revoke it", key=f"revoke:{key.id}"):
                with boundary():
                    ended = keys.revoke(home, key.id)
                    state.say_next(f"The key of {ended.application} is revoked.")
                    st.rerun()
