import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Severity
from engine.domain.problem import Task
from engine.problem.rows import labels, usable
from tests.engine.guardrails.checking import check, fixed, flagged


def graded(counts: dict[object, int]) -> pd.DataFrame:
    """Rows with as many of each grade as ``counts`` says."""
    random = np.random.default_rng(1)
    grades = [grade for grade, rows in counts.items() for _ in range(rows)]
    return pd.DataFrame({"x": random.normal(size=len(grades)), "grade": grades})


def test_rows_without_an_answer_are_left_out(clean):
    frame = clean.copy()
    frame.loc[::10, "bought"] = None
    outcomes = check("DA006", frame)
    found = flagged(outcomes)["bought"]
    assert (found.severity, found.evidence["rows"]) == (Severity.WARNING, 60)
    assert found.remedy is not None
    assert found.remedy.action is Action.DROP_ROWS
    assert not flagged(fixed(frame, outcomes)[1])


@pytest.mark.parametrize(
    ("counts", "action", "values", "classes"),
    [
        ({3.0: 30, 4.0: 200, 8.0: 90, 9.0: 5}, Action.MERGE_LEVELS, ("8", "9"), ("3", "4", "8 or 9")),
        ({1.0: 4, 2.0: 3, 3.0: 90, 4.0: 90}, Action.MERGE_LEVELS, ("1", "2", "3"), ("1 or 2 or 3", "4")),
        ({1.0: 4, 2.0: 90, 3.0: 90, 4.0: 80, 5.0: 3}, Action.DROP_ROWS, ("1", "5"), ("2", "3", "4")),
        ({"a": 90, "b": 90, "c": 6, "d": 6}, Action.MERGE_LEVELS, ("c", "d"), ("a", "b", "c or d")),
        ({"a": 90, "b": 90, "c": 6}, Action.DROP_ROWS, ("c",), ("a", "b")),
    ],
    ids=["neighbour", "two small neighbours", "both ends", "words", "one word"],
)
def test_a_class_too_rare_is_united_or_left_out(counts, action, values, classes):
    frame = graded(counts)
    outcomes = check("DA006", frame, "grade")
    found = flagged(outcomes)["grade"]
    assert found.severity is Severity.BLOCKER
    assert found.remedy is not None
    assert (found.remedy.action, found.remedy.values) == (action, values)
    problem, after = fixed(frame, outcomes, "grade")
    assert not flagged(after)
    assert sorted(problem.classes) == sorted(classes)
    assert set(labels(usable(frame, problem), problem)) == set(classes)
    assert problem.task is (Task.BINARY if len(classes) == 2 else Task.MULTICLASS)


def test_a_rare_yes_has_no_remedy_but_more_rows():
    found = flagged(check("DA006", graded({"no": 200, "yes": 5}), "grade"))["grade"]
    assert (found.severity, found.remedy) == (Severity.BLOCKER, None)
    assert "Bring more" in found.fix


def test_a_number_to_predict_has_no_classes(clean):
    assert not flagged(check("DA006", clean, "income"))
