"""Question: from what the analyst answers to a problem that can be trained."""

from dataclasses import dataclass, field
from datetime import datetime

from app.workflow import data
from app.workflow.home import Home
from app.workflow.views import DatasetView, ProblemView
from engine.domain.dataset import DataContract, KnownWhen, Level
from engine.domain.problem import Problem, Question, Task
from store import db, problems, projects
from store import tables as rows


@dataclass(frozen=True)
class Answers:
    """What the analyst says; what is None is proposed."""

    target: str
    task: Task | None = None
    positive: str | None = None
    metric: str | None = None
    question: Question = field(default_factory=Question)
    sensitive: tuple[str, ...] = ()
    use_sensitive: tuple[str, ...] = ()
    known: dict[str, KnownWhen] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()
    time: str | None = None
    group: str | None = None
    seed: int = 0


def formulate(known: DatasetView, answers: Answers) -> Problem:
    """Return the problem that the answers make. Keeps nothing.

    Raises
    ------
    UnusableTarget, UnusableOption
        If the target cannot be predicted or an answer names what is not there.
    """
    from engine.problem.formulate import formulate as build

    return build(
        known.contract,
        known.profile,
        target=answers.target,
        task=answers.task,
        positive=answers.positive,
        metric=answers.metric,
        question=answers.question,
        sensitive=answers.sensitive,
        use_sensitive=answers.use_sensitive,
        known=answers.known,
        ignored=answers.ignored,
        time=answers.time,
        group=answers.group,
        seed=answers.seed,
    )


def targets(known: DatasetView) -> tuple[str, ...]:
    """Return the columns that could be predicted, the likeliest first."""
    from engine.problem.suggest import targets as plausible

    made = known.dataset.made_of
    added = {column.name for column in made.recipe.added} if made else set()
    # What was added from a second table stands last, and is seldom what the first one was made for.
    own = known.profile.model_copy(update={"columns": tuple(c for c in known.profile.columns if c.name not in added)})
    others = (name for name in plausible(known.profile, known.contract) if name in added)
    return (*plausible(own, known.contract), *others)


def metrics(task: Task | None) -> tuple[str, ...]:
    """Return the names of the metrics that fit a task, all of them where it is open."""
    from engine.problem.metric import METRICS

    return tuple(name for name, metric in METRICS.items() if task is None or task in metric.tasks)


def suggested_known(known: DatasetView) -> dict[str, KnownWhen]:
    """Return the proposed answers to "known when?" for the columns that look late."""
    from engine.problem.suggest import suggest_known

    return suggest_known(known.contract)


def suggested_sensitive(known: DatasetView) -> tuple[str, ...]:
    """Return the columns that hold, or look like, a sensitive attribute."""
    import pandas as pd

    from engine.data.roles import sensitive

    def values(levels: tuple[Level, ...]) -> pd.Series:
        return pd.Series([level.value for level in levels], dtype=object)

    return tuple(c.name for c in known.profile.columns if sensitive(c.name, values(c.levels)))


def frame_problem(home: Home, project_id: str, answers: Answers, *, anew: bool = False) -> ProblemView:
    """Keep the problem that the answers make of the project's dataset, and point the project to it.

    What a person accepted of the question before still holds where table and target are the same, unless the question
    is asked ``anew``.
    """
    with db.reading(home.engine) as session:
        project = projects.get(session=session, project_id=project_id)
    if project.dataset_id is None:
        raise _no_data(project.name)
    known = data.dataset(home, project.dataset_id)
    before = None if anew else project.problem_id
    return keep(home, project_id, project.dataset_id, formulate(known, answers), known.contract, before=before)


def keep(
    home: Home,
    project_id: str,
    dataset_id: str,
    problem: Problem,
    contract: DataContract,
    *,
    before: str | None = None,
) -> ProblemView:
    """Keep a problem and point its project to it; ``before`` is the problem whose overrides it takes over."""
    with db.writing(home.engine) as session:
        row = problems.add(
            session=session, project_id=project_id, dataset_id=dataset_id, problem=problem, contract=contract
        )
        if before is not None:
            problems.inherit(session=session, before=before, after=row.id)
        project = projects.get(session=session, project_id=project_id)
        projects.point(session=session, project=project, problem_id=row.id)
    return problem_view(home, row.id)


def problem_view(home: Home, problem_id: str, *, until: datetime | None = None) -> ProblemView:
    """Return one problem, with what the guardrails said about it and why it was kept: by what was said ``until``."""
    with db.reading(home.engine) as session:
        row = problems.get(session=session, problem_id=problem_id)
        return ProblemView(
            id=row.id,
            project_id=row.project_id,
            dataset_id=row.dataset_id,
            problem=body(row),
            contract=DataContract.model_validate(row.contract),
            outcomes=problems.reported(session=session, problem_id=problem_id),
            overrides=problems.overrides(session=session, problem_id=problem_id, until=until),
        )


def body(row: rows.Problem) -> Problem:
    """Return the noun that a row keeps."""
    return Problem.model_validate(row.body)


def _no_data(name: str) -> Exception:
    from engine.errors import UnusableInput

    return UnusableInput(f"The project {name!r} has no table yet.", fix="Bring a file in the step Data first.")
