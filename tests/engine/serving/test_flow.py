"""A large file is read, answered and written piece by piece; what comes out is what looking at it as a whole gives."""

import csv
import multiprocessing
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from engine.data import stream
from engine.domain.dataset import Reading
from engine.errors import EmptyTable, Unavailable, UnusableInput
from engine.serving import batch, cells, crew, pieces, scored, sheet
from engine.serving.batch import score_file
from engine.serving.cells import own_names
from engine.serving.package import write_served
from engine.serving.scorer import Scorer
from tests.engine.serving.served import OPENED, Fake, fake_scorer, make_served

NAMES = ["code", "name", "age", "balance", "job", "since", "note"]
Scored = tuple[Path, dict[str, Any], Path, dict[str, Any]]
Both = Callable[..., Scored]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(Scorer, "open", lambda folder: Scorer(make_served(), Fake()))
    return write_served(make_served(), tmp_path / "package")


@pytest.fixture
def both(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    """Score a file as a whole, and seven rows at a time."""

    def score(
        source: Path, suffix: str, processes: int = 0, **more: Any
    ) -> tuple[Path, dict[str, Any], Path, dict[str, Any]]:
        whole, pieces = tmp_path / f"whole{suffix}", tmp_path / f"pieces{suffix}"
        first = score_file(package, source, whole, **more)
        with monkeypatch.context() as small:
            small.setattr(batch, "LARGE", {"csv": 0, "parquet": 0})
            small.setattr(stream, "PIECE", 7)
            small.setattr(scored, "_CHUNK", 3)
            small.setattr(batch, "_BESIDE", {"csv": 0, "parquet": 0})
            small.setattr(crew, "size", lambda _: processes)
            small.setattr(batch._Asked, "opening", property(lambda _: fake_scorer))  # another process sees no patches
            return whole, first, pieces, score_file(package, source, pieces, **more)

    return score


def rows(count: int = 40) -> list[list[str]]:
    """Ordinary rows, and from the second piece on what no beginning promises."""
    table = [[f"{i:03}", "Eve", str(20 + i % 60), "5.25", "clerk", "2022-05-01", "fine"] for i in range(count)]
    table[3][2] = table[4][3] = table[5][4] = table[6][5] = ""
    table[12][2], table[13][2], table[14][2] = "ten", "n/a", " 41 "
    table[15][1], table[16][1], table[17][6] = "=1+2", "@x", "-x"
    table[18][4], table[19][4] = " nurse ", "pilot"
    table[20][2], table[21][3], table[22][5] = "99", "-1000", "1999-12-31"
    table[23][6], table[24][1] = 'she said "no",\nthen yes', "a,b"
    table[25][3], table[26][3] = "1e400", "+7"
    return table


def written(path: Path, table: list[list[str]], delimiter: str = ",") -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(NAMES)
        writer.writerows(table)
    return path


def same(first: dict[str, Any], second: dict[str, Any]) -> bool:
    apart = {"seconds", "out"}
    return {k: v for k, v in first.items() if k not in apart} == {k: v for k, v in second.items() if k not in apart}


@pytest.mark.parametrize("explain", [False, True])
def test_text_piece_by_piece_is_text_as_a_whole(both: Both, tmp_path: Path, explain: bool) -> None:
    whole, first, pieces, second = both(written(tmp_path / "rows.csv", rows()), ".csv", explain=explain)
    assert pieces.read_bytes() == whole.read_bytes()
    assert same(first, second)
    assert first["unreadable"] == {"age": 1}
    with pieces.open(newline="") as file:
        told = list(csv.DictReader(file))
    assert [told[i]["name"] for i in (15, 16)] == ["'=1+2", "'@x"]
    assert [told[i]["note"] for i in (17, 23)] == ["'-x", 'she said "no",\nthen yes']
    assert [told[i]["balance"] for i in (21, 26)] == ["-1000", "+7"]


def test_processes_beside_write_what_this_one_writes(both: Both, tmp_path: Path) -> None:
    """Also where columns turn out to be words after all, and what was begun is begun again."""
    table, told = rows(), []
    table[25][3], table[30][3] = "7", "much"
    OPENED.clear()
    source = written(tmp_path / "rows.csv", table)
    whole, first, pieces, second = both(source, ".parquet", 2, on_rows=lambda *done: told.append(done[0]))
    assert not OPENED
    pd.testing.assert_frame_equal(pd.read_parquet(pieces), pd.read_parquet(whole))
    assert same(first, second)
    assert told[-1] == 40


def test_where_two_find_no_memory_one_goes_on(both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch, "_Piecework", Fatal)
    whole, first, pieces, second = both(written(tmp_path / "rows.csv", rows()), ".csv", 2)
    assert pieces.read_bytes() == whole.read_bytes()
    assert same(first, second)


class Fatal(batch._Piecework):
    """Ends every process that is not the one that reads."""

    def __call__(self, scorer: Scorer, packed: bytes) -> Any:
        if multiprocessing.parent_process() is not None:
            os._exit(9)
        return super().__call__(scorer, packed)


@pytest.mark.parametrize("name", ["0.csv", "0.parquet"])
def test_no_room_on_the_way_is_not_the_fault_of_what_is_written(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to("/dev/full")
    table = pa.table({"a": range(100_000)})
    for write in (pieces.lay, partial(sheet.as_piece, first=True)):
        with pytest.raises(Unavailable, match="folder for temporary files"):
            write(table, tmp_path / name)


@pytest.mark.parametrize("vast", ["1e39", "inf"])
def test_a_number_too_large_to_hold_is_missing_also_among_words(both: Both, tmp_path: Path, vast: str) -> None:
    table = rows()
    table[25][3], table[30][3] = vast, "much"
    whole, first, pieces, second = both(written(tmp_path / "rows.csv", table), ".csv")
    assert pieces.read_bytes() == whole.read_bytes()
    assert same(first, second)
    assert first["unreadable"] == {"age": 1, "balance": 1}


def test_what_is_begun_anew_is_in_nobodys_way(both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process finds words among numbers while the other goes on to write rows that nobody wants any more."""
    monkeypatch.setattr(batch, "_Piecework", Busy)
    table = rows()
    table[25][3], table[30][3] = "7", "much"
    whole, first, pieces, second = both(written(tmp_path / "rows.csv", table), ".parquet", 2)
    pd.testing.assert_frame_equal(pd.read_parquet(pieces), pd.read_parquet(whole))
    assert same(first, second)


class Busy(batch._Piecework):
    """Has the first process fail late, and the second write beside it until there is nothing to write to."""

    def __call__(self, scorer: Scorer, piece: tuple[int, Path]) -> Any:
        number, place = piece
        if "balance" not in self.kinds or multiprocessing.parent_process() is None:
            return super().__call__(scorer, piece)
        if number == 0:
            time.sleep(0.5)
            raise cells.NotTyped(frozenset({"balance"}))
        until = time.monotonic() + 1.5
        while time.monotonic() < until:
            for i in range(200):
                (place.parent / f"{number}-{i}").write_bytes(b"rows")
        return None


def test_a_model_that_is_not_there_is_not_the_fault_of_what_is_written(
    both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(*_: object) -> None:
        raise FileNotFoundError(2, "No such file or directory", "model/predictor.pkl")

    monkeypatch.setattr(batch, "_Piecework", lambda *_: absent)
    with pytest.raises(FileNotFoundError, match=r"predictor\.pkl"):
        both(written(tmp_path / "rows.csv", rows()), ".csv")


def test_a_formula_among_numbers_is_none(both: Both, tmp_path: Path) -> None:
    table = rows()
    table[30][2] = "=cmd|' /C calc'!A0"
    _, _, pieces, _ = both(written(tmp_path / "rows.csv", table), ".csv")
    with pieces.open(newline="") as file:
        assert [row["age"] for row in csv.DictReader(file)][30].startswith("'=cmd")


def test_types_that_hold_to_the_end_are_written(both: Both, tmp_path: Path) -> None:
    """``age`` holds a word in its second piece, so it stays text; as a whole it is text too."""
    _, first, pieces, second = both(written(tmp_path / "rows.csv", rows()), ".parquet")
    told = pq.read_table(pieces)
    kinds = {name: str(told.schema.field(name).type) for name in NAMES}
    assert kinds["age"] == "string"
    assert kinds["balance"] == "double"
    assert kinds["since"] == "timestamp[ns]"
    assert told.column("age").to_pylist()[12] == "ten"
    assert same(first, second)


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_parquet_piece_by_piece_is_parquet_as_a_whole(both: Both, tmp_path: Path, suffix: str) -> None:
    frame = pd.DataFrame(
        {
            "key": range(40),
            "age": [float(20 + i) if i % 9 else None for i in range(40)],
            "balance": [i * 10 for i in range(40)],
            "job": pd.Categorical(["clerk", "nurse", "pilot", None] * 10),
            "since": [pd.Timestamp("2022-05-01 10:30") + pd.Timedelta(days=i) for i in range(40)],
            "note": [" =1 ", "", None, "fine"] * 10,
            "flag": [True, False] * 20,
        }
    )
    frame.to_parquet(tmp_path / "rows.parquet", index=False)
    whole, first, pieces, second = both(tmp_path / "rows.parquet", suffix)
    assert same(first, second)
    if suffix == ".csv":
        assert pieces.read_bytes() == whole.read_bytes()
    else:
        assert pq.read_table(pieces).to_pylist() == pq.read_table(whole).to_pylist()


def test_a_file_of_decimal_commas_is_read_so_to_its_end(both: Both, tmp_path: Path) -> None:
    table = rows()
    for i, row in enumerate(table):
        row[3] = f"1.2{i:02},5"
    table[26][3] = "7"
    whole, first, pieces, second = both(
        written(tmp_path / "rows.csv", table, ";"), ".csv", reading=Reading(delimiter=";")
    )
    assert pieces.read_bytes() == whole.read_bytes()
    assert same(first, second)
    assert first["unreadable"] == {"age": 1}


def by_month(_: Fake, frame: pd.DataFrame) -> np.ndarray:
    yes = frame["since"].dt.month.fillna(0).to_numpy() / 13
    return np.stack([1 - yes, yes], axis=1)


@pytest.mark.parametrize("plain", [0, 35])
def test_dates_that_need_the_whole_column_are_read_as_a_whole(
    both: Both, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plain: int
) -> None:
    """Sorted by their day, so of the first pieces alone nobody could say; or in another way than all the others."""
    table = rows()
    for i, row in enumerate(table[plain:], plain):
        row[5] = f"{1 + i // 2:02}/{1 + i % 12:02}/2022"
    monkeypatch.setattr(Fake, "predict", by_month)
    whole, first, pieces, second = both(written(tmp_path / "rows.csv", table), ".csv")
    assert pieces.read_bytes() == whole.read_bytes()
    assert same(first, second)


def test_lines_that_do_not_fit_are_left_out_and_counted(both: Both, tmp_path: Path) -> None:
    source = written(tmp_path / "rows.csv", rows())
    lines = source.read_text().splitlines(keepends=True)
    lines[10] = "only,three,cells\n"
    lines.insert(20, ",,,,,,\n")
    source.write_text("".join(lines))
    whole, first, pieces, second = both(source, ".csv")
    assert pieces.read_bytes() == whole.read_bytes()
    assert first["rejected_rows"] == second["rejected_rows"] == 1


def test_what_is_no_even_text_is_read_as_a_whole(both: Both, tmp_path: Path) -> None:
    source = written(tmp_path / "rows.csv", rows())
    source.write_bytes(source.read_bytes().replace(b"Eve", b"J\xf6rg", 1).replace(b"Eve", "Zo\u00eb".encode(), 20))
    whole, first, pieces, second = both(source, ".csv")
    assert pieces.read_bytes() == whole.read_bytes()
    assert same(first, second)


def test_what_cannot_be_answered_leaves_no_file(both: Both, tmp_path: Path) -> None:
    table = rows()
    for row in table:
        row[2] = "many"
    with pytest.raises(UnusableInput, match="'age' holds other values"):
        both(written(tmp_path / "rows.csv", table), ".csv")
    with pytest.raises(EmptyTable):
        both(written(tmp_path / "none.csv", []), ".csv")
    assert not list(tmp_path.glob(".*part*"))


def test_a_column_called_like_an_answer_keeps_a_name_of_its_own() -> None:
    assert own_names(["trust", "trust (before)", "age"], ["trust"]) == {
        "trust (before) (before)": "trust", "trust (before)": "trust (before)", "age": "age",
    }  # fmt: skip
