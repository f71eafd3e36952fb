"""Import: a project out of one file, whole where this installation wrote it; from elsewhere without its models."""

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from app.workflow import archives, elsewhere, originals, travelling
from app.workflow.exporting import sealed
from app.workflow.home import Home
from app.workflow.imported import fitting, nouns
from app.workflow.unpacking import Listed, damaged, lay_out
from engine.errors import Refused, TamperedRecord
from store import artifacts, db, standing, transfer


@dataclass(frozen=True)
class Brought:
    """What came in.

    Attributes
    ----------
    project_id, project : str
        The id, and the name it has here.
    models, tables : tuple of str
        ``name:number`` of its versions, and the names of its tables.
    own : bool
        Whether this installation wrote the file: then its models can be used as before.
    notes : tuple of str
        What is not as it was in the file, a sentence each.
    """

    project_id: str
    project: str
    models: tuple[str, ...]
    tables: tuple[str, ...]
    own: bool
    notes: tuple[str, ...]


def bring(home: Home, file: Path) -> Brought:
    """Take a project in that ``exporting.export`` wrote; it appears whole or not at all.

    What this installation wrote comes back as it was. From another one tables, questions, evidence, cards and reviews
    come in, and every version as a draft; its models are code and are left out: ``reproduce`` fits them again here.

    Raises
    ------
    UnreadableFile
        If it is no such file, was cut off or changed.
    Refused
        If it could put something anywhere else, or the project, or a part of it, is here already.
    Unavailable
        If a newer version of Handrail wrote it.
    TamperedArtifact
        If a folder in it is not what was sealed.
    """
    with tempfile.TemporaryDirectory(dir=home.path / "work") as scratch:
        beside = Path(scratch)
        known = lay_out(home, file, beside)
        try:
            nouns(known.rows)
            found = transfer.read(known.rows)
            fitting(known.rows, known.record)
        except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise damaged(file, str(error).splitlines()[0]) from error
        _belongs(home, file, known, beside)
        if known.own:
            _verified(home, known.rows, beside)
        else:
            _whole(home, file, known.rows, beside)
            _sealed_here(home, found, beside, known)
        notes = _taken_in(home, file, known, found, beside)
    return Brought(
        project_id=found["project"][0].id,
        project=found["project"][0].name,
        models=tuple(row.reference for row in found["version"]),
        tables=tuple(row.name for row in found["dataset"]),
        own=known.own,
        notes=tuple(notes),
    )


def bring_upload(home: Home, upload: IO[bytes], name: str) -> Brought:
    """Take a project in as ``bring`` does, out of a file that a browser sends under a name."""
    with tempfile.TemporaryDirectory(dir=home.path / "work") as folder:
        file = Path(folder) / (Path(name).name or "project")
        archives.lay(upload, file)
        return bring(home, file)


def _taken_in(home: Home, file: Path, known: Listed, found: dict[str, list[Any]], beside: Path) -> list[str]:
    """Move what was laid out to its place, and add its rows; files come first, and go again where rows cannot come."""
    moved: list[Path] = []
    try:
        with db.writing(home.engine) as session:
            db.alone(session)  # of two that bring the same file, the second one finds it here
            standing.check(session=session)  # what does not agree afterwards is then the file's doing
            if transfer.known(session=session, found=found):
                name = found["project"][0].name
                raise Refused(
                    f"{name!r} is here already: nothing was brought twice.",
                    fix="Delete it first, if the one in the file is to take its place.",
                )
            kept = {row.id for row in found["dataset"] if session.get(type(row), row.id) is not None}
            for path in _published(home, beside, kept):
                moved.append(path)
            notes = _added(home, session, file, known, found, beside)
            released = {row.id for row in found["release"]}
            for path in moved:
                if path.parent.name == "releases" and path.name not in released:
                    shutil.rmtree(path)
            return notes
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _added(
    home: Home, session: Session, file: Path, known: Listed, found: dict[str, list[Any]], beside: Path
) -> list[str]:
    about = {"installation": known.installation, "list": known.sha256, "made": known.made}
    before = {row.id: row.name for row in found["version"]}
    try:
        notes = transfer.add(
            session=session, found=found, said=known.record, by=home.settings.user, own=known.own, about=about
        )
        now = {before[row.id]: row.name for row in found["version"]}
        decided = travelling.take_in(home, session, beside / travelling.FILE, list(before))
        return [*notes, *decided, *travelling.ask_again(session, known.applications, now)]
    except TamperedRecord as error:
        raise damaged(file, "its record does not agree with what is in it") from error
    except (SQLAlchemyError, ValueError, OverflowError) as error:  # also of numbers and words that no table takes
        raise damaged(file, "its parts do not belong together") from error


def _belongs(home: Home, file: Path, known: Listed, beside: Path) -> None:
    """Refuse files, and folders that were laid out, empty ones too, that nothing in the list speaks of."""
    folders = {path.relative_to(home.path).as_posix() for path, _ in sealed(home, known.rows)}
    whole = {originals.where(home, row["sha256"]).relative_to(home.path).as_posix() for row in known.rows["dataset"]}
    whole.add(travelling.FILE)
    laid = {path.relative_to(beside).as_posix() for path in beside.glob("*/*") if path.is_dir()}
    for name in sorted(laid | known.files.keys()):
        if "/".join(PurePosixPath(name).parts[:2]) not in folders and (name in laid or name not in whole):
            raise damaged(file, f"{name!r} belongs to nothing in it")


def _verified(home: Home, rows: transfer.Rows, beside: Path) -> None:
    for place, digest in sealed(home, rows):
        artifacts.verify(beside / place.relative_to(home.path), expected=digest, key=home.key)


def _whole(home: Home, file: Path, rows: transfer.Rows, beside: Path) -> None:
    """Refuse folders from elsewhere that do not hold what their manifests say, and files that are not what was read."""
    for place, _ in sealed(home, rows):
        try:
            what = artifacts.harm(beside / place.relative_to(home.path))
        except (ValueError, TypeError, KeyError, AttributeError):
            what = "its manifest is none"
        if what:
            raise damaged(file, f"of {place.name}, {what}")
    for row in rows["dataset"]:
        kept = beside / originals.where(home, row["sha256"]).relative_to(home.path)
        if kept.exists() and not originals.is_whole(kept, row["sha256"]):
            raise damaged(file, f"the file of the table {row['name']} is not what was brought")


def _sealed_here(home: Home, found: dict[str, list[Any]], beside: Path, known: Listed) -> None:
    """Seal tables and numbers as this installation's; leave out models and releases, which are code."""
    shutil.rmtree(beside / "releases", ignore_errors=True)
    found["release"].clear()

    def seal(place: Path, to: Path | None = None) -> str:
        folder = beside / place.relative_to(home.path)
        return artifacts.seal(folder, key=home.key, place=place.name if to is None else "")

    for row in found["dataset"]:
        row.digest = seal(home.dataset(row.id))
    for row in found["run"]:
        if not row.digest:
            continue
        elsewhere.strip(beside / "runs" / row.id, known.installation)
        row.digest = seal(home.run(row.id))
        if judged := row.evidence.get("judged"):
            before = home.judged(row.id, judged)
            digest = seal(before, before)
            after = home.judged(row.id, digest)
            (beside / "runs" / before.name).rename(beside / "runs" / after.name)
            row.evidence = {**row.evidence, "judged": digest}


def _published(home: Home, beside: Path, kept: set[str]) -> Iterator[Path]:
    """Move what was laid out to its place in the home; tables that are here already stay, and nothing is replaced.

    What an import of the same file left, that was lost before its rows came, is taken for this one's.
    """
    for top in ("datasets", "runs", "releases", "originals"):
        for path in sorted((beside / top).glob("*")):
            to = home.path / top / path.name
            if to.exists() and (path.name in kept or top == "originals"):
                continue
            if to.exists() and not _same(path, to):
                raise Refused(
                    f"{to.relative_to(home.path)} is here already, and is another: nothing was brought.",
                    fix="If something is being done here just now, wait for it and try again.",
                )
            yield artifacts.publish(path, to)


def _same(folder: Path, there: Path) -> bool:
    """Whether two sealed folders have one and the same manifest."""
    manifests = [path / artifacts.MANIFEST for path in (folder, there)]
    return all(path.is_file() for path in manifests) and manifests[0].read_bytes() == manifests[1].read_bytes()
