import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.errors import Unavailable
from engine.serving.log import DecisionLog, OutcomeReport
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
