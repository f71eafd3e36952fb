"""What only the wizard asks for: files on their way in, tables brought before, thresholds tried out."""

import csv
import itertools
import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from app.tabular import as_csv
from app.workflow import checks, data, deciding, jobs, orders, projects, question
from app.workflow.home import Home
from app.workflow.views import DatasetView, ProblemView, ProjectView, VersionView
from engine.domain.dataset import Reading
from engine.domain.outcome import Outcome
from engine.domain.policy import DecisionTable, Policy, PolicyKind, UseContract
from engine.domain.problem import Problem, Question, Task
from engine.errors import HandrailError
from store import db, ids
from store import jobs as store_jobs

if TYPE_CHECKING:
    from engine.policy.decision import Expected

LARGEST_PREVIEW = 3_000_000  # bytes of a workbook
SAMPLE, SAMPLE_TABLE = "Customer churn (sample)", "telecom churn"


def take_in(home: Home, file: BinaryIO) -> Path:
    """Keep an uploaded file under a name of our own making and return where; the person's name is never a path."""
    path = home.uploads() / ids.new_id()
    try:
        with path.open("wb") as target:
            shutil.copyfileobj(file, target)
    except BaseException:
        path.unlink(missing_ok=True)  # a disk that is full needs its room
        raise
    return path


def bring(home: Home, project_id: str, file: BinaryIO, name: str) -> str:
    """Keep an uploaded file and queue its reading. Returns the job's id."""
    path = take_in(home, file)
    return jobs.add(home, orders.ReadFile(source=str(path), name=name), project_id)


def reread(home: Home, project_id: str, dataset_id: str, reading: Reading) -> str:
    """Queue the reading of a dataset's file once more, in the way a person says; returns the job's id."""
    return jobs.add(home, orders.ReadAgain(reread=dataset_id, reading=reading), project_id)


def upload_waits(home: Home, job_id: str) -> str | None:
    """Return the kind of the file that a job could not read, if it is still here and one may say how it is read."""
    from engine.data.read import kind

    path, _ = _upload(home, job_id)
    with suppress(HandrailError):  # a picture, an empty file
        found = kind(path, limit_bytes=home.settings.max_file_mb * 1_000_000)
        return found if found != "parquet" else None
    return None


def read_upload(home: Home, project_id: str, job_id: str, reading: Reading) -> str:
    """Queue the reading of a file that a job could not read, in the way a person says; returns the job's id."""
    path, name = _upload(home, job_id)
    return jobs.add(home, orders.ReadFile(source=str(path), name=name, reading=reading), project_id)


def _upload(home: Home, job_id: str) -> tuple[Path, str]:
    with db.reading(home.engine) as session:
        arguments = store_jobs.get(session=session, job_id=job_id).arguments
    path = Path(arguments.get("source", ""))
    return (path, arguments["name"]) if path.parent == home.uploads() else (Path(), "")


def rejections_as_csv(known: DatasetView) -> str:
    """Return the lines that could not be read as a CSV file."""
    rows = [{"line": r.line, "reason": r.reason} for r in known.dataset.rejected]
    return as_csv(rows, ("line", "reason"))


def begin(home: Home) -> ProjectView:
    """Begin a project that gets its name from the first table that is read."""
    return projects.create(home, projects.UNNAMED)


def begin_with_sample(home: Home) -> ProjectView:
    """Begin a project on the sample table; its making is queued."""
    project = projects.create(home, SAMPLE)
    bring_sample(home, project.id)
    return project


def bring_sample(home: Home, project_id: str) -> str:
    """Queue the making of the sample table for a project and return the job's id."""
    if projects.project(home, project_id).name.startswith(projects.UNNAMED):
        projects.rename(home, project_id, SAMPLE)
    return jobs.add(home, orders.MakeSample(), project_id)


def use_dataset(home: Home, project_id: str, dataset_id: str) -> None:
    """Work on a table that was brought before."""
    known = data.dataset(home, dataset_id)
    with db.writing(home.engine) as session:
        projects.use(session, project_id, known.dataset)


def ask_and_check(home: Home, project_id: str, answers: question.Answers) -> str:
    """Keep the problem that the answers make and queue its check; returns the problem's id."""
    problem_id = question.frame_problem(home, project_id, answers).id
    checks.start(home, project_id, problem_id)
    return problem_id


def contract_changed(home: Home, project: ProjectView) -> bool:
    """Whether the project's table is understood differently from when its question was asked."""
    if project.problem_id is None or project.dataset_id is None:
        return False
    asked = question.problem_view(home, project.problem_id)
    known = data.dataset(home, project.dataset_id)
    return asked.dataset_id == known.dataset.id and asked.contract != known.contract


def check(home: Home, asked: ProblemView) -> str:
    """Queue the check of a question and return the job's id."""
    return checks.start(home, asked.project_id, asked.id)


def fix_and_check(home: Home, problem_id: str, outcomes: tuple[Outcome, ...]) -> str:
    """Apply the remedies of some findings and queue the check of what comes of it; returns the problem's id."""
    changed = checks.fix(home, problem_id, outcomes)
    if changed.outcomes is None:
        check(home, changed)
    return changed.id


def opening_words(known: DatasetView) -> Question:
    """Return what the question's gaps hold at first: nothing, but for the sample, which is a tour."""
    if known.dataset.name != SAMPLE_TABLE:
        return Question()
    return Question(
        who="customer",
        moment="a contract year begins",
        action="call and offer a better plan",
        cost_wrong_yes=20,
        cost_missed_yes=120,
        rule="support_calls > 2 and contract == 'monthly'",
    )


def same_question(proposed: Problem, before: ProblemView, known: DatasetView) -> bool:
    """Whether the answers make the question that stands already, remedies aside."""
    fields = set(Problem.model_fields) - {"split", "remedies", "reasons", "seed"}
    if before.contract != known.contract:
        return False
    return proposed.model_dump(include=fields) == before.problem.model_dump(include=fields)


def decide(home: Home, shown: VersionView, policy: Policy, use: UseContract) -> None:
    """Keep how a draft decides and who may use it; what is the same already is not written again."""
    if policy != shown.policy:
        deciding.set_policy(home, shown.reference, policy)
    if use != shown.use:
        deciding.set_use(home, shown.reference, use)


def model_names(names: Iterable[str]) -> dict[str, str]:
    """Return what people call models, by their short names."""
    from engine.training.choose import plain

    return {name: plain(name) for name in names}


def first_rows(path: Path, rows: int = 20) -> list[dict[str, str]]:
    """Return the first rows of a scored file as text; nothing of a workbook that would take long to read."""
    if path.suffix == ".csv":
        with path.open(newline="", encoding="utf-8-sig") as file:
            return list(itertools.islice(csv.DictReader(file), rows))
    if path.stat().st_size > LARGEST_PREVIEW:
        return []
    from engine.data.read import read_file
    from engine.data.snapshot import preview

    return preview(read_file(path).frame, rows=rows)


@dataclass(frozen=True)
class Tried:
    """A way of deciding, and what it would bring on rows that were not learned from."""

    policy: Policy
    expected: "Expected"


def try_policy(
    table: DecisionTable,
    problem: Problem,
    kind: PolicyKind,
    *,
    threshold: float | None = None,
    wrong_yes: float | None = None,
    missed_yes: float | None = None,
    capacity: int | None = None,
    batch: int | None = None,
) -> Tried:
    """Say what costs, a capacity or a threshold would decide, and what that would bring. Keeps nothing.

    Raises
    ------
    UnusableOption
        If a number makes no sense.
    """
    from engine.policy.decision import decide, from_threshold

    if problem.task is not Task.BINARY:
        raise ValueError("only a yes/no question has a threshold")
    costs = {"cost_wrong_yes": wrong_yes, "cost_missed_yes": missed_yes}
    limited = capacity if kind is PolicyKind.CAPACITY else None
    if kind is PolicyKind.CAPACITY:
        costs = {"cost_wrong_yes": None, "cost_missed_yes": None}
    asked = problem.model_copy(update={"question": problem.question.model_copy(update={**costs, "capacity": limited})})
    if kind is PolicyKind.MANUAL and threshold is not None:
        policy = from_threshold(table, threshold, asked)
    else:
        policy = decide(table, asked, batch=batch)
    return tried(table, policy)


def tried(table: DecisionTable, policy: Policy) -> Tried:
    """Say what a yes/no policy would bring: per as many cases as its capacity is of, else per 1,000."""
    from engine.policy.decision import outcome_at

    return Tried(policy, outcome_at(table, policy.threshold or 0.0, policy, scale_rows=policy.batch or 1000))
