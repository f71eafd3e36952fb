"""The opened home and cached reads: the only ``st.cache_*``. Caches are shared by all tabs and keyed by our own ids."""

import streamlit as st

from app import settings
from app.workflow import home as homes
from app.workflow import interview, registry, scoring, wizarding
from app.workflow.home import Home
from app.workflow.interview import Suspect
from app.workflow.views import DatasetView


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


def scored(job_id: str) -> list[dict[str, str]]:
    """Return the first rows of a scored file; a job's result never changes."""
    return _scored(str(home().path), job_id)


@st.cache_data(show_spinner=False, max_entries=32)
def _scored(path: str, job_id: str) -> list[dict[str, str]]:
    file = scoring.result_path(home(), job_id)
    return wizarding.first_rows(file) if file else []


def suspects(known: DatasetView, target: str) -> tuple[Suspect, ...]:
    """Return the columns that may be known too late; they change only with the contract."""
    return _suspects(str(home().path), known.dataset.id, target, known.contract.model_dump_json(), known)


@st.cache_data(show_spinner="Looking at the columns…", max_entries=64)
def _suspects(path: str, dataset_id: str, target: str, contract: str, _known: DatasetView) -> tuple[Suspect, ...]:
    return interview.suspects(home(), _known, target)
