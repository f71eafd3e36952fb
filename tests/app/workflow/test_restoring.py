"""Restoring into a home that is there and empty: a volume, say, or where a link leads."""

import os
import shutil

import pytest

from app import settings
from app.workflow import backup, data, restoring
from app.workflow.home import open_home
from engine.errors import Refused, UnreadableFile
from tests.app.workflow.test_backup import flip, rewritten


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept")
    home = open_home(settings.load(folder / "home"))
    file = folder / "t.csv"
    file.write_text("a,b\n" + "".join(f"{i},{i % 3}\n" for i in range(60)))
    data.bring(home, file, "t.csv")
    return backup.backup(home, folder / "home.tar").file


@pytest.fixture
def volume(tmp_path):
    """An empty folder that stays the same one, in a folder in which nothing is made or removed."""
    place = tmp_path / "root" / "data"
    place.mkdir(parents=True)
    os.utime(place.parent, ns=(1, 1))
    before = place.stat().st_ino
    yield place
    assert place.stat().st_ino == before
    assert place.parent.stat().st_mtime_ns == 1


def restore(home, file):
    return list(restoring.restore(settings.load(home), file))


def assert_whole(home):
    assert [view.dataset.name for view in data.every_dataset(open_home(settings.load(home)))] == ["t"]
    assert not list(home.glob(".restoring-*"))


def killed(monkeypatch, at):
    """Let a restore end like a process that is killed when it moves something up: nothing is cleared away."""
    real = os.rename

    def rename(source, target):
        if target.name == at:
            monkeypatch.setattr(restoring, "_undo", lambda half, home: None)
            raise KeyboardInterrupt
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)


def test_a_volume_is_filled(volume, kept):
    assert any(line.startswith("The table t:") for line in restore(volume, kept))
    assert_whole(volume)


def test_a_link_stays_one_and_is_followed(volume, kept, tmp_path):
    link = tmp_path / "link"
    link.symlink_to(volume)
    restore(link, kept)
    assert link.is_symlink()
    assert_whole(volume)


def test_a_damaged_file_leaves_it_empty(volume, kept, tmp_path):
    with pytest.raises(UnreadableFile, match="'key' is not what was kept"):
        restore(volume, rewritten(kept, tmp_path / "harmed.tar", flip))
    assert not list(volume.iterdir())


def test_a_file_without_a_registry_is_none(volume, kept, tmp_path, monkeypatch):
    monkeypatch.setattr(restoring, "REGISTRY", "other.db")
    with pytest.raises(UnreadableFile, match="there is no registry in it"):
        restore(volume, kept)
    assert not list(volume.iterdir())


@pytest.mark.parametrize("at", ["datasets", "key", "handrail.db"])
def test_what_fails_while_it_is_moved_up_leaves_it_empty(volume, kept, monkeypatch, at):
    real = os.rename

    def rename(source, target):
        if target.name == at:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "rename", rename)
    with pytest.raises(OSError, match="No space"):
        restore(volume, kept)
    assert not list(volume.iterdir())


@pytest.mark.parametrize("at", ["datasets", "key", "handrail.db"])
def test_one_that_was_killed_while_it_moved_up_can_be_tried_again(volume, kept, monkeypatch, at):
    with monkeypatch.context() as patched:
        killed(patched, at)
        with pytest.raises(KeyboardInterrupt):
            restore(volume, kept)
    assert list(volume.glob(".restoring-*"))
    assert not (volume / "handrail.db").exists()
    restore(volume, kept)
    assert_whole(volume)


def test_one_that_was_killed_while_it_unpacked_can_be_tried_again(volume, kept):
    (volume / ".restoring-lost" / "home" / "datasets").mkdir(parents=True)
    restore(volume, kept)
    assert_whole(volume)


def test_a_home_that_somebody_opened_since_is_theirs(volume, kept, monkeypatch):
    with monkeypatch.context() as patched:
        killed(patched, "key")
        with pytest.raises(KeyboardInterrupt):
            restore(volume, kept)
    (volume / "handrail.db").write_text("theirs")
    with pytest.raises(Refused, match="is not empty"):
        restore(volume, kept)
    assert (volume / "handrail.db").read_text() == "theirs"
    assert (volume / "datasets").is_dir()


def test_what_somebody_puts_into_it_meanwhile_is_theirs(volume, kept, monkeypatch):
    real = restoring._unpack

    def unpack(file, to):
        real(file, to)
        (volume / "key").write_text("theirs")

    monkeypatch.setattr(restoring, "_unpack", unpack)
    with pytest.raises(Refused, match="is not empty"):
        restore(volume, kept)
    assert [(path.name, path.read_text()) for path in volume.iterdir()] == [("key", "theirs")]


@pytest.mark.parametrize("absent", [False, True], ids=["empty", "absent"])
def test_of_two_at_once_the_first_one_goes_on(kept, tmp_path, monkeypatch, absent):
    home = tmp_path / "home"
    if not absent:
        home.mkdir()
    real = restoring._unpack

    def unpack(file, to):
        with pytest.raises(Refused, match="Another restore fills the home"):
            restore(home, kept)
        real(file, to)

    monkeypatch.setattr(restoring, "_unpack", unpack)
    restore(home, kept)
    assert_whole(home)
    assert [path.name for path in tmp_path.iterdir()] == ["home"]


def test_what_a_restore_left_is_in_no_backup(volume, kept, tmp_path):
    restore(volume, kept)
    (volume / ".restoring-lost" / "home").mkdir(parents=True)
    (volume / ".restoring-lost" / "home" / "key").write_text("x")
    again = backup.backup(open_home(settings.load(volume)), tmp_path / "again.tar").file
    shutil.rmtree(volume / ".restoring-lost")
    restore(tmp_path / "after", again)
    assert_whole(tmp_path / "after")
