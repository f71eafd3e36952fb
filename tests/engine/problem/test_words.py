import pytest

from engine.problem.words import alike, between, counted, listed, percent, points, quoted, rounded, tokens


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


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0, "0"),
        (-0.0, "0"),
        (0.77128, "0.771"),
        (0.9, "0.9"),
        (0.90041, "0.900"),
        (9.996, "10.0"),
        (41.23, "41.2"),
        (100 * 0.07, "7"),
        (123456.7, "123,457"),
        (0.00004, "0.00004"),
        (float("nan"), "unknown"),
    ],
)
def test_a_number_has_three_digits_and_never_fewer_than_its_whole_part(value, said):
    assert rounded(value) == said


@pytest.mark.parametrize(
    ("numbers", "beside", "said"),
    [
        ((0.9, 0.8712, 0.9311), (), ("0.900", "0.871", "0.931")),
        ((0.9123, 0.9, 1.0), (), ("0.912", "0.900", "1.000")),
        ((9.872, 9.5, 12.34), (), ("9.87", "9.50", "12.34")),
        ((5, 3, 7), (), ("5", "3", "7")),
        ((12.34, 11, 13.5), (180.21,), ("12.3", "11.0", "13.5", "180.2")),
        ((0.4101,), (0.41,), ("0.4101", "0.4100")),
        ((0.512,), (0.7712, 0.77121), ("0.512", "0.771", "0.771")),
        ((0.912, 0.9118, 0.9123), (), ("0.9120", "0.9118", "0.9123")),
        ((0.000312, -0.012034, 0.0134), (), ("0.0003", "-0.0120", "0.0134")),
        ((float("nan"), 0.51), (0.5,), ("unknown", "0.51", "0.50")),
    ],
    ids=["zeros kept", "by the value", "as when alone", "exact", "baseline", "tie", "not its tie", "narrow",
         "next to nothing", "unknown"],
)  # fmt: skip
def test_numbers_side_by_side_are_rounded_alike(numbers, beside, said):
    assert alike(*numbers, beside=beside) == said


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (0.7308, 0.81, "0.731 to 0.810"),
        (41.23, 1045.6, "41 to 1,046"),
        (0, 0, "0 to 0"),
        (-0.02, 0.00041, "-0.0200 to 0.0004"),
        (9.996, 10.2, "10.0 to 10.2"),
        (1e-9, 0.9, "0.000 to 0.900"),
    ],
)
def test_neither_end_of_an_interval_reads_as_nothing_that_is_something(low, high, said):
    assert between(low, high) == said


def test_points_are_what_two_shares_differ_by():
    assert [points(part) for part in (0.1234, 0.01, 0.0081)] == ["12 points", "1 point", "0.81 points"]


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
