"""Train: from a problem to a fitted, judged model in a sealed folder."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlmodel import Session

from app.workflow import data, jobs, orders, question
from app.workflow.home import Home
from app.workflow.views import ProblemView, RunView
from engine.domain.dataset import DataContract
from engine.domain.evidence import Evidence
from engine.domain.outcome import Action, Outcome, Remedy
from engine.domain.policy import DecisionTable, Policy, UseContract
from engine.domain.problem import Problem
from engine.domain.run import Fitted, Forecast, Plan, Progress
from engine.errors import GateClosed, UnusableInput
from engine.problem.words import counted, rounded
from store import db, projects, runs
from store import jobs as store_jobs
from store import tables as rows

if TYPE_CHECKING:
    import pandas as pd

    from engine.evidence.judged import Judged

MODEL, GOLDEN, LOG = "model", "golden.parquet", "log.txt"


@dataclass(frozen=True)
class Material:
    """A problem's rows, spent once, and the features the model may use."""

    problem: Problem
    table_contract: DataContract  # of all columns
    contract: DataContract  # features only, learned on the rows that training sees
    features: tuple[str, ...]
    learn: "pd.DataFrame"
    choose: "pd.DataFrame"
    test: "pd.DataFrame"
    as_it_came: "pd.DataFrame"  # the same rows by their labels before any fix, where there is a rule that reads them


def material(frame: "pd.DataFrame", contract: DataContract, problem: Problem, plan: Plan | None = None) -> Material:
    """Cut a table into learn, choose and test rows; the model does not see what the plan keeps from it.

    Raises
    ------
    UnusableInput
        If no column is left to predict from.
    """
    import pandas as pd

    from engine.data.contract import canonical, learned
    from engine.problem.rows import usable
    from engine.problem.split import cut

    if plan is not None and plan.without:
        kept_out = Remedy(action=Action.WITHHOLD, columns=plan.without)
        problem = problem.model_copy(update={"remedies": (*problem.remedies, kept_out)})
    features = problem.features(contract)
    if not features:
        raise UnusableInput(
            "No column is left to predict from: all are withheld, ignored or dropped.",
            fix="Go back to the checks and keep at least one column.",
        )
    whole = canonical(frame, contract)
    table = usable(whole, problem)
    parts = cut(table, problem)
    learn, choose, test = (table.iloc[rows] for rows in (parts.learn, parts.choose, parts.test))
    seen = learned(contract, pd.concat([learn, choose]), features, problem.remedies)
    return Material(
        problem, contract, seen, features, learn, choose, test, whole if problem.question.rule else whole[[]]
    )


def forecast(asked: ProblemView, rows: int, plan: Plan) -> Forecast:
    """Return what a training is expected to take."""
    from engine.training.forecast import forecast as expected

    problem = asked.problem
    spent = problem.split.rows.learn + problem.split.rows.choose or rows
    return expected(spent, len(problem.features(asked.contract)), problem.task, len(problem.classes), plan)


def start(
    home: Home,
    problem_id: str,
    plan: Plan,
    *,
    name: str | None = None,
    use: dict[str, Any] | None = None,
    decided: Policy | None = None,
) -> str:
    """Put a training into the queue and return its run's id; ``decided`` is what its own policy follows.

    Raises
    ------
    GateClosed
        If a blocker is neither fixed nor overridden, or the checks have not run.
    """
    asked = question.problem_view(home, problem_id)
    require_open_gate(asked)
    order = orders.Train(name=name, use=UseContract.model_validate(use or {}), decided=decided)
    with db.writing(home.engine) as session:
        run_id = jobs.queue(session, order, asked.project_id)
        runs.add(
            session=session,
            run_id=run_id,
            project_id=asked.project_id,
            problem_id=problem_id,
            plan=plan,
            builder=home.settings.user,
        )
        project = projects.get(session=session, project_id=asked.project_id)
        projects.point(session=session, project=project, run_id=run_id)
    return run_id


def require_open_gate(asked: ProblemView) -> None:
    """Refuse where training is closed.

    Raises
    ------
    GateClosed
        Naming the findings that close it.
    """
    if asked.outcomes is None:
        raise GateClosed("This question has not been checked yet.", fix="Run the checks first.")
    if asked.blockers:
        raise closed(asked.blockers)


def closed(blockers: tuple[Outcome, ...]) -> GateClosed:
    """Return the refusal that open blockers cause."""
    said = " ".join(f"{o.code}: {o.problem}" for o in blockers)
    fixes = "Apply the fixes (--fix), or keep it" if any(o.remedy for o in blockers) else "Bring other data, or keep it"
    return GateClosed(
        f"Training is closed. {said}",
        fix=f"{fixes} with a written reason (--accept {blockers[0].code} --reason ...).",
    )


@dataclass(frozen=True)
class Trained:
    """What a training produced, before it is sealed."""

    fitted: Fitted
    evidence: Evidence
    tables: dict[str, DecisionTable]
    material: Material
    judged: "tuple[Judged, Judged] | None"


def train(
    home: Home,
    run_id: str,
    folder: Path,
    on_progress: Callable[[Progress], None],
    should_stop: Callable[[], bool],
) -> Trained:
    """Fit, choose and judge a run's model in ``folder``. Runs in a child process of the worker."""
    from app.workflow.judging import best_simple_score, honest, judge
    from engine.evidence.held import hold
    from engine.training import predictor
    from engine.training.described import tools

    on_progress = Diary(folder / LOG, on_progress)
    chosen = run(home, run_id)
    asked = question.problem_view(home, chosen.problem_id)
    on_progress(Progress(stage="Reading the rows"))
    rows_ = material(data.load(home, asked.dataset_id), asked.contract, asked.problem, chosen.plan)
    on_progress(Progress(stage="Trying the simple ways first"))
    tell = _Teller(on_progress, best_simple_score(rows_))
    fitted = predictor.fit(
        rows_.learn,
        rows_.choose,
        problem=rows_.problem,
        features=rows_.features,
        plan=chosen.plan,
        folder=folder / MODEL,
        on_progress=tell,
        should_stop=should_stop,
        memory_gb=home.settings.memory_gb,
    )
    tell.stage("Judging the model on rows it has never seen")
    foreseen = predictor.foreseen(folder / MODEL, fitted.chosen)
    model = predictor.open_model(folder / MODEL, fitted.chosen)
    evidence, tables, judged = judge(model, foreseen, rows_)
    evidence = honest(evidence, rows_, asked.outcomes or ())
    fitted = fitted.model_copy(update={"versions": {**fitted.versions, **tools()}})
    golden(rows_).to_parquet(folder / GOLDEN)
    hold(folder, rows_.test, model.predict(rows_.test[list(rows_.features)]), rows_.problem, model=fitted.chosen)
    return Trained(fitted, evidence, tables, rows_, judged)


class Diary:
    """Passes on how a training goes, and writes each change down in a file that is sealed with the model.

    It says what was done when and how far that came; no value of anybody's row.
    """

    def __init__(self, file: Path, on_progress: Callable[[Progress], None]) -> None:
        self._file, self._on_progress, self._last = file, on_progress, ""

    def __call__(self, progress: Progress) -> None:
        """Hear what the training does now."""
        self._on_progress(progress)
        said = progress.stage
        if progress.models:
            said += f"; {counted(progress.models, 'model')} tried"
        if progress.best_score is not None:
            said += f"; best so far {progress.best_model or ''} {rounded(progress.best_score)}"
        if said != self._last:
            self._last = said
            with self._file.open("a", encoding="utf-8") as log:
                log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {said}\n")


class _Teller:
    """Tells how a fit goes beside what the best simple way scores; what was reached stays in view afterwards."""

    def __init__(self, on_progress: Callable[[Progress], None], baseline: float) -> None:
        self._on_progress, self._baseline, self._last = on_progress, baseline, Progress()

    def __call__(self, progress: Progress) -> None:
        self._last = progress.model_copy(update={"baseline": self._baseline})
        self._on_progress(self._last)

    def stage(self, words: str) -> None:
        """Say what comes after the fit."""
        self(self._last.model_copy(update={"stage": words, "seconds_left": None}))


def golden(rows_: Material, count: int = 100) -> "pd.DataFrame":
    """Return test rows whose answers a release must reproduce; they never leave the registry."""
    sample = rows_.test.sample(min(count, len(rows_.test)), random_state=rows_.problem.seed)
    return sample[list(rows_.features)].reset_index(drop=True)


def run(home: Home, run_id: str) -> RunView:
    """Return one run."""
    with db.reading(home.engine) as session:
        return run_view(session, runs.get(session=session, run_id=run_id))


def of_project(home: Home, project_id: str) -> list[RunView]:
    """Return a project's runs, newest first."""
    with db.reading(home.engine) as session:
        return [run_view(session, row) for row in runs.of_project(session=session, project_id=project_id)]


def run_view(session: Session, row: rows.Run) -> RunView:
    """Return a run's row as a view."""
    return RunView(
        id=row.id,
        project_id=row.project_id,
        problem_id=row.problem_id,
        plan=Plan.model_validate(row.plan),
        job=jobs.view(session, store_jobs.get(session=session, job_id=row.id)),
        fitted=Fitted.model_validate(row.fitted) if row.fitted else None,
        evidence=Evidence.model_validate(row.evidence) if row.evidence else None,
        tables={name: DecisionTable.model_validate(body) for name, body in (row.tables or {}).items()},
        contract=DataContract.model_validate(row.contract) if row.contract else None,
        builder=row.builder,
        created_at=row.created_at,
        digest=row.digest,
    )
