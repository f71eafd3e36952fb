"""Projects: where each one stands."""

import unicodedata
from itertools import chain, count

from sqlmodel import Session, col, select

from app.workflow import jobs
from app.workflow.home import Home
from app.workflow.views import ProjectView
from engine.domain.dataset import Dataset
from engine.domain.outcome import Gate, open_blockers
from engine.domain.run import JobState
from engine.domain.version import Stage
from engine.errors import NotFound
from store import db, models, problems, projects, releases, reviews, runs
from store import jobs as store_jobs
from store import tables as rows

UNNAMED = "New project"


def create(home: Home, name: str) -> ProjectView:
    """Begin a project; a name that is taken gets a number behind it."""
    with db.writing(home.engine) as session:
        return _view(session, projects.create(session=session, name=_clean(name)))


def called(home: Home, name: str) -> ProjectView | None:
    """Return the project called ``name``, if there is one."""
    with db.reading(home.engine) as session:
        found = projects.find(session=session, name=_clean(name))
        return _view(session, found) if found else None


def project(home: Home, project_id: str) -> ProjectView:
    """Return one project and where it stands."""
    with db.reading(home.engine) as session:
        return _view(session, projects.get(session=session, project_id=project_id))


def of_version(home: Home, reference: str) -> tuple[ProjectView, ProjectView]:
    """Return a version's project, first as it stands for that version, then as it stands now: it may have gone on.

    Raises
    ------
    NotFound
        If there is no such version.
    """
    with db.reading(home.engine) as session:
        run = runs.get(session=session, run_id=models.find(session=session, reference=reference).run_id)
        row = projects.get(session=session, project_id=run.project_id)
        now = _view(session, row)
        return (now if row.run_id == run.id else _view(session, row, run)), now


def named(home: Home, name: str) -> ProjectView:
    """Return the project with that name.

    Raises
    ------
    NotFound
        If there is none.
    """
    with db.reading(home.engine) as session:
        found = projects.find(session=session, name=_clean(name))
        if found is None:
            known = ", ".join(repr(row.name) for row in projects.every(session=session)[:10])
            raise NotFound(
                f"There is no project called {name!r} here.", fix=f"Name one of: {known}." if known else "Begin one."
            )
        return _view(session, found)


def every(home: Home) -> list[ProjectView]:
    """Return all projects, the one touched last first."""
    with db.reading(home.engine) as session:
        return [_view(session, row) for row in projects.every(session=session)]


def rename(home: Home, project_id: str, name: str) -> None:
    """Give a project another name; one that is taken gets a number behind it. The names of its models stay."""
    with db.writing(home.engine) as session:
        row = projects.get(session=session, project_id=project_id)
        projects.rename(session=session, project=row, name=_clean(name))


def point_to_run(home: Home, project_id: str, run_id: str) -> None:
    """Make a run the one that the project's later steps work on."""
    with db.writing(home.engine) as session:
        row = projects.get(session=session, project_id=project_id)
        projects.point(session=session, project=row, run_id=run_id)


def use(session: Session, project_id: str, dataset: Dataset) -> None:
    """Point a project to a dataset; one that has no name yet gets the dataset's."""
    row = projects.get(session=session, project_id=project_id)
    projects.point(session=session, project=row, dataset_id=dataset.id)
    if row.name.startswith(UNNAMED):
        projects.rename(session=session, project=row, name=_clean(dataset.name))


def model_name(project_name: str) -> str:
    """Return the model's name that a project's name makes: letters, digits, dashes; safe in paths and addresses.

    Letters with marks lose these; of letters that are not Latin nothing is left.
    """
    apart = unicodedata.normalize("NFKD", project_name).casefold()
    bare = (c for c in apart if not unicodedata.combining(c))
    kept = "".join(c if c.isascii() and c.isalnum() else "-" for c in bare)
    return "-".join(part for part in kept.split("-") if part)[:60].rstrip("-") or "model"


def model_of(session: Session, project: rows.Project) -> str:
    """Return the model that a project's next version belongs to: the one it had, else one that no project has.

    Of projects that once shared a model, the first one keeps it.
    """
    db.alone(session)  # of two first trainings that end at once, the second one sees the first one's name
    versions = select(rows.Version.name, rows.Run.project_id).join(rows.Run, col(rows.Run.id) == rows.Version.run_id)
    owners: dict[str, str] = {}
    own = None
    for name, project_id in session.exec(versions.order_by(rows.Version.id)):
        if owners.setdefault(name, project_id) == project_id == project.id:
            own = name
    if own is not None:
        return own
    name = model_name(project.name)
    numbered = (f"{name}-{number}" for number in count(2))
    return next(one for one in chain((name,), numbered) if one not in owners)


def _clean(name: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:120] or "Untitled"


def _view(session: Session, row: rows.Project, of: rows.Run | None = None) -> ProjectView:
    """Return where a project stands, with the training that it works on now or with an earlier one."""
    run = of or (runs.get(session=session, run_id=row.run_id) if row.run_id else None)
    problem_id = of.problem_id if of else row.problem_id
    dataset_id = problems.get(session=session, problem_id=of.problem_id).dataset_id if of else row.dataset_id
    outcomes = problems.reported(session=session, problem_id=problem_id) if problem_id else None
    overrides = problems.overrides(session=session, problem_id=problem_id) if problem_id else ()
    version = models.of_run(session=session, run_id=run.id) if run else None
    live = models.live(session=session, name=version.name) if version else None
    run_job = session.get(rows.Job, run.id) if run else None
    return ProjectView(
        id=row.id,
        name=row.name,
        dataset_id=dataset_id,
        problem_id=problem_id,
        run_id=run.id if run else None,
        version=version.reference if version else None,
        stage=Stage(version.stage) if version else None,
        live=live.reference if live else None,
        checked=outcomes is not None,
        open_blockers=len(open_blockers(outcomes or (), overrides, Gate.TRAINING)),
        run_state=JobState(run_job.state) if run_job else None,
        run_problem_id=run.problem_id if run else None,
        decided=bool(version and version.use.get("purpose")),
        reviewed=bool(version and reviews.of_version(session=session, version_id=version.id)),
        released=bool(version and releases.newest(session=session, version_id=version.id)),
        jobs=tuple(jobs.view(session, j) for j in store_jobs.alive(session=session, project_id=row.id)),
        touched_at=row.touched_at,
        archived=row.archived_at is not None,
    )
