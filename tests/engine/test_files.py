"""A file is whole whenever it is there."""

import os
import stat

import pytest

from engine.files import whole, write_whole


def names(folder):
    return [path.name for path in folder.iterdir()]


def test_of_two_who_write_it_at_once_the_last_one_stays(tmp_path):
    path = tmp_path / "F.CSV"
    with whole(path) as late:
        with whole(path) as early:
            early.write_text("early")
        late.write_text("late")
        assert path.read_text() == "early"
        assert late.suffix == ".csv"  # writers go by it
    assert path.read_text() == "late"
    assert names(tmp_path) == ["F.CSV"]


@pytest.mark.parametrize("durable", [False, True])
def test_one_that_is_broken_off_leaves_what_was_there(tmp_path, durable):
    path = tmp_path / "f"
    write_whole(path, "before", durable=durable)
    with pytest.raises(ZeroDivisionError), whole(path, durable=durable) as half:
        half.write_text(str(1 // 0))
    assert path.read_text() == "before"
    assert names(tmp_path) == ["f"]


def test_one_that_cannot_take_its_place_leaves_nothing(tmp_path):
    (tmp_path / "f").mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path / "f", "")
    assert names(tmp_path) == ["f"]


def test_it_is_its_owners_unless_it_is_for_everybody(tmp_path):
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "own", "")
        with whole(tmp_path / "open") as half:
            half.write_text("")
    finally:
        os.umask(before)
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("own", "open")] == [0o600, 0o644]
