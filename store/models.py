"""Models and their versions: ``name:number``."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, select

from engine.domain.policy import Policy, UseContract
from engine.domain.version import MOVES, Stage
from engine.errors import NotFound, Refused
from store import projects, record, standing
from store.ids import new_id
from store.tables import Problem, Run, Version


def add(*, session: Session, name: str, run_id: str, policy: Policy, use: UseContract) -> Version:
    """Record the next version of a model, as a draft."""
    made = [entry.body for entry in record.of_kind(session=session, kind=record.VERSION)]
    last = max((int(body["number"]) for body in made if body["name"] == name), default=0)  # erased ones count too
    version = Version(
        id=new_id(),
        name=name,
        number=last + 1,
        run_id=run_id,
        stage=Stage.DRAFT.value,
        policy=policy.model_dump(mode="json"),
        use=use.model_dump(mode="json"),
    )
    session.add(version)
    session.flush()
    record.append(session=session, kind=record.VERSION, subject=version.id, **standing.of_version(version))
    _note(session, version)
    return version


def find(*, session: Session, reference: str) -> Version:
    """Return the version that ``name``, ``name:number`` or ``name:latest`` means.

    A bare name means the live version, else the newest.

    Raises
    ------
    NotFound
        If there is none.
    """
    name, _, tag = reference.partition(":")
    versions = list(session.exec(select(Version).where(Version.name == name).order_by(col(Version.number).desc())))
    if not versions:
        raise NotFound(
            f"There is no model called {name!r} here.", fix="Those there are stand under Models (`handrail models`)."
        )
    if not tag:
        return next((v for v in versions if v.stage == Stage.LIVE), versions[0])
    if tag == "latest":
        return versions[0]
    for version in versions:
        if str(version.number) == tag:
            return version
    there = ", ".join(str(version.number) for version in versions[:5])
    raise NotFound(f"The model {name!r} has no version {tag!r}.", fix=f"Its newest: {there}. Or say `latest`.")


def meant(*, session: Session, reference: str) -> list[Version]:
    """Return the versions that a reference means where a bare name stands for all of its model, newest first.

    Raises
    ------
    NotFound
        If there is none.
    """
    found = find(session=session, reference=reference)
    if ":" in reference:
        return [found]
    return list(session.exec(select(Version).where(Version.name == found.name).order_by(col(Version.number).desc())))


def of_run(*, session: Session, run_id: str) -> Version | None:
    """Return the version that a run became, if it did."""
    return session.exec(select(Version).where(Version.run_id == run_id)).first()


def every(*, session: Session) -> list[Version]:
    """Return all versions, newest first."""
    return list(session.exec(select(Version).order_by(col(Version.id).desc())))


@dataclass(frozen=True)
class Listed:
    """A version with what a list shows of it: its project, its answer's column, what its evidence says."""

    version: Version
    project_id: str
    builder: str
    target: str
    evidence: dict[str, Any]


def listed(*, session: Session) -> list[Listed]:
    """Return all versions with what a list shows, newest first, in one query.

    SQLite's own functions for JSON refuse a number that is none, and all rows with it: it is looked into here.
    """
    query: Any = select(Version).join(Run, col(Run.id) == Version.run_id)
    query = query.join(Problem, col(Problem.id) == Run.problem_id).order_by(col(Version.id).desc())
    found = session.execute(query.add_columns(Run.project_id, Run.builder, Problem.body, Run.evidence))
    return [
        Listed(version, project_id, builder, asked["target"], evidence or {})
        for version, project_id, builder, asked, evidence in found
    ]


def count(*, session: Session, stage: Stage) -> int:
    """Return how many versions are in a stage."""
    return session.exec(select(func.count()).where(Version.stage == stage.value)).one()


def with_datasets(*, session: Session) -> list[tuple[str, Version]]:
    """Return all versions, newest first, each after the id of the dataset that it learned from."""
    learned = select(Problem.dataset_id, Version).join(Run, col(Run.id) == Version.run_id)
    query = learned.join(Problem, col(Problem.id) == Run.problem_id).order_by(col(Version.id).desc())
    return list(session.exec(query))


def decide(*, session: Session, version: Version, policy: Policy | None = None, use: UseContract | None = None) -> None:
    """Replace a version's policy or use contract."""
    if policy is not None:
        version.policy = policy.model_dump(mode="json")
    if use is not None:
        version.use = use.model_dump(mode="json")
    session.add(version)
    projects.touch(session=session, version=version)


def stage(
    *, session: Session, version: Version, stage: Stage, by: str = "", why: str = "", back: bool = False
) -> Version | None:
    """Move a version to a stage and record it.

    Making one live takes the earlier live one back to approved, in the same transaction.

    Parameters
    ----------
    session : Session
        Of the caller's transaction.
    version : Version
        The version to move.
    stage : Stage
        Where to.
    by, why : str
        Who does it and for what reason, where that is known.
    back : bool, default False
        Whether an earlier live version becomes live again instead of the one that came after it.

    Returns
    -------
    Version or None
        The version that was live until now, where another takes its place.

    Raises
    ------
    Refused
        If no way leads from where it stands to that stage.
    """
    _require_move(version, stage)
    before = live(session=session, name=version.name) if stage is Stage.LIVE else None
    if before is not None and before.id != version.id:
        before.stage = Stage.APPROVED.value
        session.add(before)
        _note(session, before, by=by, instead=version.reference)
    version.stage = stage.value
    session.add(version)
    _note(session, version, by=by, remark=why, **({"back": True} if back else {}))
    return before if before is not None and before.id != version.id else None


def _require_move(version: Version, stage: Stage) -> None:
    ways = [str(to) for to in Stage if to in MOVES[Stage(version.stage)]]
    if stage not in ways:
        raise Refused(
            f"{version.reference} is {version.stage} and cannot become {stage}.",
            fix=f"From there it can become {' or '.join(ways)}." if ways else "Take another version, or train again.",
        )


def _note(session: Session, version: Version, *, by: str = "", remark: str = "", **more: object) -> None:
    session.flush()  # in this order: two live versions of a name would break the index even for a moment
    of = standing.of_stage(version, session.get(Run, version.run_id))
    record.append(session=session, kind=record.STAGE, subject=version.id, by=by, remark=remark, **of, **more)
    projects.touch(session=session, version=version)


def retired_at(*, session: Session, version: Version) -> datetime | None:
    """Return when a version was retired, if it is."""
    if version.stage != Stage.RETIRED:
        return None
    moves = [e.at for e in record.about(session=session, subjects=[version.id]) if e.kind == record.STAGE]
    return moves[-1] if moves else version.created_at


def handed_in(*, session: Session, version: Version) -> datetime | None:
    """Return when a version last ceased to be a draft: what was said later is not what was reviewed."""
    since = None
    for entry in record.about(session=session, subjects=[version.id]):
        if entry.kind == record.STAGE:
            since = None if Stage(entry.body["to"]).may_change else since or entry.at
    return since


def live(*, session: Session, name: str) -> Version | None:
    """Return the version of a model that is live, if one is."""
    return session.exec(select(Version).where(Version.name == name, Version.stage == Stage.LIVE.value)).first()


def once_live(*, session: Session, name: str) -> list[Version]:
    """Return the versions of a model that are or were live, the latest last.

    One that was rolled back counts as if it had never been live, so that rolling back twice goes two versions back.
    """
    versions = {v.id: v for v in session.exec(select(Version).where(Version.name == name))}
    line: list[str] = []
    for entry in record.about(session=session, subjects=list(versions)):
        if entry.kind != record.STAGE or entry.body["to"] != Stage.LIVE:
            continue
        if entry.body.get("back") and entry.subject in line:
            line = line[: line.index(entry.subject)]
        line = [*(id_ for id_ in line if id_ != entry.subject), entry.subject]
    return [versions[id_] for id_ in line]
