import csv
import io
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest

from engine.data.formulas import safe
from engine.domain.dataset import Reading
from engine.domain.policy import Abstention
from engine.domain.problem import Task
from engine.errors import EmptyTable, Unavailable, UnusableInput, UnusableOption
from engine.serving import flow
from engine.serving.batch import score_file
from engine.serving.cells import as_text, header
from engine.serving.intake import take
from engine.serving.package import write_served
from engine.serving.requests import RowReader
from engine.serving.scorer import Scorer
from tests.engine.serving.served import Fake, make_served

# xlsxwriter and openpyxl still ask for the time in UTC without a zone.
pytestmark = pytest.mark.filterwarnings("default:datetime.datetime.utc:DeprecationWarning")

# Four customers: an ordinary one; one too old, with a new job and a formula for a name; one with blanks; one whose age
# is a word. ``code`` would lose its zeros as a number.
LINES = [
    "code,name,age,balance,job,since,note",
    "007,Ann,40,120.50,clerk,2022-05-01,fine",
    '008,"=1+2",99,10,pilot,2022-05-01,"-x"',
    "009,Cid,30,,nurse,,",
    "010,Dot,ten,1000,3,2022-05-01,-5",
]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Yes with probability age / 100; called from 0.3 on."""
    monkeypatch.setattr(Scorer, "open", lambda folder: Scorer(make_served(), Fake()))
    return write_served(make_served(), tmp_path / "package")


@pytest.fixture
def customers(tmp_path: Path) -> Path:
    path = tmp_path / "customers.csv"
    # Enough ordinary rows that one cell of words does not make the column another one.
    more = [f"{i:03},Eve,{20 + i % 60},5,clerk,2022-05-01,fine" for i in range(20, 40)]
    path.write_text("\n".join([*LINES, *more]) + "\n")
    return path


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_file_comes_back_in_order_with_the_answers_beside_it(package: Path, customers: Path, tmp_path: Path) -> None:
    summary = score_file(package, customers, tmp_path / "out.csv")
    told = rows(tmp_path / "out.csv")
    assert list(told[0]) == [
        *LINES[0].split(","), "prediction", "probability_no", "probability_yes", "decision", "trust", "reasons",
    ]  # fmt: skip
    assert [r["code"] for r in told[:4]] == ["007", "008", "009", "010"]
    assert {k: told[0][k] for k in ("age", "balance", "decision", "trust", "reasons")} == {
        "age": "40", "balance": "120.50", "decision": "call", "trust": "ok", "reasons": "",
    }  # fmt: skip
    assert float(told[0]["probability_yes"]) == 0.4
    assert (told[1]["trust"], told[1]["reasons"]) == ("caution", "out_of_range:age; new_category:job")
    assert (told[2]["trust"], told[2]["reasons"]) == ("caution", "missing:balance; missing:since; missing:note")
    assert (told[3]["age"], told[3]["trust"], told[3]["reasons"]) == ("ten", "caution", "missing:age")
    assert told[3]["prediction"] == "no"
    assert summary["rows"] == 24
    assert summary["flagged"] == sum(r["decision"] == "call" for r in told)
    assert summary["trust"] == {"ok": 21, "caution": 3}
    assert summary["unreadable"] == {"age": 1}
    assert summary["extra_columns"] == ["code", "name"]
    assert summary["seconds"] > 0


def test_no_cell_can_start_a_formula(package: Path, customers: Path, tmp_path: Path) -> None:
    score_file(package, customers, tmp_path / "out.csv")
    told = rows(tmp_path / "out.csv")
    assert told[1]["name"] == "'=1+2"
    assert told[1]["note"] == "'-x"
    assert told[3]["note"] == "-5"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1 or so", "'+1 or so"),
        ("-2+3", "'-2+3"),
        (" =1", "' =1"),
        ("\t=1", "'\t=1"),
        ("-5.5", "-5.5"),
        ("+49", "+49"),
        ("-", "-"),
        ("--", "--"),
        ("--1", "'--1"),
        ("\ufeff=1", "'\ufeff=1"),
        ("\0@x", "'\0@x"),
        ("\uff1d1+1", "'\uff1d1+1"),
        ("\uff0bx", "'\uff0bx"),
        ("a=b", "a=b"),
        ("ä", "ä"),
    ],
)
def test_what_might_be_a_formula_gets_an_apostrophe(text: str, written: str) -> None:
    assert safe(text) == written


def test_ranked_puts_the_highest_first_and_reasons_stand_in_plain_words(
    package: Path, customers: Path, tmp_path: Path
) -> None:
    score_file(package, customers, tmp_path / "out.xlsx", ranked=True, explain=True)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    table = [[cell.value for cell in row] for row in sheet.iter_rows()]
    found = pd.DataFrame(table[1:], columns=table[0])
    assert found["probability_yes"].is_monotonic_decreasing
    assert found["name"][0] == "=1+2"
    assert sheet["B2"].data_type == "s"
    assert found["code"][0] == "008"
    assert found["age"][0] == 99
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == f"A1:P{len(table)}"
    formats = {str(head.value): cell.number_format for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert formats["probability_yes"] == "0.0%"
    assert formats["since"] == "yyyy-mm-dd hh:mm"
    # The background is 45 years old on average.
    assert found["because_1"][0] == "age 99 raises it by 54 points"
    assert found["because_2"][0] is None or found["because_2"][0] == ""


def test_parquet_keeps_the_types_it_came_with(package: Path, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "id": np.array([2**60, 2**60 + 1], dtype="int64"),
            "age": pd.array([40, None], dtype="Int32"),
            "balance": [1.5, 2.5],
            "job": [3, 4],
            "since": pd.to_datetime(["2022-05-01", None]),
            "note": ["a", None],
            "deposit": [True, False],
        }
    )
    frame.to_parquet(tmp_path / "in.parquet")
    summary = score_file(package, tmp_path / "in.parquet", tmp_path / "out.parquet")
    told = pd.read_parquet(tmp_path / "out.parquet")
    assert told["id"].tolist() == frame["id"].tolist()
    assert told["deposit"].dtype == bool
    assert told["reasons"].tolist() == ["", "missing:age; new_category:job; missing:since; missing:note"]
    assert summary["extra_columns"] == ["id"]


def test_a_text_file_becomes_typed_in_parquet(package: Path, customers: Path, tmp_path: Path) -> None:
    score_file(package, customers, tmp_path / "out.parquet")
    told = pd.read_parquet(tmp_path / "out.parquet")
    assert told["code"][0] == "007"
    assert told["balance"][0] == 120.5
    assert told["since"][0] == pd.Timestamp("2022-05-01")


def test_many_cells_are_made_safe_as_each_by_itself() -> None:
    signs = ["", " ", "\t", "\0", "\xa0", "\ufeff", "=", "@", "+", "-", "\uff1d", "\uff0d", "A", "a", "1", "ä", "'"]
    words = ["".join(some) for some in product(signs, signs, ["", "x", "1"])]
    for rows_ in ([*words, None], [word for word in words if word[:1] in "Aa"]):
        written = as_text({}, pa.table({}), pd.DataFrame({"said": pd.Series(rows_, dtype=object)}))
        assert written["said"].to_pylist() == [word if word is None else safe(word) for word in rows_]


def test_names_with_ends_of_lines_are_one_name_each() -> None:
    names = ["a", "b\r", "c\nd", "e\r\n", "f,g", "=h"]
    (read,) = csv.reader(io.StringIO(header(names, ",").decode(), newline=""))
    assert read == [*names[:-1], "'=h"]


def test_every_absent_column_is_named(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("Age,note,deposit\n40,a,yes\n")
    with pytest.raises(UnusableInput, match="no column 'age', 'balance', 'job', 'since'") as refused:
        score_file(package, path, tmp_path / "out.csv")
    assert "Is 'Age' meant to be 'age'?" in refused.value.fix
    assert not (tmp_path / "out.csv").exists()


def test_a_column_of_other_values_is_refused(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("age,balance,job,since,note\nyoung,1,clerk,2022-05-01,a\nold,2,clerk,2022-05-01,b\n")
    with pytest.raises(UnusableInput, match="'age' holds other values .* 'young'"):
        score_file(package, path, tmp_path / "out.csv")


def test_a_scored_file_can_be_scored_again(package: Path, customers: Path, tmp_path: Path) -> None:
    score_file(package, customers, tmp_path / "once.csv")
    score_file(package, tmp_path / "once.csv", tmp_path / "twice.csv")
    told = rows(tmp_path / "twice.csv")
    assert told[0]["prediction (before)"] == told[0]["prediction"] == "no"
    assert told[1]["name"] == "'=1+2"


def test_a_file_without_rows_is_refused(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("age,balance,job,since,note\n")
    with pytest.raises(EmptyTable, match="no rows"):
        score_file(package, path, tmp_path / "out.csv")


def test_a_place_or_kind_that_cannot_be_written_is_refused(package: Path, customers: Path, tmp_path: Path) -> None:
    with pytest.raises(UnusableOption, match="what kind of file"):
        score_file(package, customers, tmp_path / "out.doc")
    with pytest.raises(UnusableOption, match="no folder"):
        score_file(package, customers, tmp_path / "nowhere" / "out.csv")
    for name in ("out.csv", "out.xlsx", "out.parquet"):
        (tmp_path / name).mkdir()
        with pytest.raises(Unavailable, match="cannot be written"):
            score_file(package, customers, tmp_path / name)


@pytest.mark.parametrize(("explain", "told"), [(False, [450]), (True, [200, 400, 450])])
def test_how_far_it_is_is_told_more_often_where_rows_are_explained(
    explain: bool, told: list[int], package: Path, tmp_path: Path
) -> None:
    line = "40,120.50,clerk,2022-05-01,called twice\n"
    source = tmp_path / "many.csv"
    source.write_text("age,balance,job,since,note\n" + line * 450)
    heard: list[tuple[int, int]] = []
    score_file(package, source, tmp_path / "out.csv", explain=explain, on_rows=lambda *now: heard.append(now))
    assert heard == [(done, 450) for done in told]


def test_a_file_is_read_as_the_one_the_model_learned_from(package: Path, tmp_path: Path) -> None:
    source = tmp_path / "next.csv"
    source.write_text("Report\nage;balance;job;since;note\n40;1,234;clerk;2022-05-01;fine\n" * 1, encoding="utf-8")
    said = Reading(delimiter=";", decimal=",", first_row=2)
    score_file(package, source, tmp_path / "out.csv", reading=said)
    assert [row["balance"] for row in rows(tmp_path / "out.csv")] == ["1,234"]
    assert take(source, make_served().contract, said).columns.features["balance"].tolist() == [1.234]
    # Where it cannot be read so, it is read as it is found to be.
    source.write_text("age,balance,job,since,note\n40,12.5,clerk,2022-05-01,fine\n", encoding="utf-8")
    assert take(source, make_served().contract, said).columns.features["balance"].tolist() == [12.5]


@pytest.mark.parametrize(
    ("written", "decimals", "read"),
    [
        ("1.476", {}, 1476.0),  # another column of the file writes decimals with a comma
        ("1.476", {"balance": "."}, 1.476),
        ("€ 1.476", {}, 1476.0),
        ("€ 1.476", {"balance": "."}, 1.476),
        ("1,5", {"balance": "."}, 1.5),  # what can be read in one way only is read so
        ("1.234,5", {"balance": "."}, 1234.5),
        ("1.5", {"balance": ","}, 1.5),
    ],
)
def test_a_number_is_read_by_the_decimal_sign_that_its_column_had_in_training(
    written: str, decimals: dict[str, str], read: float, tmp_path: Path
) -> None:
    source = tmp_path / "next.csv"
    source.write_text(f"age;balance;job;since;note;rate\n40;{written};clerk;2022-05-01;fine;0,5\n", encoding="utf-8")
    contract, said = make_served().contract, Reading(decimals=decimals)
    assert take(source, contract, said).columns.features["balance"].tolist() == [read]
    with flow.opened(source, "csv", contract, said) as opened:
        (piece,) = opened.pieces
        assert opened.reader.read(piece).columns.features["balance"].tolist() == [read]


@pytest.mark.parametrize("word", ["nurse\u2003", "\u2003nurse", "\u2003", " nurse\xa0\t", "\xa0"])
def test_a_word_is_the_same_in_every_file_and_in_a_call(word: str, tmp_path: Path) -> None:
    served = make_served()
    row = {"age": 40.0, "balance": 1.5, "job": word, "since": "2022-05-01", "note": "fine"}
    frame = pd.DataFrame([row])
    frame.to_csv(tmp_path / "a.csv", index=False)
    frame.to_parquet(tmp_path / "a.parquet")
    (called,) = RowReader(served.contract).read([row]).columns["job"]
    for kind in ("csv", "parquet"):
        source = tmp_path / f"a.{kind}"
        assert take(source, served.contract).columns.features["job"].tolist() == [called]
        with flow.opened(source, kind, served.contract, None) as opened:
            (piece,) = opened.pieces
            assert opened.reader.read(piece).columns.features["job"].tolist() == [called]


@pytest.mark.parametrize(("decimals", "read"), [({}, 1234.0), ({"balance": ","}, 1.234)])
def test_a_comma_that_stood_before_decimals_in_training_does_so_in_a_file_that_does_not_tell(
    decimals: dict[str, str], read: float, tmp_path: Path
) -> None:
    source = tmp_path / "next.csv"
    source.write_text('age,balance,job,since,note\n40,"1,234",clerk,2022-05-01,fine\n', encoding="utf-8")
    columns = take(source, make_served().contract, Reading(decimals=decimals)).columns
    assert columns.features["balance"].tolist() == [read]


@pytest.mark.parametrize("task", [Task.MULTICLASS, Task.REGRESSION], ids=str)
def test_other_questions_have_their_own_columns(
    task: Task, package: Path, customers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ranges = Abstention(coverage=0.9, widths=(10.0,)) if task is Task.REGRESSION else None
    served = make_served(task, limits=ranges)
    write_served(served, package)
    monkeypatch.setattr(Scorer, "open", lambda folder: Scorer(served, Fake(task)))
    summary = score_file(package, customers, tmp_path / "out.csv", ranked=True, explain=True)
    told: list[dict[str, Any]] = list(rows(tmp_path / "out.csv"))
    assert summary["flagged"] is None
    if task is Task.REGRESSION:
        assert [float(told[0][name]) for name in ("prediction", "low", "high")] == [990, 980, 1000]
        assert told[0]["because_1"] == "age 99 raises it by 540"
    else:
        assert {"probability_a", "probability_b", "probability_c"} <= set(told[0])
        assert summary["decisions"] == {"a": 21, "b": 3}
