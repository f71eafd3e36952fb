"""Bringing data: one snapshot for the same file, corrections that last, a seal that is checked."""

import shutil
from types import SimpleNamespace

import pytest

from app import settings
from app.workflow import data, projects, question, verifying, wizarding
from app.workflow.home import open_home
from engine.data import snapshot
from engine.domain.dataset import ColumnType, Rejection, Role
from engine.errors import TamperedArtifact, UnusableInput

ROWS = "zip,age,bought\n" + "".join(f"{10000 + i % 40},{20 + i % 50},{'yes' if i % 4 else 'no'}\n" for i in range(120))


@pytest.fixture
def opened(home):
    return open_home(settings.load(home))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "shop.csv"
    path.write_text(ROWS)
    return path


def test_the_same_file_twice_is_one_dataset(opened, table, tmp_path):
    first = data.bring(opened, table, "shop.csv")
    copy = tmp_path / "copy.csv"
    copy.write_text(ROWS)
    assert data.bring(opened, copy, "copy.csv").dataset.id == first.dataset.id
    assert len(data.every_dataset(opened)) == 1


@pytest.mark.parametrize("harm", [shutil.rmtree, lambda folder: (folder / data.TABLE).write_bytes(b"")])
@pytest.mark.parametrize("other_bytes", [False, True])
def test_a_file_that_is_brought_again_heals_its_snapshot(opened, table, monkeypatch, harm, other_bytes):
    known = data.bring(opened, table, "shop.csv").dataset
    harm(opened.dataset(known.id))
    with pytest.raises(TamperedArtifact):
        data.load(opened, known.id)
    if other_bytes:  # as another release of the library would write
        monkeypatch.setattr(snapshot, "write", lambda frame, path: frame.to_parquet(path, compression=None))
    data.bring(opened, table, "shop.csv")
    assert len(data.load(opened, known.id)) == 120
    assert "unbroken chain" in next(verifying.verify(opened, None))
    assert not any((opened.path / "work").iterdir())


def test_a_newer_file_of_the_same_table_is_compared_with_the_one_before(opened, table, tmp_path):
    project = projects.create(opened, "shop")
    first = data.bring(opened, table, "shop.csv", project_id=project.id)
    newer = tmp_path / "newer.csv"
    newer.write_text(ROWS.replace("zip,age", "zip,years").replace("yes", "1").replace("no", "0"))
    notes = data.bring(opened, newer, "newer.csv", project_id=project.id).notes
    assert notes[:3] == (
        "The table before had 'age'; this one has not.",
        "The table before did not have 'years'.",
        "In the table before, 'bought' held words; here it holds numbers.",
    )
    assert first.notes == data.bring(opened, table, "shop.csv").notes
    other = tmp_path / "other.csv"
    other.write_text("a,b\n1,2\n3,4\n")
    assert not any("table before" in note for note in data.bring(opened, other, "o", project_id=project.id).notes)


def test_a_correction_changes_contract_and_profile_and_lasts(opened, table):
    known = data.bring(opened, table, "shop.csv")
    assert known.contract.column("zip").type is ColumnType.CATEGORY
    data.correct(opened, known.dataset.id, "zip", type=ColumnType.INTEGER, role=Role.IGNORED)
    again = data.dataset(opened, known.dataset.id)
    corrected = again.contract.column("zip")
    assert (corrected.type, corrected.role) == (ColumnType.INTEGER, Role.IGNORED)
    assert (corrected.minimum, corrected.maximum, corrected.levels) == (10000, 10039, None)
    zips = again.profile.column("zip")
    assert (zips.type, zips.distinct, zips.minimum) == (ColumnType.INTEGER, 40, 10000)
    data.correct(opened, known.dataset.id, "zip", type=ColumnType.CATEGORY)
    assert set(data.dataset(opened, known.dataset.id).contract.column("zip").levels or ()) == {
        str(10000 + i) for i in range(40)
    }


def test_what_a_person_adds_to_a_column_changes_nothing_else_of_it(opened, table):
    known = data.bring(opened, table, "shop.csv")
    data.correct(opened, known.dataset.id, "zip", unit="district")
    data.correct(opened, known.dataset.id, "zip", note="of the shop")
    before, after = known.contract.column("zip"), data.dataset(opened, known.dataset.id).contract.column("zip")
    assert after == before.model_copy(update={"unit": "district", "note": "of the shop"})


def test_a_snapshot_that_was_changed_is_not_read(opened, table):
    known = data.bring(opened, table, "shop.csv")
    path = opened.dataset(known.dataset.id) / data.TABLE
    changed = bytearray(path.read_bytes())
    changed[len(changed) // 2] ^= 1
    path.write_bytes(changed)
    with pytest.raises(TamperedArtifact, match=r"table\.parquet was changed"):
        data.load(opened, known.dataset.id)


def test_a_new_file_closes_the_question_asked_about_the_old_one(opened, table, tmp_path):
    project = projects.create(opened, "shop")
    data.bring(opened, table, "shop.csv", project_id=project.id)
    question.frame_problem(opened, project.id, question.Answers(target="bought"))
    other = tmp_path / "other.csv"
    other.write_text(ROWS.replace("age", "years"))
    data.bring(opened, other, "other.csv", project_id=project.id)
    assert projects.project(opened, project.id).problem_id is None


def test_a_question_needs_a_table(opened):
    project = projects.create(opened, "empty")
    with pytest.raises(UnusableInput, match=r"no table yet.*Bring a file"):
        question.frame_problem(opened, project.id, question.Answers(target="bought"))


@pytest.mark.parametrize(
    ("given", "kept", "model"),
    [
        ("Kündigungen 2026", "Kündigungen 2026", "kundigungen-2026"),
        ("Straße ™", "Straße ™", "strasse-tm"),
        ("Пассажиры 1912", "Пассажиры 1912", "1912"),
        ("a" * 59 + " b", "a" * 59 + " b", "a" * 59),
        ("../../etc/passwd", "../../etc/passwd", "etc-passwd"),
        ("<b>x</b>\n\x00y", "<b>x</b> y", "b-x-b-y"),
        ("  ", "Untitled", "untitled"),
        ("数据", "数据", "model"),
    ],
)
def test_a_projects_name_is_kept_and_its_models_name_is_safe(opened, given, kept, model):
    project = projects.create(opened, given)
    assert project.name == kept
    assert projects.model_name(project.name) == model


def test_a_name_that_is_taken_gets_a_number(opened):
    names = [projects.create(opened, "shop").name for _ in range(3)]
    assert names == ["shop", "shop 2", "shop 3"]
    assert projects.called(opened, "shop").name == "shop"
    assert projects.called(opened, "another") is None
    assert len(projects.every(opened)) == 3


def test_a_list_of_rejected_lines_starts_no_formula():
    told = (Rejection(line=3, reason="3 fields found."), Rejection(line=9, reason="=1+2 is no row."))
    known = SimpleNamespace(dataset=SimpleNamespace(rejected=told))
    lines = wizarding.rejections_as_csv(known).splitlines()
    assert lines == ["line,reason", "3,3 fields found.", "9,'=1+2 is no row."]
