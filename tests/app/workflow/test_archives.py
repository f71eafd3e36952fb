"""One new file: it appears whole or not at all, and nobody else's goes for it."""

import os

import pytest

from app.workflow.archives import written
from engine.errors import Refused, UnusableOption


@pytest.fixture(params=["links", "no links"])
def folder(request, tmp_path, monkeypatch):
    """A folder on a file system that knows hard links, and on one that does not."""

    def refuse(source, target):
        raise PermissionError(1, "Operation not permitted", str(target))

    if request.param == "no links":
        monkeypatch.setattr(os, "link", refuse)
    return tmp_path


def write(folder, meanwhile=lambda: None):
    with written(folder / "x.tar", folder / "home") as file:
        file.write(b"wh")
        meanwhile()
        file.write(b"ole")


def broken_off(error):
    raise error


def held(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_it_is_its_owners_and_alone(folder):
    write(folder)
    assert held(folder) == {"x.tar": b"whole"}
    assert os.stat(folder / "x.tar").st_mode & 0o077 == 0


def test_a_folder_that_is_not_there_is_named_as_it_was_given(tmp_path):
    with pytest.raises(UnusableOption, match="no folder '.*/nowhere'"):
        write(tmp_path / "nowhere")


def test_a_file_that_is_called_like_an_unfinished_one_stays(folder):
    (folder / "x.tar.part").write_bytes(b"mine")
    write(folder)
    assert held(folder) == {"x.tar": b"whole", "x.tar.part": b"mine"}


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_one_that_is_broken_off_leaves_nothing(folder, error):
    with pytest.raises(error):
        write(folder, lambda: broken_off(error))
    assert held(folder) == {}


def test_one_that_cannot_be_named_leaves_nothing(folder, monkeypatch):
    def refuse(*_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "link", refuse)
    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="Input/output"):
        write(folder)
    assert held(folder) == {}


def test_of_two_at_once_the_first_one_is_kept_and_the_second_is_told(folder):
    with pytest.raises(Refused, match="exists already"):
        write(folder, lambda: write(folder))
    assert held(folder) == {"x.tar": b"whole"}


def test_of_two_at_once_one_that_is_broken_off_takes_nothing_from_the_other(folder):
    def other():
        with pytest.raises(OSError, match="full"):
            write(folder, lambda: broken_off(OSError("full")))

    write(folder, other)
    assert held(folder) == {"x.tar": b"whole"}
