"""`handrail combine` and `handrail datasets`, and that the same recipe gives newer files the same columns."""

import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from app import settings
from app.cli import main
from app.workflow import combining, data
from app.workflow.home import open_home
from engine.data.read import read_file
from engine.data.written import write
from engine.domain.dataset import ColumnType, Measure

CUSTOMERS = "id,signed,left\n007,2024-03-01,yes\n8,2024-03-01,no\n9,2024-06-01,no\n"
ORDERS = "id,on,amount,kind\n7,2024-01-01,2,new\n7,2024-02-01,3.5,old\n7,2024-04-01,9,late\n8,2024-03-01,1,same day\n"


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, Path]:
    for name, text in (("customers", CUSTOMERS), ("orders", ORDERS)):
        (tmp_path / f"{name}.csv").write_text(text)
    return str(tmp_path / "customers.csv"), str(tmp_path / "orders.csv"), tmp_path / "out.csv"


def run(*words: object) -> tuple[int, dict]:
    told = CliRunner().invoke(main, [str(word) for word in words])
    return told.exit_code, json.loads(told.stdout)


def test_only_what_lies_before_reaches_the_file(files) -> None:
    base, other, out = files
    status, report = run("combine", base, other, "--time", "signed", "--other-time", "on", "-o", out, "--json")
    assert status == 0
    assert report["matched"]["matched"] == 2
    assert report["known_after"] == []
    assert any("'007' is 7" in note for note in report["notes"])
    assert out.read_text().splitlines()[1:] == [
        '"007",2024-03-01,"yes",2,29,5.5,2.75,3.5,"old"',
        '"8",2024-03-01,"no",0,,0,,,',
        '"9",2024-06-01,"no",0,,0,,,',
    ]


def test_no_cell_and_no_name_of_the_text_file_starts_a_formula(files) -> None:
    base, other, out = files
    Path(base).write_text("id,=name,change\n7,=1+1,-3\n8,@home,+49 170 1\n9,Ada,-4.5\n")
    assert run("combine", base, other, "--on", "id", "--count", "-o", out, "--json")[0] == 0
    head, *rows = out.read_text().splitlines()
    assert "'=name" in head
    assert [row.split(",")[1] for row in rows] == ['"\'=1+1"', '"\'@home"', '"Ada"']
    exact = out.with_suffix(".parquet")  # which no spreadsheet runs
    assert run("combine", base, other, "--on", "id", "--count", "-o", exact, "--json")[0] == 0
    assert list(pd.read_parquet(exact)["=name"]) == ["=1+1", "@home", "Ada"]


def test_without_a_time_the_new_columns_are_proposed_as_known_afterwards(files) -> None:
    base, other, out = files
    told = CliRunner().invoke(
        main, ["combine", base, other, "--on", "id", "--count", "--max", "amount", "-o", str(out)]
    )
    assert told.exit_code == 0
    assert f'Next: handrail check {out} --known-after "orders_count" --known-after "amount_max"' in told.stdout
    assert pd.read_csv(out)["amount_max"].tolist()[0] == 9


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--on", "id", "--take", "kind"], "a plain join would multiply rows"),
        (["--on", "id=kunde"], "no column called 'kunde'"),
        (["--on", "left=kind"], "No row finds its key"),
        (["--time", "signed"], "but not which rows of the second table lie before"),
        (["--like", "nothing"], "There is no model called 'nothing'"),
    ],
)
def test_what_cannot_be_combined_is_refused_and_nothing_written(home, files, words, says) -> None:
    base, other, out = files
    status, report = run("combine", base, other, *words, "-o", out, "--json")
    assert status == 2
    assert says in report["error"]["problem"]
    assert not out.exists()


def test_a_time_is_no_key_where_it_must_lie_before(files, tmp_path) -> None:
    base, _, out = files
    calls = tmp_path / "calls.csv"
    calls.write_text("id,signed,calls\n007,2024-03-01,1\n007,2024-02-01,2\n8,2024-03-01,3\n9,2024-06-01,4\n")
    status, report = run("combine", base, calls, "--time", "signed", "--other-time", "signed", "-o", out, "--json")
    assert status == 0
    assert report["recipe"]["keys"] == [["id", "id"]]
    assert pd.read_csv(out)["calls_sum"].tolist() == [2, 0, 0]


def test_the_wizard_and_the_command_combine_alike(home, files, tmp_path) -> None:
    base, _, out = files
    calls = tmp_path / "calls.csv"
    calls.write_text("id,signed,calls\n007,2024-03-01,1\n007,2024-02-01,2\n8,2024-03-01,3\n9,2024-06-01,4\n")
    opened = open_home(settings.load(home))
    known = [data.bring(opened, Path(path), Path(path).name) for path in (base, calls)]
    ids, sides = [view.dataset.id for view in known], [combining.side(opened, view) for view in known]
    for times in ({}, {"time": "signed", "other_time": "signed"}):
        words = [word for name, column in times.items() for word in (f"--{name.replace('_', '-')}", column)]
        report = run("combine", base, calls, *words, "-o", out, "--json")[1]
        keys = combining.suggest_keys(opened, *ids, **times)
        assert report["recipe"]["keys"] == [list(pair) for pair in keys]
        recipe, _ = combining.plan(*sides, keys=keys, **times)
        made = combining.combine(opened, *ids, recipe)
        assert (report["recipe"], report["columns"]) == (recipe.model_dump(mode="json"), list(made.contract.names))
        assert report["notes"] == list(made.notes)


@pytest.mark.parametrize(("out", "says"), [("x.txt", "what kind of file"), ("no/x.csv", "There is no folder")])
def test_a_file_that_cannot_be_written_is_said_first(files, tmp_path, out, says) -> None:
    status, report = run("combine", "absent.csv", "absent.csv", "-o", tmp_path / out, "--json")
    assert status == 2
    assert says in report["error"]["problem"]


def test_a_file_is_never_written_over_itself(files) -> None:
    base, other, _ = files
    status, report = run("combine", base, other, "-o", base, "--json")
    assert (status, Path(base).read_text()) == (2, CUSTOMERS)
    assert "is one of the files to combine" in report["error"]["problem"]


def test_newer_files_are_combined_as_before_with_the_types_a_person_corrected(home, files, tmp_path) -> None:
    base, other, out = files
    opened = open_home(settings.load(home))
    first, second = data.bring(opened, Path(base), "customers.csv"), data.bring(opened, Path(other), "orders.csv")
    data.correct(opened, second.dataset.id, "amount", type=ColumnType.CATEGORY)
    second = data.dataset(opened, second.dataset.id)
    wanted = [(Measure.COUNT, None), (Measure.LAST, "amount")]
    sides = [combining.side(opened, known) for known in (first, second)]
    recipe, _ = combining.plan(*sides, keys=(("id", "id"),), wanted=wanted, time="signed", other_time="on")
    made = combining.combine(opened, first.dataset.id, second.dataset.id, recipe).dataset
    newer = tmp_path / "newer.csv"
    newer.write_text("id,signed\n8,2024-09-01\n7,2024-03-01\n")
    status, report = run("combine", newer, other, "--like", made.id, "-o", out, "--json")
    assert status == 0
    assert report["columns"] == ["id", "signed", "orders_count", "amount_last"]
    assert out.read_text().splitlines()[1:] == ['"8",2024-09-01,1,"1"', '"7",2024-03-01,2,"3.5"']
    status, listed = run("datasets", "--json")
    assert [row["name"] for row in listed["datasets"]] == ["customers + orders", "orders", "customers"]
    assert listed["datasets"][0]["made_of"]["recipe"] == recipe.model_dump(mode="json")
    assert "no project" in CliRunner().invoke(main, ["datasets"]).stdout


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_what_is_written_is_read_as_it_was_meant(tmp_path, suffix) -> None:
    frame = pd.DataFrame(
        {
            "whole": [1.0, None, 3e6],
            "number": [0.1, 2.0, None],
            "day": pd.to_datetime(["2024-02-01", None, "2024-02-03"]),
            "moment": pd.to_datetime(["2024-02-01 10:00:00", "2024-02-01 10:00:01", None]),
            "text": ["--" if suffix == ".csv" else "=1+1", 'a "b", c', None],
            "code": ["007", "08", "9"],
        }
    )
    kinds = ("INTEGER", "NUMBER", "DATETIME", "DATETIME", "CATEGORY", "CATEGORY")
    types = dict(zip(frame, (ColumnType[kind] for kind in kinds), strict=True))
    assert write(frame, types, tmp_path / f"t{suffix}") == ()
    again = read_file(tmp_path / f"t{suffix}").frame
    pd.testing.assert_frame_equal(again, frame)


def test_two_names_that_would_be_one_stay_two_and_it_is_said_where_apostrophes_stand(tmp_path) -> None:
    frame = pd.DataFrame({"=x": [1.0], "'=x": [2.0], "said": ["@home"], "plain": ["home"]}, dtype=object)
    frame[["=x", "'=x"]] = frame[["=x", "'=x"]].astype(float)
    types = dict(zip(frame, (ColumnType.NUMBER, ColumnType.NUMBER, *[ColumnType.CATEGORY] * 2), strict=True))
    assert write(frame, types, tmp_path / "t.csv") == ("=x", "said")
    assert (tmp_path / "t.csv").read_text().splitlines()[1] == '1,2,"\'@home","home"'
