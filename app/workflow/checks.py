"""Checks: every guardrail that needs no model, its remedies and its overrides."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.workflow import data, jobs, orders, question
from app.workflow.home import Home
from app.workflow.views import DatasetView, ProblemView
from engine.domain.dataset import DataContract, Dataset, Profile
from engine.domain.outcome import Action, Outcome, Override
from engine.domain.policy import UseContract
from engine.domain.problem import Problem
from engine.domain.run import Progress
from engine.errors import UnusableOption
from store import db, problems

if TYPE_CHECKING:
    import pandas as pd

    from engine.data.read import Read
    from engine.guardrails.base import Guardrail

SHORTEST_REASON = 10
ROUNDS = 4  # of fixing and checking again: a remedy can bring another finding to light


@dataclass(frozen=True)
class Examination:
    """A problem with its rows counted, what the guardrails said, and the seconds that took."""

    problem: Problem | None
    outcomes: tuple[Outcome, ...]
    seconds: float


def examine(
    frame: "pd.DataFrame",
    contract: DataContract,
    profile: Profile,
    problem: Problem | None,
    use: dict[str, str] | None = None,
    *,
    pictures: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> Examination:
    """Run every guardrail that needs no model; without a problem, those that need none. Keeps nothing.

    ``use`` is what is said of the use contract so far; its gaps are a finding. None: it is asked later.
    ``pictures`` adds to the findings what they look like, for a screen.
    """
    from engine.data.contract import canonical
    from engine.guardrails.base import Table
    from engine.guardrails.pictures import drawn
    from engine.guardrails.proof import proved
    from engine.guardrails.run import run
    from engine.problem.split import counted

    began = time.perf_counter()
    table = canonical(frame, contract)
    if problem is not None:
        problem = counted(table, problem)
    gaps = None if use is None else UseContract.model_validate(use).gaps()
    examined = Table(table, contract, profile)
    purpose = (use or {}).get("purpose", "")
    outcomes = run(examined, problem, gaps=gaps, purpose=purpose, on_check=lambda *of: on_progress(_stage(*of)))
    outcomes = proved(examined, problem, outcomes)
    if pictures:
        outcomes = drawn(examined, problem, outcomes)
    return Examination(problem, outcomes, time.perf_counter() - began)


def _stage(guardrail: "Guardrail", number: int, of: int) -> Progress:
    stage = f"Check {number + 1} of {of}: {guardrail.title[0].lower()}{guardrail.title[1:]}"
    return Progress(stage=stage, done=number / of)


def remedied(problem: Problem, outcomes: Iterable[Outcome]) -> Problem:
    """Return the problem after every remedy that the findings propose."""
    from engine.problem.remedies import apply_all

    return apply_all(problem, tuple(outcomes))


def not_accepted(outcomes: Iterable[Outcome], overrides: Iterable[Override]) -> tuple[Outcome, ...]:
    """Return the findings without those that a person accepted with a reason: what is accepted is not fixed.

    Nor is a column that was kept in spite of one leak taken out because of another.
    """
    overrides = tuple(overrides)
    kept = {v.column for v in overrides if v.column and v.code.startswith("LK")}

    def accepted(outcome: Outcome) -> bool:
        remedy = outcome.remedy
        drops = remedy is not None and remedy.action is Action.DROP_COLUMNS and outcome.code.startswith("LK")
        return any(v.covers(outcome) for v in overrides) or (drops and bool(kept.intersection(outcome.columns)))

    return tuple(o for o in outcomes if not accepted(o))


@dataclass(frozen=True)
class Checked:
    """A table that was checked and not kept: what it is, what was asked of it, what was found, and how long it took."""

    dataset: Dataset
    problem: Problem | None
    outcomes: tuple[Outcome, ...]
    seconds: dict[str, float]


def check_table(
    read: "Read",
    name: str,
    answers: question.Answers | None = None,
    use: dict[str, str] | None = None,
    *,
    overrides: Iterable[Override] = (),
    fix: bool = False,
) -> Checked:
    """Check a table as it was read. Keeps nothing, so that an override opens nothing here.

    Parameters
    ----------
    read : Read
        The table.
    name : str
        What it is called.
    answers : Answers, optional
        What is asked of it; without them the guardrails run that need no question.
    use : dict, optional
        What is said of the use contract so far.
    overrides : iterable of Override
        What a person accepts: it is not fixed.
    fix : bool, default False
        Apply every remedy that is proposed, and check again.

    Raises
    ------
    UnusableTarget, UnusableOption
        If the target cannot be predicted or an answer names what is not there.
    """
    began = time.perf_counter()
    dataset, profile, contract = data.describe(read, name)
    described = time.perf_counter() - began
    problem = None
    if answers is not None:
        known = DatasetView(dataset, profile, contract, [], read.notes, datetime.now(UTC))
        problem = question.formulate(known, answers)
    found = examine(read.frame, contract, profile, problem, use)
    overrides = tuple(overrides)
    for _ in range(ROUNDS if fix and problem is not None else 0):
        assert found.problem is not None  # noqa: S101 - a problem went in
        changed = remedied(found.problem, not_accepted(found.outcomes, overrides))
        if changed == found.problem:
            break
        found = examine(read.frame, contract, profile, changed, use)
    return Checked(dataset, found.problem, found.outcomes, {"profile": described, "guardrails": found.seconds})


def start(home: Home, project_id: str, problem_id: str) -> str:
    """Put a check of a problem into the queue and return the job's id."""
    return jobs.add(home, orders.Check(problem_id=problem_id), project_id)


def check(
    home: Home,
    problem_id: str,
    use: dict[str, str] | None = None,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> ProblemView:
    """Check a problem and keep what the guardrails said."""
    asked = question.problem_view(home, problem_id)
    known = data.dataset(home, asked.dataset_id)
    began = time.perf_counter()
    frame = data.load(home, asked.dataset_id)
    read = time.perf_counter() - began
    found = examine(frame, asked.contract, known.profile, asked.problem, use, pictures=True, on_progress=on_progress)
    assert found.problem is not None  # noqa: S101 - a problem went in
    with db.writing(home.engine) as session:
        row = problems.get(session=session, problem_id=problem_id)
        row.body = found.problem.model_dump(mode="json")  # the same question, with its rows counted
        session.add(row)
        problems.report(
            session=session,
            problem_id=problem_id,
            outcomes=found.outcomes,
            seconds={"read": read, "guardrails": found.seconds},
        )
    return question.problem_view(home, problem_id)


def fix(home: Home, problem_id: str, outcomes: Iterable[Outcome] | None = None) -> ProblemView:
    """Apply the remedies of some findings, or of all that nobody accepted; this makes a new problem to be checked."""
    asked = question.problem_view(home, problem_id)
    chosen = not_accepted(asked.outcomes or (), asked.overrides) if outcomes is None else tuple(outcomes)
    changed = remedied(asked.problem, chosen)
    if changed == asked.problem:
        return asked
    return question.keep(home, asked.project_id, asked.dataset_id, changed, asked.contract, before=problem_id)


def override(home: Home, problem_id: str, override: Override) -> None:
    """Keep a person's reason to go on in spite of a finding; it follows the model to its card.

    Raises
    ------
    UnusableOption
        If the reason is too short to be one.
    """
    if len(override.reason.strip()) < SHORTEST_REASON:
        written = f"The reason {override.reason.strip()!r}" if override.reason.strip() else "An empty reason"
        raise UnusableOption(
            f"{written} is too short for a reviewer to judge.",
            fix=f"Say in a sentence why {override.code} is acceptable here.",
        )
    with db.writing(home.engine) as session:
        problems.override(session=session, problem_id=problem_id, override=override, author=home.settings.user)
