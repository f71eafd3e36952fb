"""The cases that a use contract allows: narrower than what was learned, never wider."""

import pytest

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.policy import Allowed
from engine.errors import UnusableOption
from engine.policy.allowed import require_sensible, restricted, said

CONTRACT = DataContract(
    columns=(
        ColumnContract(name="age", type=ColumnType.INTEGER, minimum=18, maximum=95),
        ColumnContract(name="job", type=ColumnType.CATEGORY, levels=("nurse", "clerk", "cook")),
        ColumnContract(name="since", type=ColumnType.DATETIME, first="2020-01-01T00:00:00", last="2025-12-31T00:00:00"),
    )
)


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Allowed(column="age", maximum=65), "18 to 65"),
        (Allowed(column="age", minimum=0, maximum=200), "18 to 95"),
        (Allowed(column="job", levels=("cook", "king")), "‘cook’"),
        (Allowed(column="since", first="2022-06-01T00:00:00"), "2022-06-01 to 2025-12-31"),
    ],
    ids=["narrower", "wider", "levels", "dates"],
)
def test_nobody_can_allow_what_was_not_learned(limit, words):
    (column,) = restricted(CONTRACT, (limit,)).columns
    assert said(column) == words
    require_sensible(CONTRACT, (limit,))


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Allowed(column="shoe"), "does not use ‘shoe’"),
        (Allowed(column="age", minimum=70, maximum=65), "No value of ‘age’ would be allowed: 70 to 65"),
        (Allowed(column="age", minimum=200), "200 to 95"),
        (Allowed(column="job", levels=("king",)), "No value of ‘job’"),
        (Allowed(column="since", first="2030-01-01T00:00:00"), "2030-01-01 to 2025-12-31"),
    ],
    ids=["no column", "crossed", "outside", "no level", "no day"],
)
def test_limits_that_leave_nothing_are_refused(limit, words):
    with pytest.raises(UnusableOption, match=words):
        require_sensible(CONTRACT, (limit,))
