import errno

import pytest

from engine.errors import DiskFull, Failed, OutOfMemory, TooShort, UnusableRows, UnusableTarget
from engine.training.failures import nothing_fitted, translated


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (MemoryError(), OutOfMemory, "more than the 3.5 GB"),
        (OSError(errno.ENOSPC, "No space left on device"), DiskFull, "disk is full"),
        (KeyError("c7"), Failed, "KeyError"),
    ],
    ids=["memory", "disk", "ours"],
)
def test_what_ends_a_training_is_said_in_plain_words(error, kind, words):
    refusal = translated(error, 3.5)
    assert type(refusal) is kind
    assert words in refusal.problem
    assert refusal.fix.endswith(".")


def test_a_refusal_stays_what_it_is():
    refusal = UnusableTarget("All alike.", fix="Choose another.")
    assert translated(refusal, 1.0) is refusal


@pytest.mark.parametrize(
    ("causes", "kind", "words"),
    [
        ([], TooShort, "In 0.1 minutes no model could be fitted to 36,000 rows."),
        (["TimeLimitExceeded", "InsufficientTime"], TooShort, "no model"),
        (["TimeLimitExceeded", "NotEnoughMemoryError"], TooShort, "no model"),
        (["NotEnoughMemoryError"], OutOfMemory, "2.0 GB"),
        (["OSError", "TimeLimitExceeded"], DiskFull, "disk"),
        (["ValueError", "LightGBMError"], UnusableRows, "LightGBMError, ValueError"),
    ],
)
def test_why_nothing_was_fitted(causes, kind, words):
    refusal = nothing_fitted(causes, minutes=0.1, rows=36_000, needed=1.5, gigabytes=2.0)
    assert type(refusal) is kind
    assert words in refusal.problem


def test_a_budget_that_is_too_short_says_what_is_enough():
    assert "at least 1.5 minutes" in nothing_fitted([], minutes=0.1, rows=9, needed=1.5, gigabytes=2.0).fix
