"""Datasets: immutable snapshots with their contract."""

from sqlmodel import Session, col, select

from engine.domain import dataset as nouns
from engine.errors import NotFound
from store import record, standing
from store.tables import Dataset, Problem, Project


def add(
    *,
    session: Session,
    dataset: nouns.Dataset,
    profile: nouns.Profile,
    contract: nouns.DataContract,
    preview: list[dict[str, str]],
    notes: tuple[str, ...],
    digest: str,
) -> Dataset:
    """Record a snapshot; one that is there already is returned as it is, corrections included."""
    known = session.get(Dataset, dataset.id)
    if known is not None:
        return known
    row = Dataset(
        id=dataset.id,
        name=dataset.name,
        sha256=dataset.sha256,
        body=dataset.model_dump(mode="json"),
        profile=profile.model_dump(mode="json"),
        contract=contract.model_dump(mode="json"),
        preview=preview,
        notes=list(notes),
        digest=digest,
    )
    session.add(row)
    session.flush()
    record.append(session=session, kind=record.DATASET, subject=row.id, **standing.of_dataset(row))
    return row


def get(*, session: Session, dataset_id: str) -> Dataset:
    """Return one dataset.

    Raises
    ------
    NotFound
        If there is none with that id.
    """
    row = session.get(Dataset, dataset_id)
    if row is None:
        raise NotFound(f"There is no dataset {dataset_id!r} here.", fix="Bring the file again.")
    return row


def correct(*, session: Session, dataset_id: str, contract: nouns.DataContract, profile: nouns.Profile) -> Dataset:
    """Replace the contract (and the profile that follows from it) by the analyst's correction."""
    row = get(session=session, dataset_id=dataset_id)
    row.contract = contract.model_dump(mode="json")
    row.profile = profile.model_dump(mode="json")
    session.add(row)
    return row


def reseal(*, session: Session, dataset: Dataset, digest: str) -> None:
    """Record the seal of a snapshot that was written anew; another release of its library may write other bytes."""
    if dataset.digest != digest:
        dataset.digest = digest
        session.add(dataset)
        record.append(session=session, kind=record.DATASET, subject=dataset.id, **standing.of_dataset(dataset))


def every(*, session: Session) -> list[Dataset]:
    """Return all datasets, newest first."""
    return list(session.exec(select(Dataset).order_by(Dataset.created_at.desc())))  # type: ignore[attr-defined]


def users(*, session: Session, dataset_id: str) -> list[Project]:
    """Return the projects that work on a dataset or ever asked a question about it, by name."""
    asked = select(Problem.project_id).where(Problem.dataset_id == dataset_id)
    found = select(Project).where((col(Project.dataset_id) == dataset_id) | col(Project.id).in_(asked))
    return list(session.exec(found.order_by(Project.name)))


def remove(*, session: Session, dataset_id: str) -> None:
    """Forget a dataset; the caller has made sure that no project uses it."""
    session.delete(get(session=session, dataset_id=dataset_id))
    record.append(session=session, kind=record.ERASED, subject=dataset_id)
