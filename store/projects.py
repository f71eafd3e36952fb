"""Projects: one business question each."""

from sqlmodel import Session, select

from engine.errors import NotFound
from store.ids import new_id
from store.tables import Project, now


def create(*, session: Session, name: str) -> Project:
    """Add a project; a name that is taken gets a number behind it."""
    project = Project(id=new_id(), name=_free(session, name))
    session.add(project)
    session.flush()
    return project


def rename(*, session: Session, project: Project, name: str) -> None:
    """Give a project another name; one that is taken gets a number behind it."""
    if project.name != name:
        project.name = _free(session, name)
        session.add(project)


def _free(session: Session, name: str) -> str:
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
