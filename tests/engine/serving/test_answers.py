import numpy as np

from engine.serving.answers import Words

FEW = Words(("a", "a\0b", "b"), np.array([1, 0, 2, 1]))


def test_a_column_holds_the_words_as_they_are_spelled() -> None:
    """Words that differ after a NUL are not the same."""
    assert FEW.column().tolist() == FEW.spelled().tolist() == ["a\0b", "a", "b", "a\0b"]


def test_a_word_that_stands_twice_is_one() -> None:
    again = FEW.where(np.array([False, True, False, False]), "b")
    assert again.column().tolist() == again.spelled().tolist() == ["a\0b", "b", "b", "a\0b"]
    assert again.column().value_counts().to_dict() == {"a": 0, "a\0b": 2, "b": 2}
