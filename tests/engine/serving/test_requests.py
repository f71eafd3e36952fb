import json
import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.serving import requests
from engine.serving.refusal import BadCall
from engine.serving.requests import RowReader
from tests.engine.serving.served import CONTRACT, ROW

READER = RowReader(CONTRACT)


def test_a_row_becomes_a_canonical_frame() -> None:
    frame = READER.read([ROW, dict.fromkeys(ROW)]).frame
    assert list(frame.columns) == list(CONTRACT.names)
    assert [str(frame[n].dtype) for n in frame] == ["float64", "float64", "object", "datetime64[ns]", "object"]
    assert frame.loc[0].to_dict() == {**ROW, "age": 40.0, "since": pd.Timestamp("2022-05-01")}
    assert frame.loc[1].isna().all()
    assert frame["job"][1] is None


@pytest.mark.parametrize(
    ("column", "value", "read"),
    [
        ("age", "1", 1.0),
        ("age", " 1e2 ", 100.0),
        ("age", -7, -7.0),
        ("job", True, "true"),
        ("job", 3, "3"),
        ("job", 3.0, "3"),
        ("job", " nurse ", "nurse"),
        ("job", "pilot", "pilot"),
        ("job", "", None),
        ("note", 4.5, "4.5"),
        ("since", "2022-05-01T12:00:00+02:00", pd.Timestamp("2022-05-01T10:00:00")),
        ("since", "2022-05-01T12:00:00Z", pd.Timestamp("2022-05-01T12:00:00")),
    ],
)
def test_a_value_is_read_as_its_columns_type(column: str, value: object, read: object) -> None:
    assert READER.read([{**ROW, column: value}]).frame[column][0] == read


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("age", "abc"),
        ("age", ""),
        ("age", "1_000"),
        ("age", "\u0661\u0662"),  # digits, but of another script
        ("age", "nan"),
        ("age", True),
        ("age", [1]),
        ("age", {"v": 1}),
        ("age", math.nan),
        ("age", math.inf),
        ("age", 10**400),
        ("age", 1e39),
        ("age", "-1e300"),
        ("age", "1" * 5000),
        ("job", ["clerk"]),
        ("job", math.inf),
        ("job", 10**5000),
        ("job", "\ud800"),
        ("since", "yesterday"),
        ("since", 1650000000),
        ("since", "0001-01-01T00:00:00+14:00"),
        ("since", "9999-12-31"),
        ("note", {}),
    ],
    ids=lambda value: repr(value)[:20] if not isinstance(value, int) else "number",
)
def test_a_value_that_cannot_be_read_is_refused_by_row_and_column(column: str, value: object) -> None:
    with pytest.raises(BadCall) as refused:
        READER.read([ROW, {**ROW, column: value}])
    assert (refused.value.status, refused.value.code) == (422, "unreadable_value")
    assert (refused.value.row, refused.value.column) == (1, column)
    assert f"rows[1]: '{column}' is " in refused.value.problem
    assert len(refused.value.problem) < 150


_SENT = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(),
    st.sampled_from(["1", "1.0", " 1e2", "-0", "true", "nurse", " nurse ", "2022-05-01", "9999-12-31", "", "x"]),
    st.sampled_from([0.0, -0.0, 1.0, True, 10**400, -(10**39)]),
    st.text(max_size=3),
    st.just([1]),
)
_READ_AS = (
    ColumnContract(name="plain", type=ColumnType.NUMBER),
    ColumnContract(name="fixed", type=ColumnType.NUMBER, read_as={"-1": None, "2": "3"}),
    ColumnContract(name="word", type=ColumnType.CATEGORY, levels=("1", "1.0", "true", "nurse")),
    ColumnContract(name="other", type=ColumnType.CATEGORY, levels=("1", "nurse"), read_as={"nurse": "1"}),
    ColumnContract(name="day", type=ColumnType.DATETIME),
)


@pytest.mark.parametrize("column", _READ_AS, ids=lambda column: column.name)
@settings(max_examples=300, deadline=None)
@given(sent=st.lists(_SENT, min_size=1, max_size=6))
def test_values_read_together_are_read_as_each_by_itself(column: ColumnContract, sent: list[object]) -> None:
    def told(values: list[object]) -> list[str] | tuple[str, str]:
        try:
            read = RowReader(DataContract(columns=(column,))).read([{column.name: value} for value in values])
        except BadCall as refused:
            return refused.problem.partition("]")[2], refused.fix
        return [repr(value) for value in read.columns[column.name].tolist()]

    each = [told([value]) for value in sent]
    refused = next((one for one in each if isinstance(one, tuple)), None)
    assert told(sent) == (refused or [value for one in each for value in one])


def test_an_absent_column_is_refused_and_a_null_is_not() -> None:
    with pytest.raises(BadCall, match=r"rows\[1\] has no column 'job'") as refused:
        READER.read([ROW, {k: v for k, v in ROW.items() if k != "job"}])
    assert (refused.value.status, refused.value.row, refused.value.column) == (422, 1, "job")
    assert READER.read([{**ROW, "job": None}]).frame["job"][0] is None


def test_the_name_of_an_extra_column_can_always_be_sent_back() -> None:
    extras = READER.read([{**ROW, "\ud800x": 1, "y" * 5000: 2}]).extras
    assert extras == (("?x", "y" * 200),)


def test_extra_columns_are_named_and_left_out() -> None:
    read = READER.read([ROW, {**ROW, "shoe": 44}])
    assert read.extras == ((), ("shoe",))
    assert "shoe" not in read.frame


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "malformed_json"),
        (b"\xff\xfe{", 400, "malformed_json"),
        (b"[" * 100_000, 400, "malformed_json"),
        (b'{"rows": [' + b"9" * 5000 + b"]}", 400, "malformed_json"),
        (b"[]", 422, "wrong_type"),
        (b"null", 422, "wrong_type"),
        (b"", 422, "missing_field"),
        (b'{"rows": {}}', 422, "wrong_type"),
        (b'{"rows": [], "row": 1}', 422, "unknown_field"),
        (b'{"rows": [], "explain": 1}', 422, "wrong_type"),
        (b'{"rows": [{}], "keys": []}', 422, "wrong_type"),
        (b'{"rows": [{}], "keys": "a"}', 422, "wrong_type"),
        (b'{"rows": [{}], "keys": [null]}', 422, "wrong_type"),
        (b'{"rows": [{}], "keys": [true]}', 422, "wrong_type"),
        (rb'{"rows": [{}], "keys": ["\ud800"]}', 422, "wrong_type"),
        (rb'{"rows": [{}], "keys": ["a\u0000"]}', 422, "wrong_type"),
        (b'{"rows": [{}], "keys": ["' + b"k" * 201 + b'"]}', 422, "wrong_type"),
        (b'{"rows": [1,2,3]}', 413, "too_many_rows"),
    ],
)
def test_the_outer_shape_is_checked(body: bytes, status: int, code: str) -> None:
    with pytest.raises(BadCall) as refused:
        requests.call(body, max_rows=2)
    assert (refused.value.status, refused.value.code) == (status, code)
    told = json.loads(refused.value.body())["error"]
    assert set(told) == {"code", "problem", "fix", "row", "column"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"[" * 100_000, "it is nested too deeply"),
        (b'{"rows": [' + b"9" * 5000 + b"]}", "a number in it is too long"),
        (b"{", "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"),
    ],
    ids=["deep", "long", "cut"],
)
def test_what_no_json_is_read_from_is_said_in_words_for_callers(body: bytes, words: str) -> None:
    with pytest.raises(BadCall) as refused:
        requests.parse(body, ("rows",))
    assert refused.value.problem == f"The body is not JSON that can be read: {words}."


def test_a_key_is_printable_text_or_a_whole_number() -> None:
    assert requests.call('{"rows": [{}, {}, {}], "keys": ["", "Zoë 7", 7]}'.encode(), max_rows=3).keys == [
        "", "Zoë 7", "7",
    ]  # fmt: skip


def test_a_row_that_is_no_object_is_refused() -> None:
    with pytest.raises(BadCall, match=r"rows\[0\] is a list") as refused:
        READER.read([[1]])
    assert refused.value.row == 0


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@settings(deadline=None, max_examples=300)
@given(row=st.fixed_dictionaries(dict.fromkeys(CONTRACT.names, ANY_JSON)))
def test_whatever_stands_in_a_row_is_read_or_refused(row: dict[str, object]) -> None:
    try:
        age = READER.read([row]).frame["age"][0]
    except BadCall as refused:
        fault = (refused.status, refused.row, refused.column in CONTRACT.names)
    else:
        fault = None
    assert fault == (422, 0, True) if fault else math.isfinite(age) or row["age"] is None
