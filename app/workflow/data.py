"""Data: from a file to a dataset that is understood."""

import hashlib
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from app.workflow import originals, projects
from app.workflow.home import Home
from app.workflow.views import DatasetView
from engine.data.kinds import KINDS
from engine.domain.dataset import ColumnType, DataContract, Dataset, KnownWhen, Profile, Reading, Role
from engine.errors import TamperedArtifact
from store import artifacts, datasets, db
from store import projects as store_projects
from store import tables as rows

if TYPE_CHECKING:
    import pandas as pd

    from engine.data.read import Read

TABLE = "table.parquet"


def bring(
    home: Home, path: Path, name: str, *, project_id: str | None = None, reading: Reading | None = None
) -> DatasetView:
    """Read a file and keep it as an immutable snapshot; the same file, read in the same way twice, is one dataset.

    The file itself is kept beside, so that ``reread`` can read it in another way.

    Raises
    ------
    UnreadableFile, EmptyTable
        If the file cannot be read, with what to do about it.
    UnusableOption
        If what ``reading`` says is impossible for this file.
    """
    from engine.data.read import read_file

    read = read_file(path, name=name, limit_bytes=home.settings.max_file_mb * 1_000_000, reading=reading)
    originals.keep(home, path, read.sha256)
    known = keep(home, read, name, project_id=project_id)
    if not originals.where(home, read.sha256).exists():  # it went with another table of this file, erased just now
        originals.keep(home, path, read.sha256)
    return known


def reread(home: Home, dataset_id: str, reading: Reading, *, project_id: str | None = None) -> DatasetView:
    """Read the file of a dataset once more, in the way a person says; that is another dataset.

    Raises
    ------
    NotFound, TamperedArtifact
        If the file is not kept here, or not what was brought.
    UnreadableFile, EmptyTable, UnusableOption
        As ``bring``.
    """
    known = dataset(home, dataset_id).dataset
    with originals.opened(home, known.sha256) as path:
        name = known.name + KINDS[known.reader.kind].endings[0]
        return bring(home, path, name, project_id=project_id, reading=reading)


def keep(home: Home, read: "Read", name: str, *, project_id: str | None = None) -> DatasetView:
    """Keep a table that was read: snapshot, profile and contract."""
    dataset, profile, contract = describe(read, name)
    notes = (*_compared(home, project_id, dataset, contract), *read.notes)
    return put(home, dataset, profile, contract, read.frame, notes, project_id=project_id)


def _compared(home: Home, project_id: str | None, dataset: Dataset, contract: DataContract) -> tuple[str, ...]:
    """Say how a project's new table differs from the one it had."""
    from engine.data.contract import differences

    if project_id is None:
        return ()
    with db.reading(home.engine) as session:
        before = store_projects.get(session=session, project_id=project_id).dataset_id
        row = session.get(rows.Dataset, before) if before else None
    if row is None or row.sha256 == dataset.sha256:
        return ()
    return differences(DataContract.model_validate(row.contract), contract)


def put(
    home: Home,
    dataset: Dataset,
    profile: Profile,
    contract: DataContract,
    frame: "pd.DataFrame",
    notes: tuple[str, ...],
    *,
    project_id: str | None = None,
) -> DatasetView:
    """Keep a table and what is known of it, and point a project to it.

    One that is there already stays as it is; where its snapshot is not what was kept, it is written anew.
    """
    from engine.data import snapshot

    place = home.dataset(dataset.id)
    folder = Path(tempfile.mkdtemp(dir=home.path / "work"))
    try:
        snapshot.write(frame, folder / TABLE)
        digest = artifacts.seal(folder, key=home.key, place=place.name)
        with db.writing(home.engine) as session:
            db.alone(session)  # whoever erases this table takes its folder away in such a transaction too
            row = datasets.add(
                session=session,
                dataset=dataset,
                profile=profile,
                contract=contract,
                preview=snapshot.preview(frame),
                notes=notes,
                digest=digest,
            )
            if not _stands(home, row):
                datasets.reseal(session=session, dataset=row, digest=digest)
                artifacts.publish(folder, place)
            if project_id is not None:
                projects.use(session, project_id, dataset)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return view(row)


def _stands(home: Home, row: rows.Dataset) -> bool:
    """Whether a dataset's snapshot is there as it was kept."""
    try:
        artifacts.verify(home.dataset(row.id), expected=row.digest, key=home.key)
    except TamperedArtifact:
        return False
    return True


def describe(read: "Read", name: str) -> tuple[Dataset, Profile, DataContract]:
    """Return what a table that was read is: the dataset, its profile, its contract. Keeps nothing."""
    from engine.data.contract import propose
    from engine.data.profile import describe as profile_of

    profile = profile_of(read.frame, read.types)
    dataset = Dataset(
        id=_identity(read),
        name=Path(name).stem,
        rows=len(read.frame),
        columns=read.frame.shape[1],
        sha256=read.sha256,
        reader=read.reader,
        rejected=read.rejected[:100],
        reading=read.reading,
    )
    contract = propose(read.frame, profile)
    columns = tuple(c.model_copy(update={"unit": read.units.get(c.name, c.unit)}) for c in contract.columns)
    return dataset, profile, DataContract(columns=columns)


def _identity(read: "Read") -> str:
    """Return the id of a table: the hash of the file's content, and of how a person said it is to be read."""
    if read.reading is None:
        return read.sha256[:20]
    return hashlib.sha256(f"{read.sha256} {read.reading.model_dump_json()}".encode()).hexdigest()[:20]


def bring_sample(home: Home, *, project_id: str | None = None) -> DatasetView:
    """Make the sample table and keep it like any file."""
    from engine.data.sample import churn

    with tempfile.TemporaryDirectory(dir=home.uploads()) as folder:
        path = Path(folder) / "telecom churn.csv"
        churn().to_csv(path, index=False)
        return bring(home, path, path.name, project_id=project_id)


def dataset(home: Home, dataset_id: str) -> DatasetView:
    """Return one dataset with what is understood of it."""
    with db.reading(home.engine) as session:
        return view(datasets.get(session=session, dataset_id=dataset_id))


def every_dataset(home: Home) -> list[DatasetView]:
    """Return all datasets, newest first."""
    with db.reading(home.engine) as session:
        return [view(row) for row in datasets.every(session=session)]


def correct(
    home: Home,
    dataset_id: str,
    column: str,
    *,
    type: ColumnType | None = None,
    role: Role | None = None,
    unit: str | None = None,
    note: str | None = None,
    known_when: KnownWhen | None = None,
) -> DatasetView:
    """Correct how a column is understood, or say more of it; None leaves things as they are. Its profile follows.

    Raises
    ------
    UnusableOption
        If the values cannot be read as that type.
    """
    from engine.data import contract as contracts
    from engine.data.profile import describe as profile_of

    known = dataset(home, dataset_id)
    corrected = contracts.correct(known.contract, column, type=type, role=role, unit=unit, note=note, known=known_when)
    profile = known.profile
    if type is not None:
        one = contracts.canonical(load(home, dataset_id, columns=(column,)), corrected.only((column,)))
        (measured,) = contracts.measure(corrected.only((column,)), one).columns
        corrected = DataContract(columns=tuple(measured if c.name == column else c for c in corrected.columns))
        (fresh,) = profile_of(one, {column: type}).columns
        others = tuple(fresh if c.name == column else c for c in profile.columns)
        profile = Profile(rows=profile.rows, columns=others)
    with db.writing(home.engine) as session:
        row = datasets.correct(session=session, dataset_id=dataset_id, contract=corrected, profile=profile)
    return view(row)


def load(home: Home, dataset_id: str, columns: tuple[str, ...] | None = None) -> "pd.DataFrame":
    """Return a dataset's rows, after checking its seal.

    Raises
    ------
    TamperedArtifact
        If the snapshot is not what was kept.
    """
    from engine.data import snapshot

    with db.reading(home.engine) as session:
        digest = datasets.get(session=session, dataset_id=dataset_id).digest
    folder = artifacts.verify(home.dataset(dataset_id), expected=digest, key=home.key)
    return snapshot.read(folder / TABLE, columns=list(columns) if columns else None)


def view(row: rows.Dataset) -> DatasetView:
    """Return a dataset's row as a view."""
    return DatasetView(
        dataset=Dataset.model_validate(row.body),
        profile=Profile.model_validate(row.profile),
        contract=DataContract.model_validate(row.contract),
        preview=row.preview,
        notes=tuple(row.notes),
        created_at=row.created_at,
    )
