"""The whole home in one file: what comes back is what was there; what was tampered with does not come back."""

import io
import json
import os
import sqlite3
import tarfile
import threading

import pytest
from click.testing import CliRunner

from app import settings
from app.cli import main
from app.workflow import data, projects, registry, stages, verifying
from app.workflow.backup import LIST, backup
from app.workflow.home import open_home
from app.workflow.restoring import restore
from engine.errors import Refused, TamperedArtifact, Unavailable, UnreadableFile, UnusableOption
from store import db, head
from store import projects as store_projects
from tests.app.prepared import prepare
from tests.app.workflow.test_stages import release


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A home with a dataset that is really sealed (with an empty folder in it) and a prepared, released version."""
    folder = tmp_path_factory.mktemp("before")
    home, _ = prepare(folder, "approved")
    release(home, "leaving:1")
    stages.promote(home, "leaving:1")
    source = folder / "uploads" / "t.csv"
    source.write_text("a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(60)))
    data.bring(home, source, "t.csv")
    for name in ("work/half", "locks/worker-0.lock", "logs/empty"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    (folder / "scored" / "none").mkdir()
    return home


@pytest.fixture(scope="module")
def kept(home, tmp_path_factory):
    return backup(home, tmp_path_factory.mktemp("safe") / "home.tar").file


def lay_out(file, home):
    """Restore; the prepared version has no files, so that verifying it ends there, after the home is back."""
    with pytest.raises(TamperedArtifact, match="its manifest is gone"):
        list(restore(settings.load(home), file))


def test_what_comes_back_is_what_was_there(home, kept, tmp_path):
    lay_out(kept, tmp_path / "after")
    after = open_home(settings.load(tmp_path / "after"))
    assert registry.show(after, "leaving").policy == registry.show(home, "leaving").policy
    (known,) = [view.dataset.id for view in data.every_dataset(after) if view.dataset.name == "t"]
    assert data.load(after, known).equals(data.load(home, known))
    assert after.key == home.key
    assert "unbroken chain" in next(verifying.verify(after, None))
    with tarfile.open(kept) as archive:  # else a record that goes on meanwhile would seem to be cut off
        assert archive.getnames()[0] == head.FILE
    assert os.stat(after.path / "key").st_mode & 0o077 == 0
    assert (after.path / "scored" / "none").is_dir()
    assert not (after.path / "work" / "half").exists()
    assert not (after.path / "locks" / "worker-0.lock").exists()


def test_a_backup_is_the_owners_only_and_never_overwritten(home, kept):
    assert os.stat(kept).st_mode & 0o077 == 0
    with pytest.raises(Refused, match="exists already"):
        backup(home, kept)
    with pytest.raises(UnusableOption, match="lies in the home itself"):
        backup(home, home.path / "scored" / "b.tar")


def test_while_others_write_it_is_of_one_moment(home, tmp_path):
    done = threading.Event()

    def write():
        number = 0
        while not done.is_set():
            with db.writing(home.engine) as session:  # two rows or none
                for half in ("a", "b"):
                    store_projects.create(session=session, name=f"{half}{number}")
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        file = backup(home, tmp_path / "b.tar").file
    finally:
        done.set()
        writer.join()
    with tarfile.open(file) as archive:
        archive.extract("handrail.db", tmp_path, filter="data")
    with sqlite3.connect(tmp_path / "handrail.db") as copy:
        names = [name for (name,) in copy.execute("SELECT name FROM project")]
    assert sum(name.startswith("a") for name in names) == sum(name.startswith("b") for name in names)
    assert projects.every(home)


def test_a_home_that_is_not_empty_stays_as_it_is(kept, tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(Refused, match="is not empty"):
        list(restore(settings.load(tmp_path), kept))
    assert [p.name for p in tmp_path.iterdir()] == ["mine"]


def rewritten(kept, to, change):
    """Copy an archive, each member as ``change`` has it: a list of (entry, bytes)."""
    with tarfile.open(kept) as source, tarfile.open(to, "w") as target:
        for member in source:
            body = source.extractfile(member).read() if member.isreg() else b""
            for entry, content in change(member, body):
                entry.size = len(content)
                target.addfile(entry, io.BytesIO(content))
    return to


def flip(member, body):
    return [(member, bytes([body[0] ^ 1]) + body[1:] if member.name == "key" else body)]


def leave_out(member, body):
    return [] if member.name == "key" else [(member, body)]


def put_in(name, kind=tarfile.REGTYPE):
    def change(member, body):
        extra = tarfile.TarInfo(name)
        extra.type, extra.linkname = kind, "/etc"
        return (
            [(extra, b"x" if kind == tarfile.REGTYPE else b""), (member, body)]
            if member.name == "key"
            else [(member, body)]
        )

    return change


def newer(member, body):
    return [(member, json.dumps(json.loads(body) | {"database": "9999"}).encode() if member.name == LIST else body)]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        (flip, UnreadableFile, "is damaged: 'key' is not what was kept"),
        (leave_out, UnreadableFile, "'key' is not what was kept"),
        (put_in("more"), UnreadableFile, "'more' is not what was kept"),
        (put_in("key"), UnreadableFile, "stands in it twice"),
        (lambda m, b: [(m, b)] if m.name != LIST else [], UnreadableFile, "its end is missing"),
        (put_in("../outside"), Refused, "would land outside"),
        (put_in("datasets/../../outside"), Refused, "would land outside"),
        (put_in("/etc/outside"), Refused, "would land outside"),
        (put_in("..\\outside"), Refused, "would land outside"),
        (put_in("C:/outside"), Refused, "would land outside"),
        (put_in("link", tarfile.SYMTYPE), Refused, "is no plain file"),
        (put_in("link", tarfile.LNKTYPE), Refused, "is no plain file"),
        (put_in("pipe", tarfile.FIFOTYPE), Refused, "is no plain file"),
        (newer, Unavailable, "newer version of Handrail"),
    ],
    ids=["bit", "left out", "added", "twice", "no end", "up", "through", "absolute", "backslash", "drive", "symlink",
         "hard link", "pipe", "newer"],
)  # fmt: skip
def test_what_was_done_to_it_is_refused(kept, tmp_path, change, error, words):
    harmed = rewritten(kept, tmp_path / "harmed.tar", change)
    with pytest.raises(error, match=words):
        list(restore(settings.load(tmp_path / "home"), harmed))
    assert [p.name for p in tmp_path.iterdir()] == ["harmed.tar"]


@pytest.mark.parametrize("cut", [0, 100, 512, 0.3, 0.7, 0.9])
def test_a_part_of_it_is_refused(kept, tmp_path, cut):
    body = kept.read_bytes()
    (tmp_path / "part.tar").write_bytes(body[: int(cut if cut >= 1 else cut * len(body))])
    with pytest.raises(UnreadableFile):
        list(restore(settings.load(tmp_path / "home"), tmp_path / "part.tar"))
    assert not (tmp_path / "home").exists()


def test_as_commands(tmp_path):
    def call(*arguments):
        return CliRunner().invoke(main, [str(a) for a in arguments])

    home, _ = prepare(tmp_path / "a", "empty")
    told = json.loads(call("backup", tmp_path / "b.tar", "--home", home.path, "--json").stdout)
    assert told["files"] >= 2
    assert told["bytes"] == (tmp_path / "b.tar").stat().st_size
    said = call("restore", tmp_path / "b.tar", "--home", tmp_path / "c")
    assert (said.exit_code, "is restored in" in said.stdout) == (0, True)
    assert call("backup", tmp_path / "b.tar", "--home", home.path).exit_code == 1
    assert call("restore", tmp_path / "ghost.tar", "--home", tmp_path / "d").exit_code == 2
    assert not (tmp_path / "d").exists()


def test_a_registry_elsewhere_is_said_to_be_elsewhere(home, tmp_path):
    chosen = home.settings.model_copy(update={"database_url": "postgresql://u@host/x", "home": tmp_path / "h"})
    with pytest.raises(UnusableOption, match="database server"):
        list(restore(chosen, tmp_path / "b.tar"))
    elsewhere = type(home)(chosen, home.engine)
    with pytest.raises(UnusableOption, match="pg_dump"):
        backup(elsewhere, tmp_path / "b.tar")
