"""A file is kept as it was brought and can be read once more in another way."""

import json
import stat

import pytest
from click.testing import CliRunner

from app import settings
from app.cli import main
from app.workflow import data, projects, verifying
from app.workflow.home import open_home
from engine.domain.dataset import Reading
from engine.errors import NotFound, TamperedArtifact, UnusableOption

TEXT = "Report v1.2\nOrt;Preis\nМосква;1,234\nТула;2,345\nОмск;3,456\n"


@pytest.fixture
def opened(home):
    return open_home(settings.load(home))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "sales v1.2.csv"
    path.write_bytes(TEXT.encode("cp1251"))
    return path


def test_another_reading_is_another_dataset_of_the_same_file(opened, table):
    project = projects.create(opened, "sales")
    first = data.bring(opened, table, table.name, project_id=project.id)
    table.unlink()
    said = Reading(encoding="koi8_r", decimal=".")
    second = data.reread(opened, first.dataset.id, said, project_id=project.id)
    assert second.dataset.id != first.dataset.id
    assert (second.dataset.sha256, second.dataset.name) == (first.dataset.sha256, first.dataset.name)
    assert second.dataset.reading == said
    assert first.preview[0] == {"Ort": "Москва", "Preis": "1.234"}
    assert second.preview[0] == {"Ort": "лНЯЙБЮ", "Preis": "1234"}
    assert projects.project(opened, project.id).dataset_id == second.dataset.id
    assert data.reread(opened, second.dataset.id, said).dataset.id == second.dataset.id
    assert data.reread(opened, second.dataset.id, Reading()).dataset.id == first.dataset.id


def test_the_file_is_kept_once_and_only_its_owner_may_read_it(opened, table):
    first = data.bring(opened, table, table.name)
    data.reread(opened, first.dataset.id, Reading(decimal="."))
    (kept,) = (opened.path / "originals").iterdir()
    assert kept.name == f"{first.dataset.sha256}.zst"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert list((opened.path / "work").iterdir()) == []


def test_an_impossible_reading_is_refused_by_the_name_of_the_file(opened, table):
    first = data.bring(opened, table, table.name)
    with pytest.raises(UnusableOption, match="No line of this file is divided by"):
        data.reread(opened, first.dataset.id, Reading(delimiter="|"))


@pytest.mark.parametrize("damage", [lambda b: b[:-3], lambda b: b"\0" * len(b), lambda b: b + b"x"])
def test_a_kept_file_that_was_changed_is_not_read(opened, table, damage):
    first = data.bring(opened, table, table.name)
    (kept,) = (opened.path / "originals").iterdir()
    kept.write_bytes(damage(kept.read_bytes()))
    with pytest.raises(TamperedArtifact, match="not what was brought"):
        data.reread(opened, first.dataset.id, Reading(decimal="."))
    with pytest.raises(TamperedArtifact, match="not what was brought"):
        list(verifying.verify(opened, None))
    data.bring(opened, table, table.name)  # as it was told to
    assert data.reread(opened, first.dataset.id, Reading(decimal=".")).dataset.sha256 == first.dataset.sha256
    assert any(line.startswith("The file of the table") for line in verifying.verify(opened, None))
    kept.unlink()
    with pytest.raises(NotFound, match="no longer here"):
        data.reread(opened, first.dataset.id, Reading(decimal="."))


def test_the_command_line_takes_a_persons_word(table, home):
    options = ["--encoding", "koi8_r", "--decimal", ".", "--delimiter", "semicolon", "--first-row", "2", "--json"]
    result = CliRunner().invoke(main, ["preview", str(table), *options])
    report = json.loads(result.stdout)
    assert report["sample"][0] == {"Ort": "лНЯЙБЮ", "Preis": "1,234"}
    assert report["columns"][1] == {"name": "Preis", "type": "integer"}
    assert {key: report["reader"][key] for key in ("encoding", "first_row", "header_rows")} == {
        "encoding": "koi8_r", "first_row": 2, "header_rows": 1,
    }  # fmt: skip
    checked = CliRunner().invoke(main, ["check", str(table), "--encoding", "koi8_r", "--json"])
    assert json.loads(checked.stdout)["dataset"]["reader"]["encoding"] == "koi8_r"


def test_the_command_line_refuses_an_impossible_word(table, home):
    result = CliRunner().invoke(main, ["preview", str(table), "--delimiter", "|", "--json"])
    assert result.exit_code == 2
    assert "divided by '|'" in json.loads(result.stdout)["problem"]
