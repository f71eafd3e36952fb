import pytest

from engine.problem.words import counted, listed, percent, quoted, tokens


def test_names_are_quoted_on_one_line_and_shortened():
    assert quoted("age\n  group") == "‘age group’"
    assert len(quoted("a" * 300)) == 62


def test_lists_end_in_a_word_and_are_cut():
    assert listed(["a"]) == "‘a’"
    assert listed(["a", "b", "c"], last="or") == "‘a’, ‘b’ or ‘c’"
    assert listed(list("abcdefgh"), most=3) == "‘a’, ‘b’ and 6 more"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0, "0 %"),
        (0.00001, "under 0.1 %"),
        (0.004, "0.4 %"),
        (0.12, "12 %"),
        (0.996, "99.6 %"),
        (0.99999, "over 99.9 %"),
        (1, "100 %"),
    ],
)
def test_shares_are_said_as_people_do(share, said):
    assert percent(share) == said


def test_numbers_go_with_their_noun():
    assert counted(1, "row") == "1 row"
    assert counted(45211, "row") == "45,211 rows"
    assert counted(2, "entity", "entities") == "2 entities"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("closedDate_2", ("closed", "date", "2")),
        ("PassengerId", ("passenger", "id")),
        ("BILL_AMT1", ("bill", "amt", "1")),
        ("hours-per-week", ("hours", "per", "week")),
        ("durée appel", ("durée", "appel")),
        ("***", ()),
    ],
)
def test_names_fall_into_words(name, words):
    assert tokens(name) == words
