"""Rows that agree in everything but the answer: how much of the score they cost."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Severity
from engine.guardrails.data_contradictions import doubles
from tests.engine.guardrails.checking import check, flagged


def contradicted(frame: pd.DataFrame, rows: int, **other: object) -> pd.DataFrame:
    """The table and its first rows once more, with other answers."""
    again = frame.head(rows)
    turned = again.assign(**{name: change(again[name]) for name, change in other.items()})
    return pd.concat([frame, turned], ignore_index=True)


def flip(answers: pd.Series) -> pd.Series:
    return answers.map({"yes": "no", "no": "yes"})


@pytest.mark.parametrize(("rows", "severity"), [(8, Severity.NOTE), (60, Severity.WARNING)])
def test_contradicting_rows_bound_the_score(clean, rows, severity):
    frame = contradicted(clean, rows, bought=flip)
    found = flagged(check("DA005", frame))[""]
    assert found.severity is severity
    assert found.evidence["rows"] == 2 * rows
    assert found.evidence["cannot_be_told"] == pytest.approx(rows / len(frame))
    assert 0.5 < found.evidence["best_roc_auc"] < 1
    assert len(found.examples) == 5
    assert "rows 1 and 601 agree" in " ".join(found.examples)


def test_numbers_may_contradict_each_other_too(clean):
    frame = contradicted(clean.drop(columns="bought"), 100, weight=lambda w: w + 20)
    found = flagged(check("DA005", frame, "weight"))[""]
    assert found.severity is Severity.WARNING
    # Half of the difference of 20 is missed in 200 of 700 rows.
    assert found.evidence["best_rmse"] == pytest.approx(np.sqrt(200 / 700 * 100))


def test_where_few_differences_are_possible_more_columns_are_needed(clean):
    found = flagged(check("DA005", clean[["region", "visits", "bought"]]))[""]
    assert found.severity is Severity.NOTE
    assert "Add columns" in found.fix


def test_agreeing_rows_and_single_slips_pass(clean):
    assert not flagged(check("DA005", clean))
    assert not flagged(check("DA005", contradicted(clean, 60)))
    assert not flagged(check("DA005", contradicted(clean, 2, bought=flip)))


def test_rows_that_say_nothing_do_not_contradict_each_other(clean):
    frame = clean.copy()
    frame.loc[:300, [c for c in frame if c != "bought"]] = None
    frame["visits"] = frame["visits"].astype(float)
    assert not flagged(check("DA005", frame.assign(income=frame["income"].astype(float))))


def test_rows_are_doubles_in_every_column_or_not_at_all():
    frame = pd.DataFrame({"a": [1.0, 1.0, 1.0, np.nan, np.nan, 1.0], "b": ["x", "y", "x", None, None, "x"]})
    at, codes = doubles(frame, ["a", "b"])
    assert at.tolist() == [0, 2, 5]
    assert len(set(codes)) == 1
