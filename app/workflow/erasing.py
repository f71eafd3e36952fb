"""Archive a project, or erase it for good: its rows, its files, its tables where nobody else uses them."""

from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlmodel import Session, col, select

from app.workflow import catalogue, collecting, keys, removing
from app.workflow.home import Home
from engine.domain.dataset import Dataset
from engine.domain.version import Reference, Stage
from engine.errors import NotFound, Refused
from store import cases, db, projects
from store import jobs as store_jobs
from store import tables as rows


def archive(home: Home, project_id: str, *, archived: bool = True) -> None:
    """Put a project away, or take it out again; nothing of it is lost.

    Raises
    ------
    Refused
        If a version of it is live, or something is being done in it.
    """
    with db.writing(home.engine) as session:
        project = projects.get(session=session, project_id=project_id)
        if archived:
            _require_idle(session, project)
        projects.archive(session=session, project=project, archived=archived)


@dataclass(frozen=True)
class Decided:
    """How many cases that a project's versions left to people wait, and how many people have answered."""

    waiting: int
    answered: int


def decided(home: Home, project_id: str) -> Decided:
    """Return what people would lose with a project besides what was made in it."""
    with db.reading(home.engine) as session:
        runs = select(rows.Run.id).where(rows.Run.project_id == project_id)
        made = list(session.exec(select(rows.Version.id).where(col(rows.Version.run_id).in_(runs))))
        found = cases.by_state(session=session, versions=made)
    said = sum(found.get(state, 0) for state in (cases.ANSWERED, cases.UNKNOWABLE))
    return Decided(waiting=found.get(cases.WAITING, 0), answered=said)


@dataclass(frozen=True)
class _Held:
    """What a project holds outside of the database, its versions, and the tables it used."""

    folders: tuple[Path, ...]
    versions: tuple[Reference, ...]
    datasets: tuple[str, ...]


def erase(home: Home, project_id: str) -> tuple[str, ...]:
    """Erase a project with its models, releases, reviews and scored files, and tables that nobody else uses.

    The record of what was done keeps names and hashes: it is never cut.

    Returns
    -------
    tuple of str
        The names of the tables that were erased with it.

    Raises
    ------
    Refused
        If a version of it is live, or something is being done in it.
    Unavailable
        If a file cannot be erased; everything else is gone then.
    """
    with db.writing(home.engine) as session:
        project = projects.get(session=session, project_id=project_id)
        _require_idle(session, project)
        held = _held(home, session, project)
        projects.erase(session=session, project=project, by=home.settings.user)
        ended = keys.end_with(session, [version.name for version in held.versions], home.settings.user)
        erased = []
        for dataset_id in held.datasets:
            with suppress(Refused, NotFound):  # somebody else uses it, or it went with another one
                erased.append(catalogue.forget(session, dataset_id))
    removing.each(
        (
            *(partial(keys.tell, home, model) for model in ended),  # before what says that they are retired goes
            *(partial(removing.remove, path) for path in held.folders),
            partial(catalogue.clear, home, erased),
            partial(collecting.erase, home, [str(version) for version in held.versions]),
            partial(db.flush_away, home.engine),
        )
    )
    return tuple(dataset.name for dataset in erased)


def _require_idle(session: Session, project: rows.Project) -> None:
    runs = select(rows.Run.id).where(rows.Run.project_id == project.id)
    query = select(rows.Version).where(col(rows.Version.run_id).in_(runs), rows.Version.stage == Stage.LIVE.value)
    for version in session.exec(query):
        raise Refused(
            f"{version.reference} of the project {project.name!r} is live.",
            fix=f"Retire it first, on its page (handrail retire {version.reference}).",
        )
    require_still(session, project)


def require_still(session: Session, project: rows.Project) -> None:
    """Refuse where something is being done in a project.

    Raises
    ------
    Refused
        Naming the project.
    """
    if store_jobs.alive(session=session, project_id=project.id):
        raise Refused(f"Something is being done in the project {project.name!r}.", fix="Wait for it, or cancel it.")


def _held(home: Home, session: Session, project: rows.Project) -> _Held:
    runs = list(session.exec(select(rows.Run.id).where(rows.Run.project_id == project.id)))
    versions = list(session.exec(select(rows.Version).where(col(rows.Version.run_id).in_(runs))))
    built = select(rows.Release.id).where(col(rows.Release.version_id).in_([version.id for version in versions]))
    jobs = list(session.exec(select(rows.Job).where(rows.Job.project_id == project.id)))
    cards = [home.path / "cards" / f"{version.name}-{version.number}.html" for version in versions]
    files = [Path(job.arguments["source"]) for job in jobs if job.arguments.get("source")]
    folders = [
        *(place for run in runs for place in (home.run(run), home.withdrawn(run))),
        *(place for run in runs for place in (home.adopted(run), *home.every_judged(run))),
        *(home.release(release) for release in session.exec(built)),
        *(place for job in jobs for place in (home.scored(job.id), home.work(job.id), home.log(job.id))),
        *(file for file in files if file.resolve().is_relative_to(home.uploads().resolve())),
        *cards,
        *(home.path / "drafts").glob(f"{project.id}-*"),
    ]
    named = tuple(Reference(version.name, version.number) for version in versions)
    return _Held(tuple(folders), named, tuple(datasets_of(session, project)))


def datasets_of(session: Session, project: rows.Project) -> list[str]:
    """Return the datasets that a project uses or ever asked about, each before those that it was combined from."""
    asked = session.exec(select(rows.Problem.dataset_id).where(rows.Problem.project_id == project.id))
    dataset_ids = list(dict.fromkeys(dataset_id for dataset_id in (project.dataset_id, *asked) if dataset_id))
    found: list[str] = []
    while dataset_ids:
        dataset_id = dataset_ids.pop(0)
        row = session.get(rows.Dataset, dataset_id)
        if row is None or dataset_id in found:
            continue
        found.append(dataset_id)
        made = Dataset.model_validate(row.body).made_of
        if made is not None:
            dataset_ids += [made.base, made.other]
    return found
