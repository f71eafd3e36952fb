"""The catalogue: every dataset of the home, what it was made of, who uses it; and its end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlmodel import Session

from app.workflow import data, orders, originals, projects, removing, wizarding
from app.workflow.home import Home
from app.workflow.views import DatasetView, ProjectView
from engine.domain.dataset import Dataset
from engine.domain.version import Stage
from engine.errors import Refused
from store import datasets, db, models
from store import jobs as store_jobs
from store.ids import new_id


@dataclass(frozen=True)
class Entry:
    """A dataset with the projects that use it, by id and name, and the datasets that were combined from it.

    ``models`` are the versions that learned from it, itself or combined with others: ``name:number`` and stage.
    """

    known: DatasetView
    projects: tuple[tuple[str, str], ...]
    parts_of: tuple[str, ...]  # ids
    models: tuple[tuple[str, Stage], ...] = ()


def every(home: Home) -> list[Entry]:
    """Return all datasets, newest first."""
    known = data.every_dataset(home)
    with db.reading(home.engine) as session:
        used = {
            view.dataset.id: tuple((p.id, p.name) for p in datasets.users(session=session, dataset_id=view.dataset.id))
            for view in known
        }
        learned = [(of, v.reference, Stage(v.stage)) for of, v in models.with_datasets(session=session)]
    entries = []
    for view in known:
        parts_of = _combined_from(view.dataset.id, known)
        family = {view.dataset.id, *parts_of}
        built = tuple((name, stage) for of, name, stage in learned if of in family)
        entries.append(Entry(view, used[view.dataset.id], parts_of, built))
    return entries


def begin(home: Home, dataset_id: str) -> ProjectView:
    """Begin a project on a dataset."""
    project = projects.create(home, data.dataset(home, dataset_id).dataset.name)
    wizarding.use_dataset(home, project.id, dataset_id)
    return projects.project(home, project.id)


def delete(home: Home, dataset_id: str) -> str:
    """Erase a dataset that no project uses, neither itself nor combined with another; returns its name.

    Raises
    ------
    Refused
        If a project uses it, or it is being worked on.
    NotFound
        If it is not there.
    Unavailable
        If its files cannot be erased.
    """
    with db.writing(home.engine) as session:
        erased = forget(session, dataset_id)
    removing.each((partial(clear, home, [erased]), partial(db.flush_away, home.engine)))
    return erased.name


def forget(session: Session, dataset_id: str) -> Dataset:
    """Take a dataset that no project uses out of the registry; the caller clears its files once that is committed.

    Raises
    ------
    Refused, NotFound
        As ``delete``.
    """
    known = [data.view(row) for row in datasets.every(session=session)]
    erased = Dataset.model_validate(datasets.get(session=session, dataset_id=dataset_id).body)
    for one in (dataset_id, *_combined_from(dataset_id, known)):
        for project in datasets.users(session=session, dataset_id=one):
            through = "" if one == dataset_id else ", combined with another table"
            raise Refused(
                f"{erased.name!r} is used by the project {project.name!r}{through}.",
                fix="It stays as long as that project does: what was learned from it must be traceable.",
            )
    if store_jobs.alive(session=session, kinds=(orders.INGEST,)):
        raise Refused("A table is being read or combined just now.", fix="Wait until that is done, then try again.")
    datasets.remove(session=session, dataset_id=dataset_id)
    return erased


def clear(home: Home, erased: Sequence[Dataset]) -> None:
    """Erase the files of datasets that are no longer in the registry; of one that was brought again they stay.

    Raises
    ------
    Unavailable
        If one cannot be erased; the others are gone then.
    """
    places = [place for dataset in erased for place in _places(home, dataset.id, dataset.sha256)]
    this = new_id()
    aside = {place: home.work(f"{this}-{place.name}") for place in places}
    removing.each((partial(_put_aside, home, aside), *(partial(removing.remove, path) for path in aside.values())))


def _put_aside(home: Home, aside: Mapping[Path, Path]) -> None:
    """Take what no dataset needs out of its place, so that whoever brings the same file again finds that free."""
    with db.writing(home.engine) as session:
        db.alone(session)  # a table that is brought is put into its place in such a transaction too
        # Of a file that was read in two ways, the other one stays readable.
        needed = {at for row in datasets.every(session=session) for at in _places(home, row.id, row.sha256)}
        removing.each(partial(_move, place, to) for place, to in aside.items() if place not in needed)


def _places(home: Home, dataset_id: str, sha256: str) -> tuple[Path, Path]:
    """Return where a dataset's snapshot and its file lie."""
    return home.dataset(dataset_id), originals.where(home, sha256)


def _move(path: Path, to: Path) -> None:
    try:
        path.rename(to)
    except FileNotFoundError:
        return
    except OSError:  # what cannot be moved may yet be erased; else this says why
        removing.remove(path)


def _combined_from(dataset_id: str, known: list[DatasetView]) -> tuple[str, ...]:
    """Return the datasets that were combined from one, directly or by way of others."""
    found: list[str] = []
    for view in reversed(known):  # oldest first: what was combined is younger than its parts
        made = view.dataset.made_of
        if made is not None and {made.base, made.other} & {dataset_id, *found}:
            found.append(view.dataset.id)
    return tuple(found)
