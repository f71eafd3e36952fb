import sqlite3
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.domain.left import LeftCase
from engine.domain.service import Prediction
from engine.errors import Unavailable, UnusableOption
from engine.serving import logfile
from engine.serving.log import DecisionLog, OutcomeReport, retention_days
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW


def rows(path: Path, table: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
    finally:
        connection.close()


def test_decisions_are_kept_without_row_values(tmp_path: Path, scorer: Scorer) -> None:
    log = DecisionLog(tmp_path / "deep" / "log.sqlite")
    told = scorer.predict([ROW, {**ROW, "age": 99}])
    log.decisions("churn:3", told)
    log.close()
    kept = rows(log.path, "answered")
    assert [r[1] for r in kept] == [p.decision_id for p in told]
    assert kept[1][3:] == ("churn:3", "yes", "0.010000,0.990000", "call", "caution", "out_of_range", None, "", None)
    assert b"called twice" not in log.path.read_bytes()


def test_a_batch_is_kept_whole_and_in_its_order(tmp_path: Path, scorer: Scorer) -> None:
    log = DecisionLog(tmp_path / "log.sqlite")
    told = scorer.predict([ROW] * 901)
    log.decisions("churn:3", told)
    log.decisions("churn:3", told[400:])
    assert log.outcomes([OutcomeReport(p.decision_id, str(i)) for i, p in enumerate(told)]) == 901
    log.close()
    assert [r[:2] for r in rows(log.path, "answered")] == [(i, p.decision_id) for i, p in enumerate(told, 1)]
    assert [r[1:3] for r in rows(log.path, "reported")] == [(p.decision_id, str(i)) for i, p in enumerate(told)]


def test_a_later_outcome_replaces_the_earlier(tmp_path: Path) -> None:
    log = DecisionLog(tmp_path / "log.sqlite")
    assert log.outcomes([OutcomeReport("a", "no"), OutcomeReport("b", "yes", "2026-01-01")]) == 2
    assert log.outcomes([OutcomeReport("a", "yes")]) == 1
    log.close()
    assert sorted(r[1:4] for r in rows(log.path, "reported")) == [("a", "yes", None), ("b", "yes", "2026-01-01")]


def test_old_entries_are_swept(tmp_path: Path, scorer: Scorer) -> None:
    path = tmp_path / "log.sqlite"
    first = DecisionLog(path, keep_days=30)
    first.decisions("m:1", scorer.predict([ROW, ROW]))
    first.close()
    old = (datetime.now(UTC) - timedelta(days=31)).isoformat()
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("UPDATE answered SET at = ? WHERE number = 1", (old,))
    connection.close()
    second = DecisionLog(path, keep_days=30)
    second.outcomes([OutcomeReport("a", "no")])
    second.close()
    assert len(rows(path, "answered")) == 1


def test_a_log_that_cannot_be_written_costs_no_answer(tmp_path: Path, scorer: Scorer) -> None:
    (tmp_path / "file").write_text("in the way")
    log = DecisionLog(tmp_path / "file" / "log.sqlite")
    log.decisions("m:1", scorer.predict([ROW]))
    with pytest.raises(Unavailable, match="could not be written"):
        log.outcomes([OutcomeReport("a", "no")])
    log.close()
    assert log.dropped == 2


@pytest.mark.parametrize("told", ["30d", "0", "-1", "999999", "3.5"])
def test_how_long_entries_are_kept_is_never_guessed(told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HANDRAIL_SERVICE_LOG_DAYS", told)
    with pytest.raises(UnusableOption, match=f"is '{told}', which is no number of days"):
        retention_days()
    monkeypatch.setenv("HANDRAIL_SERVICE_LOG_DAYS", " 30 ")
    assert retention_days() == 30
    monkeypatch.setenv("HANDRAIL_SERVICE_LOG_DAYS", "")
    assert retention_days() == 90


def abstaining(scorer: Scorer, rows: int) -> list[Prediction]:
    told = scorer.predict([ROW] * rows)
    return [prediction.model_copy(update={"trust": "abstain"}) for prediction in told]


def test_a_case_left_to_a_person_is_kept_for_that_person_by_its_columns(tmp_path: Path, scorer: Scorer) -> None:
    log = DecisionLog(tmp_path / "log.sqlite")
    (told,) = abstaining(scorer, 1)
    log.decisions("churn:3", [told], rows=[{**ROW, "extra": "planted"}], columns=["age", "note", "absent"], keys=["k"])
    log.close()
    ((*_, key, application, left),) = rows(log.path, "answered")
    assert (key, application) == ("k", "")
    case = LeftCase.model_validate_json(str(left))
    assert (case.row, case.probabilities) == ({"age": 40, "note": "called twice", "absent": None}, told.probabilities)
    assert b"planted" not in log.path.read_bytes()


def test_what_was_answered_first_stands_and_no_number_is_given_twice(tmp_path: Path, scorer: Scorer) -> None:
    told = scorer.predict([ROW, ROW], keys=["k", "l"])
    for _ in range(2):
        log = DecisionLog(tmp_path / "log.sqlite")
        log.decisions("churn:3", told)
        log.close()
    assert [r[0] for r in rows(log.path, "answered")] == [1, 2]
    with closing(logfile.opened(log.path)) as connection:
        logfile.sweep(connection, datetime.now(UTC) + timedelta(days=1))
    log = DecisionLog(log.path)
    log.decisions("churn:3", scorer.predict([ROW]))
    log.close()
    ((number, *_),) = rows(log.path, "answered")
    assert int(str(number)) > 2


def test_cases_that_wait_for_a_stuck_disk_do_not_fill_the_memory(tmp_path, scorer, monkeypatch) -> None:
    monkeypatch.setattr("engine.serving.log._HELD", 1000)
    stuck = threading.Event()
    monkeypatch.setattr(logfile, "opened", lambda path, opened=logfile.opened: stuck.wait(10) and opened(path))
    log = DecisionLog(tmp_path / "log.sqlite")
    for _ in range(5):
        log.decisions("churn:3", abstaining(scorer, 1), rows=[{"note": "x" * 600}], columns=["note"])
    stuck.set()
    log.close()
    kept = rows(log.path, "answered")
    assert (len(kept), sum(r[-1] is not None for r in kept), log.dropped) == (5, 1, 4)


def test_a_service_that_nobody_asks_lets_go_too(tmp_path, scorer, monkeypatch) -> None:
    monkeypatch.setattr("engine.serving.log._SWEEP", 0.05)
    log = DecisionLog(tmp_path / "log.sqlite", keep_days=30)
    log.decisions("churn:3", scorer.predict([ROW]))
    log.outcomes([OutcomeReport("a", "no")])
    with closing(sqlite3.connect(log.path)) as connection, connection:
        connection.execute("UPDATE answered SET at = '2020-01-01'")
    end = time.monotonic() + 10
    while rows(log.path, "answered"):
        assert time.monotonic() < end
        time.sleep(0.05)
    log.close()
