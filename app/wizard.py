"""The steps of the wizard and what opens what. Pure: no screen, no store."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.workflow.views import ProjectView
from engine.domain.run import JobState
from engine.domain.version import Stage

STALE = "The question changed since this model was trained: train again to bring it up to date."


class Step(StrEnum):
    """A screen of the wizard, in order; the value is its address."""

    DATA = "data"
    QUESTION = "question"
    CHECKS = "checks"
    TRAIN = "train"
    UNDERSTAND = "understand"
    DECIDE = "decide"
    REVIEW = "review"
    RELEASE = "release"


ON_A_MODEL = (Step.UNDERSTAND, Step.DECIDE, Step.REVIEW, Step.RELEASE)


class Standing(StrEnum):
    """How a step stands."""

    DONE = "done"
    OPEN = "open"
    CLOSED = "closed"
    CHANGED = "changed since"


@dataclass(frozen=True)
class Place:
    """How a step stands, and the sentence that says why: what opens it, or what changed."""

    step: Step
    standing: Standing
    why: str = ""


def places(project: ProjectView, *, contract_changed: bool = False) -> Mapping[Step, Place]:
    """Return how every step of a project stands.

    Parameters
    ----------
    project : ProjectView
        Where the project stands.
    contract_changed : bool
        Whether the table is understood differently from when the question was asked.
    """
    made = (
        _data(project),
        _question(project, contract_changed),
        _checks(project),
        _train(project),
        *_on_a_model(project),
    )
    return {place.step: place for place in made}


def furthest(made: Mapping[Step, Place]) -> Step:
    """Return the step that a person who opens the project should see: the first that is not done."""
    for step, place in made.items():
        if place.standing in {Standing.OPEN, Standing.CHANGED}:
            return step
        if place.standing is Standing.CLOSED:
            break
    done = [step for step, place in made.items() if place.standing is Standing.DONE]
    return done[-1] if done else Step.DATA


def stale(project: ProjectView) -> bool:
    """Whether the project's model answers another question than the one that stands now."""
    return project.run_id is not None and project.run_problem_id != project.problem_id


def _data(project: ProjectView) -> Place:
    return Place(Step.DATA, Standing.DONE if project.dataset_id else Standing.OPEN)


def _question(project: ProjectView, contract_changed: bool) -> Place:
    if project.dataset_id is None:
        return Place(Step.QUESTION, Standing.CLOSED, "Bring a table first: the question is about its columns.")
    if project.problem_id is None:
        return Place(Step.QUESTION, Standing.OPEN)
    if contract_changed:
        return Place(Step.QUESTION, Standing.CHANGED, "A column is understood differently now: ask the question again.")
    return Place(Step.QUESTION, Standing.DONE)


def _checks(project: ProjectView) -> Place:
    if project.problem_id is None:
        return Place(Step.CHECKS, Standing.CLOSED, "Say first what is predicted: the checks look for what spoils it.")
    done = project.checked and not project.open_blockers
    return Place(Step.CHECKS, Standing.DONE if done else Standing.OPEN)


def _train(project: ProjectView) -> Place:
    trained = project.run_state is JobState.DONE
    training = project.run_state in {JobState.QUEUED, JobState.RUNNING}
    if trained and not stale(project):
        return Place(Step.TRAIN, Standing.DONE)
    if training:
        return Place(Step.TRAIN, Standing.OPEN, "A training is under way.")
    reason = _training_closed(project)
    if trained:
        return Place(Step.TRAIN, Standing.CHANGED, reason or STALE)
    return Place(Step.TRAIN, Standing.CLOSED, reason) if reason else Place(Step.TRAIN, Standing.OPEN)


def _training_closed(project: ProjectView) -> str:
    if project.problem_id is None:
        return "Say first what is predicted."
    if not project.checked:
        return "Check the data first: a model trained on bad data looks better than it is."
    if project.open_blockers:
        count = project.open_blockers
        what = "1 finding" if count == 1 else f"{count} findings"
        return f"{what} must be fixed, or kept with a reason, before training."
    return ""


def _on_a_model(project: ProjectView) -> tuple[Place, ...]:
    if project.version is None:
        reason = "Train a model first."
        if project.run_state in {JobState.QUEUED, JobState.RUNNING}:
            reason = "The training is still under way."
        return tuple(Place(step, Standing.CLOSED, reason) for step in ON_A_MODEL)
    approved = project.stage is not None and project.stage.was_approved
    done = {
        Step.UNDERSTAND: project.decided or approved,
        Step.DECIDE: project.decided,
        Step.REVIEW: approved,
        Step.RELEASE: project.released,
    }
    return tuple(_model_step(project, step, done[step], approved) for step in ON_A_MODEL)


def _model_step(project: ProjectView, step: Step, done: bool, approved: bool) -> Place:
    if step is Step.RELEASE and not approved:
        return Place(step, Standing.CLOSED, "Only an approved model is released: have it reviewed first.")
    if stale(project):
        return Place(step, Standing.CHANGED, STALE)
    if step is Step.REVIEW and project.stage is Stage.RETURNED:
        return Place(step, Standing.CHANGED, "The reviewer returned it with a question.")
    return Place(step, Standing.DONE if done else Standing.OPEN)
