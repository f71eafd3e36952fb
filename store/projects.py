"""Projects: one business question each."""

from sqlalchemy import delete, update
from sqlmodel import Session, col, select

from engine.errors import NotFound
from store import decisions, record
from store.ids import new_id
from store.tables import Event, Job, Override, Problem, Project, Release, Remark, Report, Review, Run, Version, now


def create(*, session: Session, name: str) -> Project:
    """Add a project; a name that is taken gets a number behind it."""
    project = Project(id=new_id(), name=free(session, name))
    session.add(project)
    session.flush()
    return project


def rename(*, session: Session, project: Project, name: str) -> None:
    """Give a project another name; one that is taken gets a number behind it."""
    if project.name != name:
        project.name = free(session, name)
        session.add(project)


def free(session: Session, name: str) -> str:
    """Return a name that no project has: the one given, or with a number behind it."""
    taken = set(session.exec(select(Project.name)))
    unique, number = name, 2
    while unique in taken:
        unique, number = f"{name} {number}", number + 1
    return unique


def find(*, session: Session, name: str) -> Project | None:
    """Return the project called ``name``, if there is one."""
    return session.exec(select(Project).where(Project.name == name)).first()


def get(*, session: Session, project_id: str) -> Project:
    """Return one project.

    Raises
    ------
    NotFound
        If there is none with that id.
    """
    project = session.get(Project, project_id)
    if project is None:
        raise NotFound(f"There is no project {project_id!r} here.", fix="Choose one from the start page.")
    return project


def every(*, session: Session) -> list[Project]:
    """Return all projects, the one touched last first."""
    return list(session.exec(select(Project).order_by(Project.touched_at.desc())))  # type: ignore[attr-defined]


def point(
    *,
    session: Session,
    project: Project,
    dataset_id: str | None = None,
    problem_id: str | None = None,
    run_id: str | None = None,
) -> None:
    """Move the project's pointers. A new dataset closes the question asked about the old one."""
    if dataset_id is not None and dataset_id != project.dataset_id:
        project.dataset_id, project.problem_id = dataset_id, None
    if problem_id is not None:
        project.problem_id = problem_id
    if run_id is not None:
        project.run_id = run_id
    project.touched_at = now()
    session.add(project)


def touch(*, session: Session, version: Version) -> None:
    """Note that something was done with a version of a project: it comes first on the start page."""
    of = select(Run.project_id).where(Run.id == version.run_id).scalar_subquery()
    session.execute(update(Project).where(col(Project.id) == of).values(touched_at=now()))


def archive(*, session: Session, project: Project, archived: bool) -> None:
    """Put a project away, or take it out again."""
    project.archived_at = now() if archived else None
    session.add(project)


def erase(*, session: Session, project: Project, by: str) -> None:
    """Delete a project's rows and all that was built in it; the record keeps that it was there.

    The caller has made sure that nothing of it is live, and erases the files.
    """
    asked = list(session.exec(select(Problem).where(Problem.project_id == project.id)))
    trained = list(session.exec(select(Run).where(Run.project_id == project.id)))
    made = list(session.exec(select(Version).where(col(Version.run_id).in_([run.id for run in trained]))))
    versions, questions = [version.id for version in made], [problem.id for problem in asked]
    decisions.erase(session=session, versions=versions)
    about = select(Event.number).where(col(Event.subject).in_(versions))
    session.execute(delete(Remark).where(col(Remark.number).in_(about)))
    for table, column, ids in (
        (Release, Release.version_id, versions),
        (Review, Review.version_id, versions),
        (Version, Version.id, versions),
        (Run, Run.project_id, [project.id]),
        (Report, Report.problem_id, questions),
        (Override, Override.project_id, [project.id]),
        (Problem, Problem.project_id, [project.id]),
        (Job, Job.project_id, [project.id]),
        (Project, Project.id, [project.id]),
    ):
        session.execute(delete(table).where(col(column).in_(ids)))
    for subject in (*versions, *(run.id for run in trained), *questions, project.id):
        record.append(session=session, kind=record.ERASED, subject=subject, by=by)
