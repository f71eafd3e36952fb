"""The opened home and cached reads: the only ``st.cache_*``. Caches are shared by all tabs and keyed by our own ids."""

import json
from typing import Any

import streamlit as st

from app import settings
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


def pictured(known: DatasetView, problem: Problem, column: str) -> tuple[Picture, ...]:
    """Return what a column looks like and how the answer goes with it; that changes with contract and answer only."""
    asked = problem.model_dump_json(include={"task", "target", "classes", "positive"})
    return _pictured(
        str(home().path), known.dataset.id, known.contract.model_dump_json(), asked, column, known, problem
    )


@st.cache_data(show_spinner="Counting the rows…", max_entries=256)
def _pictured(
    path: str, dataset_id: str, contract: str, asked: str, column: str, _known: DatasetView, _problem: Problem
) -> tuple[Picture, ...]:
    return interview.pictured(home(), _known, _problem, column)


def proposed_keys(base: DatasetView, other: DatasetView) -> tuple[tuple[str, str], ...]:
    """Return the columns by which two datasets may belong together; they change only with the contracts."""
    stamp = base.contract.model_dump_json() + other.contract.model_dump_json()
    return _proposed_keys(str(home().path), base.dataset.id, other.dataset.id, stamp)


@st.cache_data(show_spinner="Looking for the key…", max_entries=64)
def _proposed_keys(path: str, base_id: str, other_id: str, stamp: str) -> tuple[tuple[str, str], ...]:
    return combining.suggest_keys(home(), base_id, other_id)


def matching(
    base: DatasetView, other: DatasetView, keys: tuple[tuple[str, str], ...], time: str | None, other_time: str | None
) -> tuple[Matched, tuple[str, ...]]:
    """Return what two datasets' keys match; that changes only with the contracts."""
    stamp = base.contract.model_dump_json() + other.contract.model_dump_json()
    return _matching(str(home().path), base.dataset.id, other.dataset.id, stamp, keys, time, other_time)


@st.cache_data(show_spinner="Comparing the keys…", max_entries=64)
def _matching(
    path: str,
    base_id: str,
    other_id: str,
    stamp: str,
    keys: tuple[tuple[str, str], ...],
    time: str | None,
    other_time: str | None,
) -> tuple[Matched, tuple[str, ...]]:
    return combining.match(home(), base_id, other_id, keys, time=time, other_time=other_time)


def mitigations(shown: VersionView, policy: Policy) -> tuple[Mitigations, ...]:
    """Return what treating groups alike would bring under a policy; that changes with it and the judged rows only."""
    evidence = shown.run.evidence
    decides = policy.model_dump_json(exclude={"group_thresholds", "abstention", "sentence"})
    return _mitigations(str(home().path), shown.run.id, evidence.judged if evidence else "", decides, shown, policy)


@st.cache_data(show_spinner="Comparing the groups…", max_entries=128)
def _mitigations(
    path: str, run_id: str, judged: str, decides: str, _shown: VersionView, _policy: Policy
) -> tuple[Mitigations, ...]:
    return mitigating.candidates(home(), _shown, _policy)


def by_costs(shown: VersionView, said: tuple[Mistake, ...]) -> deciding.Costed:
    """Return what deciding by costs would bring; that changes with them and the judged rows only."""
    judged = shown.run.evidence.judged if shown.run.evidence else ""
    costs = json.dumps([mistake.model_dump() for mistake in said])
    return _by_costs(str(home().path), shown.run.id, judged, costs, shown, said)


@st.cache_data(show_spinner=False, max_entries=128)
def _by_costs(
    path: str, run_id: str, judged: str, costs: str, _shown: VersionView, _said: tuple[Mistake, ...]
) -> deciding.Costed:
    return deciding.by_costs(home(), _shown, _said)


def what_if(shown: VersionView, row: dict[str, Any], policy: Policy) -> tuple[Prediction, bool]:
    """Return a model's answer for one row, and whether its explanation is estimated; the same as long as both are."""
    decides = policy.model_dump_json() + shown.use.model_dump_json()
    return _what_if(str(home().path), asking.stamp(shown), decides, json.dumps(row), shown, row, policy)


@st.cache_data(show_spinner=False, max_entries=512)
def _what_if(
    path: str,
    stamp: str,
    decides: str,
    row: str,
    _shown: VersionView,
    _row: dict[str, Any],
    _policy: Policy,
) -> tuple[Prediction, bool]:
    return asking.ask(home(), _shown, _row, _policy)


def making(shown: VersionView) -> tuple[Facts, str | None]:
    """Return how the models of a version's training were fitted, and its log; both change only with its seal."""
    return _making(str(home().path), shown.run.id, shown.run.digest, shown.run)


@st.cache_data(show_spinner="Looking into its files…", max_entries=64)
def _making(path: str, run_id: str, digest: str | None, _run: RunView) -> tuple[Facts, str | None]:
    return origin.making(home(), _run)


def compared(shown: VersionView, before: str) -> Compared:
    """Return two versions side by side; it changes only with their cards."""
    opened = home()
    stamps = registry.stamp(shown) + registry.stamp(registry.show(opened, before))
    return _compared(str(opened.path), shown.reference, before, stamps)


@st.cache_data(show_spinner="Comparing the two…", max_entries=64)
def _compared(path: str, reference: str, before: str, stamp: str) -> Compared:
    return comparing.compare(home(), reference, before)
