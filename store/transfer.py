"""A project's rows and its part of the record, out of one registry and into another."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy import JSON, DateTime
from sqlmodel import Session, col, select

from engine.domain.version import Stage
from store import models, projects, record, standing
from store.record import DATASET, ERASED, IMPORTED, RELEASE, RUN, STAGE, VERSION
from store.tables import (
    Base,
    Dataset,
    Event,
    Job,
    Override,
    Problem,
    Project,
    Release,
    Report,
    Review,
    Run,
    Version,
)

# In the order in which they are added; each refers only to those before it.
TABLES: dict[str, type[Base]] = {
    "dataset": Dataset,
    "project": Project,
    "problem": Problem,
    "report": Report,
    "override": Override,
    "job": Job,
    "run": Run,
    "version": Version,
    "review": Review,
    "release": Release,
}
_NUMBERED = (Override, Review)  # their numbers are this registry's own
_DROPPED = {"report": {"against"}, "job": {"handed_over"}}  # columns that older files have and no table any more
# Entries that say how a row stands: said anew of the row as it comes in.
_STATES = (DATASET, RUN, VERSION, RELEASE)

Rows = dict[str, list[dict[str, Any]]]
Entry = dict[str, Any]


def gather(*, session: Session, project: Project, dataset_ids: Sequence[str]) -> Rows:
    """Return a project's rows as plain JSON, by table.

    Of its jobs only those that became a run or a release, and nothing of what they were given: files of this machine.
    """
    runs = list(session.exec(select(Run).where(Run.project_id == project.id).order_by(Run.id)))
    versions = _in(session, Version, col(Version.run_id), [run.id for run in runs])
    releases = _in(session, Release, col(Release.version_id), [version.id for version in versions])
    asked = list(session.exec(select(Problem).where(Problem.project_id == project.id).order_by(Problem.id)))
    found: dict[str, Iterable[Any]] = {
        "dataset": _in(session, Dataset, col(Dataset.id), dataset_ids),
        "project": [project],
        "problem": asked,
        "report": _in(session, Report, col(Report.problem_id), [problem.id for problem in asked]),
        "override": session.exec(select(Override).where(Override.project_id == project.id).order_by(col(Override.id))),
        "job": _in(session, Job, col(Job.id), [row.id for row in (*runs, *releases)]),
        "run": runs,
        "version": versions,
        "review": session.exec(
            select(Review).where(col(Review.version_id).in_([v.id for v in versions])).order_by(col(Review.id))
        ),
        "release": releases,
    }
    rows = {name: [row.model_dump(mode="json") for row in found[name]] for name in TABLES}
    for job in rows["job"]:
        job.update(arguments={}, result=None)
    return rows


def entries(*, session: Session, rows: Rows) -> list[Entry]:
    """Return the part of the record that is about some rows, as plain JSON, oldest first."""
    subjects = [row["id"] for name in ("project", "dataset", "problem", "run", "version") for row in rows[name]]
    kept = {"at", "kind", "subject", "by", "body"}
    remarks = record.remarks(session=session, subjects=subjects)
    return [
        entry.model_dump(mode="json", include=kept)
        | ({"remark": remarks[entry.number]} if entry.number in remarks else {})
        for entry in record.about(session=session, subjects=subjects)
    ]


def read(rows: Rows) -> dict[str, list[Any]]:
    """Return rows as the tables have them.

    Raises
    ------
    ValueError, TypeError, KeyError
        If there is another table, another column, or something that is no value of its column.
    """
    if set(rows) != set(TABLES):
        raise ValueError("its tables are not those of a project")
    return {name: [_row(table, _kept(name, said)) for said in rows[name]] for name, table in TABLES.items()}


def known(*, session: Session, found: dict[str, list[Any]]) -> list[str]:
    """Return the ids among the rows of a project that this registry has already; of datasets it may have them."""
    return [
        row.id
        for name in ("project", "problem", "job", "run", "version", "release")
        for row in found[name]
        if session.get(TABLES[name], row.id) is not None
    ]


def add(
    *,
    session: Session,
    found: dict[str, list[Any]],
    said: Sequence[Entry],
    by: str,
    own: bool,
    about: dict[str, Any],
) -> list[str]:
    """Add a project's rows and its part of the record.

    Behind one entry that says that it came in a file stand the entries of its own record, at the times that they tell
    of; what is recorded of how each row stands is said of the row as it comes in.

    Parameters
    ----------
    session : Session
        Of the caller's transaction.
    found : dict
        Rows as ``read`` returns them, none of them known here but datasets, which stay as they are here.
    said : sequence of dict
        Entries as ``entries`` returned them.
    by : str
        Who brings the file.
    own : bool
        Whether this installation wrote it. What was approved elsewhere is a draft here.
    about : dict
        What is recorded of the file.

    Returns
    -------
    list of str
        What is not as it was in the file, a sentence each.

    Raises
    ------
    TamperedRecord
        If the record and the tables would not agree afterwards; the caller's transaction is to be rolled back.
    """
    project: Project = found["project"][0]
    notes = [*_renamed(session, project, found, own=own), *_staged(session, found["version"], own=own)]
    new = {row.id for row in found["dataset"] if session.get(Dataset, row.id) is None}
    for name, rows in found.items():
        for row in rows:
            if name != "dataset" or row.id in new:
                session.add(row)
        session.flush()
    for subject in (project.id, *(version.id for version in found["version"])):
        record.append(session=session, kind=IMPORTED, subject=subject, by=by, own=own, **about)
    for entry in said:
        _again(session, entry, _state(session, entry, new))
    for version in found["version"]:
        stands = standing.of_stage(version, session.get(Run, version.run_id))
        last = [e for e in record.about(session=session, subjects=[version.id]) if e.kind == STAGE][-1:]
        if not last or any(last[0].body.get(what) != now for what, now in stands.items()):
            record.append(session=session, kind=STAGE, subject=version.id, by=by, why="It came in a file.", **stands)
    _agrees(session)
    return notes


def _agrees(session: Session) -> None:
    """Check the record as it was stored: not as it was said."""
    session.flush()
    for entry in [row for row in session if isinstance(row, Event)]:
        session.expire(entry)
    standing.check(session=session)


def _renamed(session: Session, project: Project, found: dict[str, list[Any]], *, own: bool) -> Iterator[str]:
    """Give a project and its models names that are free here; what was released answers under the old one and goes."""
    versions: list[Version] = found["version"]
    name = projects.free(session, project.name)
    if name != project.name:
        yield f"A project called {project.name!r} is here already: this one is called {name!r}."
        project.name = name
    taken = {(row.name, row.number) for row in session.exec(select(Version))}
    names = {name for name, _ in taken}
    for model in dict.fromkeys(version.name for version in versions):
        mine = [version for version in versions if version.name == model]
        if not (taken & {(v.name, v.number) for v in mine}) and (own or model not in names):
            continue
        number = next(n for n in count(2) if f"{model}-{n}" not in names)
        yield f"A model called {model!r} is here already: this one is called '{model}-{number}'."
        ids = {version.id for version in mine}
        if any(release.version_id in ids for release in found["release"]):
            yield f"What was released of it answers as {model!r} and was left out: release '{model}-{number}' again."
            found["release"][:] = [release for release in found["release"] if release.version_id not in ids]
        for version in mine:
            version.name = f"{model}-{number}"
            version.stage = Stage.APPROVED.value if version.stage == Stage.LIVE else version.stage


def _staged(session: Session, versions: Sequence[Version], *, own: bool) -> Iterator[str]:
    """Take back stages that hold elsewhere only, or that another version has here."""
    for version in versions:
        name, before = version.reference, version.stage
        if not own and before not in {Stage.DRAFT, Stage.RETIRED}:
            version.stage = Stage.DRAFT.value
            yield f"{name} was {before} where it came from: here it is a draft."
        elif before == Stage.LIVE and models.live(session=session, name=version.name) is not None:
            version.stage = Stage.APPROVED.value
            yield f"Another version of {version.name} is live: {name} is approved."


def _again(session: Session, entry: Entry, body: dict[str, Any] | None) -> None:
    if body is not None and entry["kind"] not in {ERASED, IMPORTED, record.BEGAN}:
        at = datetime.fromisoformat(entry["at"])
        body.pop(record.REMARK, None)  # it is said anew of the text, where that came along
        record.again(
            session=session,
            kind=entry["kind"],
            subject=entry["subject"],
            by=entry["by"],
            at=at,
            body=body,
            remark=entry.get("remark", ""),
        )


def _state(session: Session, entry: Entry, new: set[str]) -> dict[str, Any] | None:
    """Return what an entry says here; None where it says nothing of what came in."""
    kind, subject, body = entry["kind"], entry["subject"], entry["body"]
    if kind not in _STATES:
        return dict(body)
    if kind == DATASET:
        return standing.of_dataset(session.get_one(Dataset, subject)) if subject in new else None
    if kind == RUN:
        return standing.of_run(session, session.get_one(Run, subject))
    if kind == VERSION:
        return standing.of_version(session.get_one(Version, subject))
    release = session.get(Release, str(body["release"]))
    return None if release is None else standing.of_release(release)


def _in(session: Session, table: Any, column: Any, values: Sequence[str]) -> list[Any]:
    return list(session.exec(select(table).where(column.in_(values)).order_by(column)))


def _kept(name: str, said: dict[str, Any]) -> dict[str, Any]:
    return {column: value for column, value in said.items() if column not in _DROPPED.get(name, ())}


def _row(table: type[Base], said: dict[str, Any]) -> Base:
    columns = {column.name: column for column in table.__table__.columns}  # type: ignore[attr-defined]
    if unknown := sorted(said.keys() - columns.keys()):
        raise ValueError(f"{table.__name__} has no {unknown[0]}")
    for name, value in said.items():
        if value is None and not columns[name].nullable:  # of JSON a database would keep that as a value
            raise ValueError(f"a {table.__name__.lower()} in it has no {name}")
        kind = getattr(columns[name].type, "impl_instance", columns[name].type)
        if value is not None and not isinstance(kind, DateTime | JSON) and not isinstance(value, kind.python_type):
            raise ValueError(f"{value!r} is no {name}")
    values = {
        name: _moment(value) if isinstance(columns[name].type, DateTime) and value is not None else value
        for name, value in said.items()
    }
    if table in _NUMBERED:
        values["id"] = None
    return table(**values)


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is not None:
        raise ValueError(f"{value!r} is of another clock")
    return moment
