import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Action, Remedy
from engine.domain.problem import Problem, Task
from engine.problem.remedies import apply_remedy
from engine.problem.rows import encode, labels, usable


@pytest.fixture
def grades() -> pd.DataFrame:
    """Seven rows; the grade of the last is missing, the first two rows are identical."""
    return pd.DataFrame(
        {
            "grade": [1.0, 1.0, 2.0, 3.0, 9.0, 10.0, np.nan],
            "town": ["a", "a", "b", None, "c", "c", "a"],
            "age": [30.0, 30.0, 999.0, 40.0, 50.0, 60.0, 70.0],
        }
    )


@pytest.fixture
def problem() -> Problem:
    return Problem(task=Task.MULTICLASS, target="grade", classes=("1", "2", "3", "9", "10"), metric="log_loss")


def test_rows_without_an_answer_are_left_out_and_the_others_keep_their_labels(grades, problem):
    assert usable(grades, problem).index.tolist() == [0, 1, 2, 3, 4, 5]


def test_whole_numbers_are_labels_without_a_point(grades, problem):
    frame = usable(grades, problem)
    assert labels(frame, problem).tolist() == ["1", "1", "2", "3", "9", "10"]
    assert encode(frame, problem).tolist() == [0, 0, 1, 2, 3, 4]


def test_a_regression_keeps_its_numbers(grades):
    problem = Problem(task=Task.REGRESSION, target="grade", metric="rmse")
    assert encode(usable(grades, problem), problem).tolist() == [1, 1, 2, 3, 9, 10]


@pytest.mark.parametrize(
    ("remedy", "left"),
    [
        (Remedy(action=Action.DROP_ROWS, columns=("town",)), [0, 1, 2, 4, 5]),
        (Remedy(action=Action.DROP_ROWS, columns=("town",), values=("c",)), [0, 1, 2, 3]),
        (Remedy(action=Action.DROP_ROWS, columns=("grade",), values=("9", "10")), [0, 1, 2, 3]),
        (Remedy(action=Action.DEDUPLICATE, columns=("age",)), [0, 2, 3, 4, 5]),
        (Remedy(action=Action.DROP_ROWS, columns=("gone",)), [0, 1, 2, 3, 4, 5]),
    ],
    ids=["missing", "holding", "numbers", "twice", "absent"],
)
def test_remedies_drop_rows(grades, problem, remedy, left):
    assert usable(grades, apply_remedy(problem, remedy)).index.tolist() == left


def test_remedies_change_values_in_a_copy(grades, problem):
    problem = apply_remedy(problem, Remedy(action=Action.SET_MISSING, columns=("age",), values=("999",)))
    problem = apply_remedy(problem, Remedy(action=Action.MERGE_LEVELS, columns=("town",), values=("b", "c")))
    frame = usable(grades, problem)
    assert np.isnan(frame["age"].iloc[2])
    assert frame["town"].tolist() == ["a", "a", "b or c", None, "b or c", "b or c"]
    assert grades["age"].iloc[2] == 999.0


def test_rare_answers_become_one(grades, problem):
    problem = apply_remedy(problem, Remedy(action=Action.MERGE_LEVELS, columns=("grade",), values=("9", "10")))
    frame = usable(grades, problem)
    assert problem.classes == ("1", "2", "3", "9 or 10")
    assert encode(frame, problem).tolist() == [0, 0, 1, 2, 3, 3]


def test_many_united_answers_are_called_other(problem):
    remedy = Remedy(action=Action.MERGE_LEVELS, columns=("grade",), values=("2", "3", "9", "10"))
    merged = apply_remedy(problem, remedy)
    assert (merged.task, merged.classes) == (Task.BINARY, ("1", "other"))
