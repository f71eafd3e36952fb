"""Models and their versions: ``name:number``."""

from sqlalchemy import func
from sqlmodel import Session, col, select

from engine.domain.policy import Policy, UseContract
from engine.errors import NotFound
from store.ids import new_id
from store.tables import Version

DRAFT, IN_REVIEW, RETURNED, APPROVED, LIVE, RETIRED = "draft", "in review", "returned", "approved", "live", "retired"


def add(*, session: Session, name: str, run_id: str, policy: Policy, use: UseContract) -> Version:
    """Record the next version of a model, as a draft."""
    last = session.exec(select(func.max(Version.number)).where(Version.name == name)).one()
    version = Version(
        id=new_id(),
        name=name,
        number=(last or 0) + 1,
        run_id=run_id,
        stage=DRAFT,
        policy=policy.model_dump(mode="json"),
        use=use.model_dump(mode="json"),
    )
    session.add(version)
    session.flush()
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
        raise NotFound(f"There is no model called {name!r} here.", fix="`handrail models` lists those there are.")
    if not tag:
        return next((v for v in versions if v.stage == LIVE), versions[0])
    if tag == "latest":
        return versions[0]
    for version in versions:
        if str(version.number) == tag:
            return version
    raise NotFound(
        f"The model {name!r} has no version {tag!r}.", fix=f"Its versions are 1 to {versions[0].number}, or `latest`."
    )


def of_run(*, session: Session, run_id: str) -> Version | None:
    """Return the version that a run became, if it did."""
    return session.exec(select(Version).where(Version.run_id == run_id)).first()


def every(*, session: Session) -> list[Version]:
    """Return all versions, newest first."""
    return list(session.exec(select(Version).order_by(col(Version.id).desc())))


def decide(*, session: Session, version: Version, policy: Policy | None = None, use: UseContract | None = None) -> None:
    """Replace a version's policy or use contract."""
    if policy is not None:
        version.policy = policy.model_dump(mode="json")
    if use is not None:
        version.use = use.model_dump(mode="json")
    session.add(version)


def stage(*, session: Session, version: Version, stage: str) -> None:
    """Move a version to a stage; making one live takes the earlier live one back to approved, in one transaction."""
    if stage == LIVE:
        for other in session.exec(select(Version).where(Version.name == version.name, Version.stage == LIVE)):
            other.stage = APPROVED
            session.add(other)
    version.stage = stage
    session.add(version)
