"""Hostile files are refused in words, soon and in little memory, and the process that asked goes on."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from engine.data import confined
from engine.data.read import read_file
from engine.errors import UnreadableFile
from tests.engine.data import hostile

FILES = hostile.EXCEL | hostile.PARQUET
SECONDS, MEGABYTES = 2.0, 300.0


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, object]]:
    """What came of each hostile file, read one after the other in a process of their own."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = [folder / f"{name}.bin" for name in FILES]
    for path, build in zip(paths, FILES.values(), strict=True):
        build(path)
    command = [sys.executable, "-m", "tests.engine.data.trial", *map(str, paths)]
    out = subprocess.run(
        command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True, timeout=300
    )
    return {each["name"]: each for each in json.loads(out.stdout)}


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_file_is_refused_soon_and_in_little_memory(told, name):
    found = told[name]
    assert str(found["refusal"]).startswith(f"{name}.bin ")
    assert found["computing"] < SECONDS
    assert found["megabytes"] < MEGABYTES


def test_a_sheet_that_says_it_is_huge_is_read_if_it_is_not(tmp_path):
    path = tmp_path / "book.xlsx"
    hostile.workbook(path, hostile.sheet(hostile.ROWS, before='<dimension ref="A1:XFD1048576"/>'))
    assert read_file(path).frame["a"].tolist() == [2.0, 3.0, 4.0, 5.0]


@pytest.mark.parametrize("name", ["../../evil.xml", "/tmp/evil.xml", "xl/../../../evil.xml"])  # noqa: S108
def test_nothing_in_a_workbook_is_unpacked_to_disk(tmp_path, name):
    path, inside = tmp_path / "books" / "book.xlsx", tmp_path / "books"
    inside.mkdir()
    hostile.workbook(path, hostile.sheet(hostile.ROWS))
    members = [(name, hostile.text("evil")), ("xl/evil.xml", hostile.text("evil"))]
    hostile.workbook(path, hostile.sheet(hostile.ROWS), more=members)
    read_file(path)
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == ["book.xlsx"]
    assert not Path("/tmp/evil.xml").exists()  # noqa: S108


def test_a_decoder_that_fails_is_logged_and_the_file_refused(tmp_path, caplog):
    path = tmp_path / "book.xlsx"
    hostile.workbook(path, hostile.sheet(hostile.ROWS))
    with tempfile.TemporaryDirectory() as folder, pytest.raises(UnreadableFile, match="book.xlsx cannot be read"):
        confined.decode("workbook", path, Path(folder), {})  # nothing is asked for
    assert "KeyError" in caplog.text
