"""Sealed folders: whatever happens to them is noticed before anything is opened."""

import json
import os
import shutil

import pytest

from engine.errors import TamperedArtifact
from store import artifacts

KEY = bytes(32)


@pytest.fixture
def sealed(tmp_path):
    """Three files, one in a sub-folder, and the digest on record."""
    folder = tmp_path / "run"
    (folder / "model").mkdir(parents=True)
    (folder / "problem.json").write_text("{}")
    (folder / "model" / "learner.pkl").write_bytes(bytes(range(256)))
    (folder / "model" / "empty").touch()
    return folder, artifacts.seal(folder, key=KEY)


def test_an_untouched_folder_is_returned(sealed):
    folder, digest = sealed
    assert artifacts.verify(folder, expected=digest, key=KEY) == folder


def flip_a_bit(folder):
    path = folder / "model" / "learner.pkl"
    data = bytearray(path.read_bytes())
    data[17] ^= 1
    path.write_bytes(data)


def rename(folder):
    (folder / "problem.json").rename(folder / "question.json")


def swap_for_a_link(folder):
    path = folder / "problem.json"
    shutil.copy(path, folder.parent / "elsewhere")
    path.unlink()
    path.symlink_to(folder.parent / "elsewhere")


def reseal_with_another_key(folder):
    (folder / "problem.json").write_text("[]")
    artifacts.seal(folder, key=b"x" * 32)


def edit_the_manifest(folder):
    (folder / "added").write_text("code")
    manifest = json.loads((folder / "MANIFEST.json").read_text())
    manifest["files"]["added"] = "0"
    (folder / "MANIFEST.json").write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    "harm",
    [
        flip_a_bit,
        rename,
        swap_for_a_link,
        reseal_with_another_key,
        edit_the_manifest,
        lambda f: (f / "model" / "empty").unlink(),
        lambda f: (f / "model" / "empty").write_text("x"),
        lambda f: (f / "extra.py").write_text("import os"),
        lambda f: (f / "model" / "more").mkdir(),
        lambda f: (f / "MANIFEST.json").unlink(),
    ],
    ids=["bit", "renamed", "link", "other key", "manifest", "removed", "filled", "added", "folder", "no manifest"],
)
def test_whatever_was_done_to_it_is_refused(sealed, harm):
    folder, digest = sealed
    harm(folder)
    with pytest.raises(TamperedArtifact, match="not what was sealed"):
        artifacts.verify(folder, expected=digest, key=KEY)


def test_the_key_is_made_once_and_is_the_owners_only(tmp_path):
    key = artifacts.installation_key(tmp_path)
    assert artifacts.installation_key(tmp_path) == key
    assert len(key) == 32
    assert os.stat(tmp_path / "key").st_mode & 0o077 == 0


def test_a_published_folder_replaces_an_earlier_one_whole(tmp_path):
    for text in ("first", "second"):
        work = tmp_path / "work"
        work.mkdir()
        (work / text).touch()
        artifacts.publish(work, tmp_path / "runs" / "r1")
    assert [p.name for p in (tmp_path / "runs" / "r1").iterdir()] == ["second"]
