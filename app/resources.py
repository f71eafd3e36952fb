"""The opened home and cached reads: the only ``st.cache_*``.

Caches are shared by all tabs. What a value depends on is said by the keys beside each read, our own ids above all: a
part of an argument that changes nothing is left out of its key, so that the value is not made again.
"""

from typing import Any

import streamlit as st

from app import logs, settings
from app.settings import Settings
from app.workflow import (
    asking,
    combining,
    comparing,
    deciding,
    interview,
    mitigating,
    origin,
    registry,
    scoring,
    wizarding,
)
from app.workflow import home as homes
from app.workflow.comparing import Compared
from app.workflow.home import Home
from app.workflow.interview import Suspect
from app.workflow.origin import Facts
from app.workflow.views import DatasetView, RunView, VersionView
from engine.domain.dataset import Matched
from engine.domain.fair import Mitigations
from engine.domain.outcome import Picture
from engine.domain.policy import Policy
from engine.domain.problem import Mistake, Problem
from engine.domain.service import Prediction


def _home(opened: Home) -> str:
    return opened.settings.model_dump_json()


def _dataset(known: DatasetView) -> tuple[str, str]:
    return known.dataset.id, known.contract.model_dump_json()


def _answer(problem: Problem) -> str:
    return problem.model_dump_json(include={"task", "target", "classes", "positive"})


def _judged(shown: VersionView) -> tuple[str, str]:
    return shown.run.id, shown.run.evidence.judged if shown.run.evidence else ""


def _decides(policy: Policy) -> str:
    return policy.model_dump_json(exclude={"group_thresholds", "abstention", "sentence"})


def _asked(shown: VersionView) -> tuple[str, str]:
    return asking.stamp(shown), shown.use.model_dump_json()


def _sealed(run: RunView) -> tuple[str, str | None]:
    return run.id, run.digest


def home() -> Home:
    """Return the home that the settings name, opened once.

    Raises
    ------
    Unavailable
        If it cannot be opened; it is tried again on the next run.
    """
    return _opened(settings.load())


@st.cache_resource(show_spinner=False)
def _opened(chosen: Settings) -> Home:
    logs.configure(chosen)
    return homes.open_home(chosen)


@st.cache_data(show_spinner=False, max_entries=64, hash_funcs={VersionView: registry.stamp})
def card(shown: VersionView, form: str) -> str:
    """Return a model card as a document."""
    return registry.render(registry.card_of(shown), form)


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs={Home: _home})
def scored(opened: Home, job_id: str) -> list[dict[str, str]]:
    """Return the first rows of a scored file; a job's result never changes."""
    file = scoring.result_path(opened, job_id)
    return wizarding.first_rows(file) if file else []


@st.cache_data(show_spinner="Looking at the columns…", max_entries=64, hash_funcs={Home: _home, DatasetView: _dataset})
def suspects(opened: Home, known: DatasetView, target: str) -> tuple[Suspect, ...]:
    """Return the columns that may be known too late; they change only with the contract."""
    return interview.suspects(opened, known, target)


@st.cache_data(
    show_spinner="Counting the rows…",
    max_entries=256,
    hash_funcs={Home: _home, DatasetView: _dataset, Problem: _answer},
)
def pictured(opened: Home, known: DatasetView, problem: Problem, column: str) -> tuple[Picture, ...]:
    """Return what a column looks like and how the answer goes with it; that changes with contract and answer only."""
    return interview.pictured(opened, known, problem, column)


@st.cache_data(show_spinner="Looking for the key…", max_entries=64, hash_funcs={Home: _home, DatasetView: _dataset})
def proposed_keys(
    opened: Home, base: DatasetView, other: DatasetView, time: str | None, other_time: str | None
) -> tuple[tuple[str, str], ...]:
    """Return the columns by which two datasets may belong together; they change only with the contracts."""
    return combining.suggest_keys(opened, base.dataset.id, other.dataset.id, time=time, other_time=other_time)


@st.cache_data(show_spinner="Comparing the keys…", max_entries=64, hash_funcs={Home: _home, DatasetView: _dataset})
def matching(
    opened: Home,
    base: DatasetView,
    other: DatasetView,
    keys: tuple[tuple[str, str], ...],
    time: str | None,
    other_time: str | None,
) -> tuple[Matched, tuple[str, ...]]:
    """Return what two datasets' keys match; that changes only with the contracts."""
    return combining.match(opened, base.dataset.id, other.dataset.id, keys, time=time, other_time=other_time)


@st.cache_data(
    show_spinner="Comparing the groups…",
    max_entries=128,
    hash_funcs={Home: _home, VersionView: _judged, Policy: _decides},
)
def mitigations(opened: Home, shown: VersionView, policy: Policy) -> tuple[Mitigations, ...]:
    """Return what treating groups alike would bring under a policy; that changes with it and the judged rows only."""
    return mitigating.candidates(opened, shown, policy)


@st.cache_data(show_spinner=False, max_entries=128, hash_funcs={Home: _home, VersionView: _judged})
def by_costs(opened: Home, shown: VersionView, said: tuple[Mistake, ...]) -> deciding.Costed:
    """Return what deciding by costs would bring; that changes with them and the judged rows only."""
    return deciding.by_costs(opened, shown, said)


@st.cache_data(show_spinner=False, max_entries=512, hash_funcs={Home: _home, VersionView: _asked})
def what_if(opened: Home, shown: VersionView, row: dict[str, Any], policy: Policy) -> tuple[Prediction, bool]:
    """Return a model's answer for one row, and whether its explanation is estimated; the same as long as both are."""
    return asking.ask(opened, shown, row, policy)


@st.cache_data(show_spinner="Looking into its files…", max_entries=64, hash_funcs={Home: _home, RunView: _sealed})
def making(opened: Home, run: RunView) -> tuple[Facts, str | None]:
    """Return how the models of a training were fitted, and its log; both change only with its seal."""
    return origin.making(opened, run)


@st.cache_data(show_spinner="Comparing the two…", max_entries=64, hash_funcs={Home: _home, VersionView: registry.stamp})
def compared(opened: Home, shown: VersionView, before: VersionView) -> Compared:
    """Return two versions side by side; it changes only with their cards."""
    return comparing.compare(opened, shown.reference, before.reference)
