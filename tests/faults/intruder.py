"""Somebody who may write to the home changes sealed files, and then somebody opens them, in a process of its own.

``python -m tests.faults.intruder HOME SHARE SEED [WAY ...]`` prints, as JSON, how many changes were refused, which were
not, and what was imported or unpickled meanwhile that must not be. Where ways to open are named, only those are tried,
a bit of each file in any case, and at the end each once more with nothing changed: what is watched for is then seen.
An audit hook stays for good: so it has a process of its own.
"""

import json
import os
import random
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from app import settings
from app.warm import _opened
from app.workflow import (
    comparing,
    data,
    interview,
    judging,
    mitigating,
    registry,
    releasing,
    reproducing,
    scoring,
    verifying,
)
from app.workflow.home import Home, open_home
from engine.errors import TamperedArtifact
from store import artifacts, db, releases

MANIFEST = artifacts.MANIFEST
RELEASED, DRAFT = "leaving:1", "leaving:2"
_seen: list[str] = []


def watch(event: str, arguments: tuple[object, ...]) -> None:
    """Note what must not happen before a seal was checked."""
    if event == "pickle.find_class" or (event == "import" and str(arguments[0]).partition(".")[0] == "autogluon"):
        _seen.append(f"{event} {arguments[0]}")


def openers(home: Home) -> dict[str, tuple[Path, Callable[[], object]]]:
    """Every way to a sealed folder: the folder it opens, and the call."""
    shown, draft, work = registry.show(home, RELEASED), registry.show(home, DRAFT), home.path / "work" / "w"
    run, table = home.run(draft.run.id), home.dataset(draft.dataset.dataset.id)
    with db.reading(home.engine) as session:
        (newest,) = releases.of_version(session=session, version_id=shown.id)
    release = home.release(newest.id)
    judged = home.judged(draft.run.id, draft.run.evidence.judged)
    out, given = home.path / "out.csv", home.path / "rows.csv"

    def score(reference: str, *, explain: bool) -> Callable[[], object]:
        return lambda: scoring.score(home, reference, given, out, work=work, explain=explain)

    return {
        "score": (release, score(RELEASED, explain=False)),
        "score a draft": (run, score(DRAFT, explain=False)),
        "reasons": (release, score(RELEASED, explain=True)),
        "serve": (release, lambda: releasing.released(home, RELEASED)),
        "what-if": (release, lambda: _opened(home, RELEASED)),
        "what-if of a draft": (run, lambda: _opened(home, DRAFT)),
        "release": (run, lambda: releasing.build(home, DRAFT, work, lambda _: None)),
        "reproduce": (run, lambda: reproducing.reproduce(home, DRAFT)),
        "another model": (run, lambda: judging.perform(home, draft.run.id, "CatBoost_FULL")),
        "compare": (run, lambda: comparing.compare(home, DRAFT, RELEASED)),
        "groups": (judged, lambda: mitigating.candidates(home, registry.show(home, DRAFT), draft.policy)),
        "the table": (table, lambda: data.load(home, table.name)),
        "what we understood": (table, lambda: interview._sample(home, table.name)),
        "verify": (release, lambda: list(_seals(home, shown.reference))),
    }


def _seals(home: Home, reference: str) -> Iterator[str]:
    # Without the record, which holds another digest: these rows were made up.
    with db.reading(home.engine) as session:
        folders = list(verifying.sealed(home, session, registry.show(home, reference)))
    for _, folder, digest in folders:
        artifacts.verify(folder, expected=digest, key=home.key)
        yield folder.name


def harms(folder: Path, home: Home, seed: int) -> Iterator[tuple[str, Callable[[], None]]]:
    """Everything that is done to a sealed folder: what it is called, and how it is done."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    rng = random.Random(seed)  # noqa: S311 - which bit
    for path in files:
        name = path.relative_to(folder).as_posix()
        if path.stat().st_size:
            yield f"one bit of {name}", lambda p=path: _flip(p, rng.random())
            yield f"{name} cut off", lambda p=path: os.truncate(p, p.stat().st_size // 2)
        yield f"{name} removed", path.unlink
        yield f"{name} renamed", lambda p=path: p.rename(p.with_name("other"))
        yield f"{name} a link", lambda p=path: _link(p, home)
        yield f"{name} a pipe", lambda p=path: (p.unlink(), os.mkfifo(p))
        yield f"{name} a folder", lambda p=path: (p.unlink(), p.mkdir())
        yield f"{name} longer", lambda p=path: p.write_bytes(p.read_bytes() + b"\0")
    for inside in sorted({folder, *(path.parent for path in files)}):
        yield f"a file in {inside.name}", lambda p=inside: (p / "added.py").write_text("import os")
        yield f"a folder in {inside.name}", lambda p=inside: (p / "added").mkdir()
        yield f"folders in {inside.name}", lambda p=inside: (p / "a" / "b").mkdir(parents=True)
        yield f"a link in {inside.name}", lambda p=inside: (p / "added").symlink_to(home.path / "key")
        yield f"a link to a folder in {inside.name}", lambda p=inside: (p / "added").symlink_to(home.path / "logs")
        yield f"a pipe in {inside.name}", lambda p=inside: os.mkfifo(p / "added")
    yield "no folder", lambda: shutil.rmtree(folder)
    yield "a link to the folder", lambda: _link(folder, home)
    yield "a manifest without the change", lambda: _forged(folder, b"")
    yield "a manifest recomputed", lambda: _forged(folder, b"x")
    yield "a manifest of another key", lambda: _resealed(folder, bytes(32))
    yield "a manifest and its plain digest in the database", lambda: _recorded(home, _forged(folder, b"x"), folder)
    yield "a digest of another key in the database", lambda: _recorded(home, _resealed(folder, bytes(32)), folder)
    yield "no digest in the database", lambda: _recorded(home, "0" * 64, folder)
    yield "another sealed folder, with its digest", lambda: _recorded(home, _swapped(home, folder), folder)


def _flip(path: Path, at: float) -> None:
    content = bytearray(path.read_bytes())
    content[int(at * len(content))] ^= 1 << int(at * 8e6) % 8
    path.write_bytes(content)


def _link(path: Path, home: Home) -> None:
    path.rename(home.path / "elsewhere")
    path.symlink_to(home.path / "elsewhere")


def _forged(folder: Path, more: bytes) -> str:
    """Change a file and write the manifest that fits it, as anybody can; returns that manifest's plain digest."""
    import hashlib

    first = next(path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST)
    first.write_bytes(first.read_bytes() + more)
    listed = {artifacts._relative(folder, path): artifacts._digest(path) for path in artifacts._files(folder)}
    body = json.dumps({"files": listed, "place": folder.name}, indent=None if not more else 1, sort_keys=True).encode()
    (folder / MANIFEST).write_bytes(body)
    return hashlib.sha256(body).hexdigest()


def _resealed(folder: Path, key: bytes) -> str:
    (folder / MANIFEST).unlink()
    (folder / "code.py").write_text("import os")
    return artifacts.seal(folder, key=key, place=folder.name)


def _swapped(home: Home, folder: Path) -> str:
    """Put another folder there that this installation sealed, under its own right digest."""
    other = home.run("other")
    shutil.rmtree(folder)
    shutil.copytree(other, folder)
    return (home.path / "other.digest").read_text()


def _recorded(home: Home, digest: str, folder: Path) -> None:
    """Write a digest to the row of a folder."""
    value, table, row = _row(folder)
    setter = "evidence = json_set(evidence, '$.judged', :digest)" if table == "run" and value != "digest" else None
    said = f"UPDATE {table} SET {setter or 'digest = :digest'} WHERE id = :id"  # noqa: S608
    with home.engine.begin() as connection:
        connection.execute(text(said), {"digest": digest, "id": row})


def _digest(home: Home, folder: Path) -> str:
    value, table, row = _row(folder)
    with home.engine.connect() as connection:
        said = f"SELECT {value} FROM {table} WHERE id = :id"  # noqa: S608
        return str(connection.execute(text(said), {"id": row}).scalar())


def _row(folder: Path) -> tuple[str, str, str]:
    """Return where the digest of a folder stands: which value of which table's row."""
    if "-judged-" in folder.name:
        return "json_extract(evidence, '$.judged')", "run", folder.name.partition("-judged-")[0]
    return "digest", {"releases": "release", "runs": "run", "datasets": "dataset"}[folder.parent.name], folder.name


@contextmanager
def undone(home: Home, folder: Path) -> Iterator[None]:
    """Put everything back as it was."""
    kept, before = home.path / "kept", _digest(home, folder)
    shutil.copytree(folder, kept, symlinks=True)
    try:
        yield
    finally:
        folder.unlink() if folder.is_symlink() else shutil.rmtree(folder, ignore_errors=True)
        kept.rename(folder)
        elsewhere = home.path / "elsewhere"
        shutil.rmtree(elsewhere) if elsewhere.is_dir() else elsewhere.unlink(missing_ok=True)
        if _digest(home, folder) != before:
            _recorded(home, before, folder)
        shutil.rmtree(home.path / "work" / "w", ignore_errors=True)


def main(place: str, share: float, seed: int, *ways: str) -> dict[str, object]:
    """Try everything, or a seeded share of it."""
    home = open_home(settings.load(Path(place)))
    rng = random.Random(seed)  # noqa: S311 - which of them are tried
    tried, let_through = Counter[str](), []
    sys.addaudithook(watch)
    chosen = {way: how for way, how in openers(home).items() if way in ways or not ways}
    for opener, (folder, open_it) in chosen.items():
        for what, harm in list(harms(folder, home, seed)):
            if rng.random() > share and not (ways and what.startswith("one bit of")):
                continue
            with undone(home, folder):
                harm()
                try:
                    open_it()
                    let_through.append(f"{opener}: {what}")
                except TamperedArtifact:
                    tried["bits" if what.startswith("one bit of") else "others"] += 1
                except Exception as error:
                    let_through.append(f"{opener}: {what}: {error!r}")
    found = {
        "tried": tried.total(),
        "bits": tried["bits"],
        "let_through": let_through,
        "seen": list(_seen),
        "ran": (home.path / "ran").exists(),
    }
    return found | {"heard": {way: _heard(chosen[way][1]) for way in ways}}


def _heard(open_it: Callable[[], object]) -> int:
    """Open what nobody changed; returns how much of what is watched for there was."""
    before = len(_seen)
    open_it()
    return len(_seen) - before


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]), *sys.argv[4:])))
