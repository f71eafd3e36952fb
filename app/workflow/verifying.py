"""Verify the record and the seals."""

from collections.abc import Iterator
from pathlib import Path

from sqlmodel import Session

from app.workflow import elsewhere, originals, registry
from app.workflow.home import Home
from app.workflow.views import VersionView
from store import artifacts, datasets, db, models, releases, runs, standing


def verify(home: Home, reference: str | None) -> Iterator[str]:
    """Check the record, and the seals of a version or of everything; yields a line for each that is whole.

    Raises
    ------
    TamperedRecord
        At the first entry of the record, or row of the registry, that is not what was written.
    TamperedArtifact
        At the first folder that is not what was sealed, or file that is not what was brought.
    """
    wanted = registry.show(home, reference) if reference else None
    with db.reading(home.engine) as session:
        entries, head = standing.check(session=session)
        folders = list(sealed(home, session, wanted))
        tables = [one for one in datasets.every(session=session) if _is_of(one.id, wanted)]
    yield f"The record: {entries} entries in an unbroken chain; the last one is {head[:16]}."
    for name, folder, digest in folders:
        artifacts.verify(folder, expected=digest, key=home.key)
        yield f"{name}: as sealed."
    for table in tables:
        if originals.verified(home, table.sha256):
            yield f"The file of the table {table.name}: as it was brought."
    if not folders:
        yield "There is nothing sealed yet."


def _is_of(dataset_id: str, wanted: VersionView | None) -> bool:
    return wanted is None or dataset_id == wanted.dataset.dataset.id


def sealed(home: Home, session: Session, wanted: VersionView | None = None) -> Iterator[tuple[str, Path, str]]:
    """Yield the sealed folders of a version, or of everything: what each is, where it lies, its digest."""
    for dataset in datasets.every(session=session):
        if _is_of(dataset.id, wanted):
            yield f"The table {dataset.name}", home.dataset(dataset.id), dataset.digest
    for run in runs.concluded(session=session):
        version = models.of_run(session=session, run_id=run.id)
        name = version.reference if version else f"The training {run.id}"
        if wanted is None or run.id == wanted.run.id:
            yield f"{name}, the model", elsewhere.settled(home, run.id, run.digest or ""), run.digest or ""
            if judged := (run.evidence or {}).get("judged"):
                yield f"{name}, the rows it was judged by", home.judged(run.id, judged), judged
        for release in releases.of_version(session=session, version_id=version.id) if version else ():
            if wanted is None or release.version_id == wanted.id:
                yield f"{name}, the release {release.id}", home.release(release.id), release.digest
