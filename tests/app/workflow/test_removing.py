"""One obstacle keeps nothing else from being erased, and what stays is named."""

import os

import pytest

from app.workflow import removing
from engine.errors import Refused, Unavailable


def test_a_folder_goes_as_far_as_it_can(tmp_path, monkeypatch):
    folder = tmp_path / "folder"
    for name in ("a", "stays", "z/deep"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    real = os.unlink

    def unlink(path, **more):
        if os.path.basename(path) == "stays":
            raise PermissionError(1, "Operation not permitted")
        real(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(os, "unlink", unlink)
        with pytest.raises(Unavailable, match=r"folder could not be erased \(Operation not permitted\)"):
            removing.remove(folder)
    assert [path.name for path in folder.iterdir()] == ["stays"]
    removing.remove(folder)
    removing.remove(folder)  # it need not be there
    assert not folder.exists()


def test_a_link_goes_and_not_what_it_leads_to(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (tmp_path / "link").symlink_to(kept)
    removing.remove(tmp_path / "link")
    assert list(tmp_path.iterdir()) == [kept]


def test_every_step_is_taken_and_the_first_obstacle_is_told(caplog):
    taken = []

    def failing(error):
        def step():
            raise error

        return step

    first = Refused("One stays.", fix="Help it.")
    with pytest.raises(Refused, match=r"^One stays. Help it.$"):
        removing.each((failing(first), lambda: taken.append(1)))
    assert caplog.records == []  # a refusal says what is wrong: no traceback for whoever erases
    with pytest.raises(Refused, match=r"^One stays. Nor could this be done: no room Help it.$"):
        removing.each((failing(first), lambda: taken.append(2), failing(OSError("no room")), lambda: taken.append(3)))
    assert taken == [1, 2, 3]
    assert [entry.exc_info[1].args for entry in caplog.records] == [("no room",)]
