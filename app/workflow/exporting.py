"""Export: a project in one file, with all that led to its models.

The file is a zip archive without compression, for what is large in it is compressed already. One member lists every
other one with its SHA-256, and holds the project's rows and its part of the record; a last one authenticates that list
with the installation's key, so that the installation knows its own files again.
"""

import hashlib
import hmac
import json
import os
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from app.workflow import archives, collecting, elsewhere, erasing, originals, travelling
from app.workflow.home import Home
from engine.domain.evidence import Evidence
from engine.errors import NotFound
from store import artifacts, db, projects, transfer

LIST, SEAL = "HANDRAIL-PROJECT.json", "HANDRAIL-PROJECT.seal"
FORMAT = 2  # 1 knew no decisions


@dataclass(frozen=True)
class Exported:
    """What a project's file holds: the file, how many files, models, tables and decisions are in it, its bytes.

    ``cases`` of the decisions were left to people and hold the row's values. ``without`` are the applications whose
    keys stayed where they are.
    """

    file: Path
    files: int
    models: tuple[str, ...]
    tables: tuple[str, ...]
    bytes: int
    decisions: int = 0
    cases: int = 0
    without: tuple[str, ...] = ()


def export(home: Home, project_id: str, to: Path) -> Exported:
    """Write a project into one new file, readable by its owner only: it holds the project's tables.

    Every sealed folder is verified before. What services decided and is still kept goes along, with the cases left to
    people; keys of applications stay where they are.

    Raises
    ------
    NotFound
        If there is no such project.
    Refused
        If ``to`` exists, or something is being done in the project.
    UnusableOption
        If ``to`` lies in the home.
    UnreadableFile, Unavailable
        If it was released, and what the services of this home wrote down cannot be collected.
    TamperedArtifact
        If a folder is not what was sealed.
    """
    with db.reading(home.engine) as session:
        project = projects.get(session=session, project_id=project_id)
        erasing.require_still(session, project)
        rows = transfer.gather(session=session, project=project, dataset_ids=erasing.datasets_of(session, project))
        said = transfer.entries(session=session, rows=rows)
        keys = travelling.applications(session, {row["name"] for row in rows["version"]})
    with archives.written(to.resolve(), home.path) as file:
        if rows["release"]:  # what its services wrote down up to now goes along
            collecting.collect(home)
        files, decisions, cases = _write(home, file, rows, said, keys)
    return Exported(
        file=to.resolve(),
        files=files,
        models=tuple(f"{row['name']}:{row['number']}" for row in rows["version"]),
        tables=tuple(row["name"] for row in rows["dataset"]),
        bytes=to.stat().st_size,
        decisions=decisions,
        cases=cases,
        without=tuple(sorted({name for names in keys.values() for name in names})),
    )


def content(home: Home, project_id: str) -> bytes:
    """Return what ``export`` writes, for a browser to keep."""
    with tempfile.TemporaryDirectory() as folder:
        return export(home, project_id, Path(folder) / "project").file.read_bytes()


def sealed(home: Home, rows: transfer.Rows) -> Iterator[tuple[Path, str]]:
    """Yield the sealed folders that a project's rows speak of, where they lie or will lie, with their digests."""
    for row in rows["dataset"]:
        yield home.dataset(row["id"]), row["digest"]
    for row in rows["run"]:
        if row["digest"]:
            yield elsewhere.settled(home, row["id"], row["digest"]), row["digest"]
            evidence = Evidence.model_validate(row["evidence"])
            if evidence.judged:
                yield home.judged(row["id"], evidence.judged), evidence.judged
    for row in rows["release"]:
        yield home.release(row["id"]), row["digest"]


def seal_of(home: Home, listed: bytes) -> str:
    """Return what authenticates a list as one of this installation's."""
    return hmac.new(home.key, b"project file" + listed, hashlib.sha256).hexdigest()


def installation(home: Home) -> str:
    """Return a name for this installation that says nothing of its key."""
    return hmac.new(home.key, b"installation", hashlib.sha256).hexdigest()[:16]


def _write(
    home: Home, file: IO[bytes], rows: transfer.Rows, said: list[transfer.Entry], keys: dict[str, list[str]]
) -> tuple[int, int, int]:
    listed: dict[str, dict[str, Any]] = {}
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive,
        tempfile.TemporaryDirectory(dir=home.path / "work") as scratch,
    ):
        for folder, digest in sealed(home, rows):
            artifacts.verify(folder, expected=digest, key=home.key)
            for path in sorted(folder.rglob("*")):
                name = path.relative_to(home.path).as_posix()
                if not path.is_dir():
                    listed[name] = _add(archive, path, name)
                elif not any(path.iterdir()):
                    archive.writestr(zipfile.ZipInfo(f"{name}/"), b"")
        for sha256 in dict.fromkeys(row["sha256"] for row in rows["dataset"]):
            path = originals.where(home, sha256)
            if path.is_file():
                name = path.relative_to(home.path).as_posix()
                listed[name] = _add(archive, path, name)
        decided = Path(scratch) / travelling.FILE
        decisions, cases = travelling.write(home, [row["id"] for row in rows["version"]], decided)
        listed[travelling.FILE] = _add(archive, decided, travelling.FILE)
        about = {
            "format": FORMAT,
            "made": datetime.now(UTC).isoformat(),
            "database": db.head(),
            "installation": installation(home),
            "rows": rows,
            "record": said,
            "applications": keys,
            "files": listed,
        }
        body = json.dumps(about, indent=1).encode()
        archive.writestr(zipfile.ZipInfo(LIST), body)
        archive.writestr(zipfile.ZipInfo(SEAL), seal_of(home, body))
    return len(listed), decisions, cases


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> dict[str, Any]:
    try:
        source = path.open("rb")
    except FileNotFoundError as error:
        raise NotFound(
            f"{name} was erased meanwhile.", fix="Export the project again, if it is still there."
        ) from error
    with source:
        entry = zipfile.ZipInfo(name)
        entry.file_size = os.fstat(source.fileno()).st_size
        told = archives.Hashed(source)
        with archive.open(entry, "w", force_zip64=entry.file_size > zipfile.ZIP64_LIMIT // 2) as out:
            while chunk := told.read(archives.CHUNK):
                out.write(chunk)
    return told.listed
