"""Today's way: a rule that sees rows as they came, or a column that holds what is done today."""

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import DataContract
from engine.domain.problem import Problem, Question
from engine.errors import UnusableOption
from engine.problem.formulate import formulate
from engine.problem.today import Says, today
from tests.engine.tables import described

ROWS = 200


@pytest.fixture
def table() -> pd.DataFrame:
    """Customers, what is done with them today in several spellings, and how it ended."""
    rng = np.random.default_rng(0)
    left = rng.random(ROWS) < 0.3
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, ROWS).astype(float),
            "left": np.where(left, "yes", "no"),
            "plan": rng.choice(["a", "b", "c"], ROWS),
            "said": np.where(rng.random(ROWS) < 0.3, "yes", "no"),
            "called": (rng.random(ROWS) < 0.3).astype(float),
            "was called": np.where(rng.random(ROWS) < 0.3, "Ja", "Nein"),
            "score": rng.integers(300, 850, ROWS).astype(float),
            "region": rng.choice(["north", "south", "east"], ROWS),
            "guess": rng.choice(["a", "b"], ROWS),
            "spent": rng.normal(100, 20, ROWS).round(2),
            "forecast": rng.normal(100, 20, ROWS).round(2),
        }
    ).astype(dict.fromkeys(("left", "plan", "said", "was called", "region", "guess"), object))


def asked(table: pd.DataFrame, rule: str | None, target: str = "left") -> tuple[Problem, DataContract]:
    contract, profile = described(table)
    return formulate(contract, profile, target=target, question=Question(rule=rule)), contract


@pytest.mark.parametrize(
    ("target", "rule", "says"),
    [
        ("left", "said", Says.CLASS),
        ("left", " called ", Says.CLASS),
        ("left", "was called", Says.CLASS),
        ("left", "`was called`", Says.CLASS),
        ("left", "score", Says.SCORE),
        ("plan", "guess", Says.CLASS),
        ("spent", "forecast", Says.VALUE),
    ],
)
def test_a_column_that_holds_what_is_done_today_is_no_feature_but_a_way_to_beat(table, target, rule, says):
    problem, contract = asked(table, rule, target)
    name = rule.strip().strip("`")
    assert problem.today == name
    assert name not in problem.features(contract)
    assert any("has to beat it" in reason for reason in problem.reasons)
    way = today(problem, contract, table)
    assert way.says is says
    told = way.apply(table.iloc[5:50])
    if says is Says.CLASS:
        yes = {"yes": 1, "no": 0, "1.0": 1, "0.0": 0, "Ja": 1, "Nein": 0, "a": 0, "b": 1}
        assert told.tolist() == [yes[str(v)] for v in table[name].iloc[5:50]]
    else:
        assert told == pytest.approx(table[name].iloc[5:50].to_numpy(dtype=float))


def test_what_is_not_said_is_nan(table):
    table.loc[3, "said"] = None
    assert np.isnan(today(*asked(table, "said"), table).apply(table)[3])


def test_a_rule_sees_rows_as_they_came(table):
    problem, contract = asked(table, "score > 500")
    assert problem.today is None
    assert "score" in problem.features(contract)
    fixed = table.assign(score=np.nan).iloc[[3, 0]]
    way = today(problem, contract, table)
    assert way.apply(fixed).tolist() == (table["score"].iloc[[3, 0]] > 500).astype(float).tolist()
    assert way.in_words == "score > 500"


@pytest.mark.parametrize(
    ("target", "rule", "words"),
    [
        (
            "left",
            "region",
            "‘region’, which holds ‘east’, ‘north’ and ‘south’ and cannot be read as an answer to ‘left’",
        ),
        ("left", "left", "which is the answer itself"),
        ("left", "calls", "‘calls’, which is not a column"),
        ("left", "1 > 0", "one must be a column"),
        ("left", "True", "‘True’, which is not a column"),
        ("plan", "score", "holds too many different values and cannot be read as an answer to ‘plan’"),
        ("plan", "age > 3", "says yes or no, and ‘plan’ is not a yes/no question"),
        ("spent", "region", "cannot be read as a number like ‘spent’"),
        ("spent", "age > 3", "says yes or no, and ‘spent’ is not a yes/no question"),
    ],
)
def test_what_cannot_be_todays_way_is_refused_in_two_sentences(table, target, rule, words):
    with pytest.raises(UnusableOption) as refusal:
        asked(table, rule, target)
    assert words in refusal.value.problem
    assert refusal.value.problem.endswith(".")
    assert refusal.value.fix.endswith(".")


def test_without_a_rule_there_is_nothing_to_beat(table):
    problem, contract = asked(table, None)
    assert today(problem, contract, table) is None
