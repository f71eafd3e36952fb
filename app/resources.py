"""The opened home and cached reads: the only ``st.cache_*``. Caches are shared by all tabs and keyed by our own ids."""

import streamlit as st

from app import settings
from app.workflow import home as homes
from app.workflow import registry, releasing
from app.workflow.home import Home


def home() -> Home:
    """Return the home that the settings name, opened once.

    Raises
    ------
    Unavailable
        If it cannot be opened; it is tried again on the next run.
    """
    chosen = settings.load()
    return _opened(chosen.model_dump_json(), chosen)


@st.cache_resource(show_spinner=False)
def _opened(key: str, _chosen: settings.Settings) -> Home:
    return homes.open_home(_chosen)


def card(reference: str, form: str, stamp: str) -> str:
    """Return a model card as a document. ``stamp`` changes whenever the card does."""
    return _card(str(home().path), reference, form, stamp)


@st.cache_data(show_spinner=False, max_entries=64)
def _card(path: str, reference: str, form: str, stamp: str) -> str:
    return registry.render(registry.card(home(), reference), form)


@st.cache_data(show_spinner=False, max_entries=64)
def _row(path: str, version_id: str) -> dict[str, object]:
    return releasing.snippet_row(home(), version_id)
