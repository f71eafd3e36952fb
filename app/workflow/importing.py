"""Import: a project out of one file, whole where this installation wrote it; from elsewhere without its models."""

import hashlib
import hmac
import json
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from app.workflow import archives, elsewhere, originals
from app.workflow.exporting import FORMAT, LIST, SEAL, installation, seal_of, sealed
from app.workflow.home import Home
from app.workflow.imported import fitting, nouns
from engine.errors import DiskFull, Refused, TamperedRecord, Unavailable, UnreadableFile
from store import artifacts, db, standing, transfer

_BY = "handrail export"
_ANOTHER = f"Take another copy that `{_BY}` wrote."
_MOST = 1 << 28  # bytes of the list: all that is known of a project but its files


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


@dataclass(frozen=True)
class _List:
    """The list of a project's file, and whether this installation wrote it."""

    rows: transfer.Rows
    record: list[transfer.Entry]
    files: dict[str, dict[str, Any]]
    installation: str
    made: str
    sha256: str
    own: bool


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
        known = _laid_out(home, file, beside)
        try:
            nouns(known.rows)
            found = transfer.read(known.rows)
            fitting(known.rows, known.record)
        except (ValidationError, ValueError, TypeError, KeyError, AttributeError) as error:
            raise _damaged(file, str(error).splitlines()[0]) from error
        _belongs(home, file, known, beside)
        if known.own:
            _verified(home, known.rows, beside)
        else:
            _sealed_here(home, found, beside, known)
        notes = _taken_in(home, file, known, found, beside)
    return Brought(
        project_id=found["project"][0].id,
        project=found["project"][0].name,
        models=tuple(f"{row.name}:{row.number}" for row in found["version"]),
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


def _taken_in(home: Home, file: Path, known: _List, found: dict[str, list[Any]], beside: Path) -> list[str]:
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
            notes = _added(home, session, file, known, found)
            released = {row.id for row in found["release"]}
            for path in moved:
                if path.parent.name == "releases" and path.name not in released:
                    shutil.rmtree(path)
            return notes
    except BaseException:
        for path in moved:
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def _added(home: Home, session: Session, file: Path, known: _List, found: dict[str, list[Any]]) -> list[str]:
    about = {"installation": known.installation, "list": known.sha256, "made": known.made}
    try:
        return transfer.add(
            session=session, found=found, said=known.record, by=home.settings.user, own=known.own, about=about
        )
    except TamperedRecord as error:
        raise _damaged(file, "its record does not agree with what is in it") from error
    except (SQLAlchemyError, ValueError, OverflowError) as error:  # also of numbers and words that no table takes
        raise _damaged(file, "its parts do not belong together") from error


def _laid_out(home: Home, file: Path, to: Path) -> _List:
    """Lay the files out in a folder after checking each against the list."""
    if not file.is_file():
        raise UnreadableFile(f"There is no file {file}.", fix=f"Name a file that `{_BY}` wrote.")
    if file.stat().st_size > shutil.disk_usage(to).free:
        raise DiskFull(f"{file.name} needs more room than there is on the disk of the home.", fix="Free some space.")
    try:
        with zipfile.ZipFile(file) as archive:
            members = list(_plain(file, archive))
            known = _listed(home, file, archive)
            found = {}
            for member in members:
                if member.is_dir():
                    (to / member.filename).mkdir(parents=True, exist_ok=True)
                elif member.filename not in {LIST, SEAL}:
                    with archive.open(member) as source:
                        found[member.filename] = archives.lay(source, to / member.filename)
    except (zipfile.BadZipFile, EOFError, ValueError, KeyError, NotImplementedError, RecursionError) as error:
        raise UnreadableFile(
            f"{file.name} is not a project's file, or is damaged ({error}).",
            fix=_ANOTHER,
        ) from error
    if found != known.files:
        changed = sorted(name for name in {*found, *known.files} if found.get(name) != known.files.get(name))
        raise _damaged(file, f"{changed[0]!r} is not what was exported")
    return known


def _plain(file: Path, archive: zipfile.ZipFile) -> Iterator[zipfile.ZipInfo]:
    """Yield the members of an archive, all of them plain files and folders that stay inside and no larger than it."""
    seen: set[str] = set()
    room = file.stat().st_size
    for member in archive.infolist():
        kind = stat.S_IFMT(member.external_attr >> 16)
        archives.inside(Path(file.name), member.filename, plain=kind in {0, stat.S_IFREG, stat.S_IFDIR}, by=_BY)
        room -= member.file_size
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size or room < 0:
            raise Refused(
                f"{file.name} would unpack to more than it holds.", fix=f"It was not made by `{_BY}`: do not use it."
            )
        if member.filename.casefold() in seen:
            raise _damaged(file, f"{member.filename!r} stands in it twice")
        seen.add(member.filename.casefold())
        yield member


def _listed(home: Home, file: Path, archive: zipfile.ZipFile) -> _List:
    if LIST not in archive.namelist():
        raise UnreadableFile(f"{file.name} is not a project's file: it has no list.", fix=_ANOTHER)
    if archive.getinfo(LIST).file_size > _MOST:
        raise _damaged(file, "its list is too long")
    body = archive.read(LIST)
    about = json.loads(body)
    kinds = {"rows": dict, "record": list, "files": dict}
    if not isinstance(about, dict) or not all(isinstance(about.get(name), kind) for name, kind in kinds.items()):
        raise _damaged(file, "its list is none")
    if about.get("format") != FORMAT or str(about.get("database", "")) > db.head():
        raise Unavailable(f"{file.name} was written by a newer version of Handrail.", fix="Install that version first.")
    seal = archive.read(SEAL).decode("ascii") if SEAL in archive.namelist() else ""
    own = hmac.compare_digest(seal, seal_of(home, body))
    if not own and about["installation"] == installation(home):
        raise _damaged(file, "its list is not the one that was written here")
    return _List(
        rows=about["rows"],
        record=about["record"],
        files=about["files"],
        installation=str(about["installation"]),
        made=str(about["made"]),
        sha256=hashlib.sha256(body).hexdigest(),
        own=own,
    )


def _belongs(home: Home, file: Path, known: _List, beside: Path) -> None:
    """Refuse files, and folders that were laid out, empty ones too, that nothing in the list speaks of."""
    folders = {path.relative_to(home.path).as_posix() for path, _ in sealed(home, known.rows)}
    whole = {originals.where(home, row["sha256"]).relative_to(home.path).as_posix() for row in known.rows["dataset"]}
    laid = {path.relative_to(beside).as_posix() for path in beside.glob("*/*") if path.is_dir()}
    for name in sorted(laid | known.files.keys()):
        if "/".join(PurePosixPath(name).parts[:2]) not in folders and (name in laid or name not in whole):
            raise _damaged(file, f"{name!r} belongs to nothing in it")


def _verified(home: Home, rows: transfer.Rows, beside: Path) -> None:
    for place, digest in sealed(home, rows):
        artifacts.verify(beside / place.relative_to(home.path), expected=digest, key=home.key)


def _sealed_here(home: Home, found: dict[str, list[Any]], beside: Path, known: _List) -> None:
    """Seal tables and numbers as this installation's; leave out models and releases, which are code."""
    shutil.rmtree(beside / "releases", ignore_errors=True)
    found["release"].clear()

    def seal(place: Path, to: Path | None = None) -> str:
        folder = beside / place.relative_to(home.path)
        if not folder.is_dir():
            raise Refused(f"{folder.name} is not in the file.", fix=f"It was not made by `{_BY}`: do not use it.")
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


def _damaged(file: Path, what: str) -> UnreadableFile:
    return UnreadableFile(f"{file.name} is damaged: {what}.", fix=_ANOTHER)
