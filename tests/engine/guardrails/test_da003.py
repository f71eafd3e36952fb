import numpy as np
import pytest

from engine.domain.outcome import Action, Severity
from tests.engine.guardrails.checking import check, fixed, flagged


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (lambda n: np.full(n, 7.0), "‘7’ in every row"),
        (lambda n: np.array(["x"] * n, dtype=object), "‘x’ in every row"),
        (lambda n: np.full(n, np.nan), "empty in every row"),
        (lambda n: np.where(np.arange(n) % 50 == 0, 1.5, np.nan), "empty in 98 % of the rows"),
    ],
    ids=["number", "word", "empty", "nearly empty"],
)
def test_a_column_that_says_nothing_is_flagged(clean, values, words):
    frame = clean.assign(dull=values(len(clean)))
    outcomes = check("DA003", frame)
    found = flagged(outcomes)
    assert list(found) == ["dull"]
    assert found["dull"].severity is Severity.WARNING
    assert words in found["dull"].problem
    assert found["dull"].remedy is not None
    assert found["dull"].remedy.action is Action.DROP_COLUMNS
    assert not flagged(fixed(frame, outcomes)[1])


def test_one_value_beside_gaps_still_says_something(clean):
    frame = clean.assign(vip=np.where(np.arange(len(clean)) % 3 == 0, "yes", None))
    assert not flagged(check("DA003", frame))


def test_ignored_columns_are_not_spoken_of(clean):
    assert not flagged(check("DA003", clean.assign(dull=1.0), ignored=["dull"]))
