"""A threshold for each group: the service asks for the group, decides by it, and says where it is not known."""

import json

import numpy as np
import pandas as pd
import pytest

from engine.domain.dataset import ColumnContract, ColumnType
from engine.domain.fair import GroupKind, GroupRule, GroupThresholds
from engine.domain.policy import Policy, PolicyKind
from engine.serving.desk import Desk
from engine.serving.scorer import Scorer
from tests.engine.serving.served import CONTRACT, ROW, Fake, make_served

SEX = GroupThresholds(
    column=ColumnContract(name="sex", type=ColumnType.CATEGORY, required=False, levels=("f", "m", "x")),
    rule=GroupRule(kind=GroupKind.VALUE, names=("f", "m", "x")),
    thresholds={"f": 0.35, "m": 0.45},
)
AGES = GroupThresholds(
    column=CONTRACT.column("age"),
    rule=GroupRule(kind=GroupKind.BAND, names=("under 25", "25 and over"), cuts=(25.0,), upto=False),
    thresholds={"under 25": 0.2, "25 and over": 0.5},
)


class Strict(Fake):
    """A model that stumbles over a column it does not know."""

    def predict(self, frame):
        assert tuple(frame.columns) == CONTRACT.names
        return super().predict(frame)


def scorer(by: GroupThresholds = SEX) -> Scorer:
    policy = Policy(kind=PolicyKind.COSTS, threshold=0.6, yes="call", no="do not call", group_thresholds=by)
    return Scorer(make_served(policy=policy), Strict())


@pytest.mark.parametrize(
    ("sex", "decision", "reasons"),
    [
        ("f", "call", []),
        ("m", "do not call", []),
        ("x", "do not call", []),
        (None, "do not call", ["no_group"]),
        ("third", "do not call", ["no_group"]),
    ],
    ids=["lower", "higher", "too few for one of its own", "missing", "never seen"],
)
def test_the_threshold_of_the_group_decides(sex, decision, reasons):
    (told,) = scorer().predict([ROW | {"sex": sex}])
    assert told.decision == decision
    assert [reason.code for reason in told.reasons] == reasons
    assert told.trust == ("caution" if reasons else "ok")


def test_without_the_column_the_threshold_for_everybody_else_decides():
    (told,) = scorer().predict([ROW | {"age": 70}])
    assert told.decision == "call"
    assert told.reasons[0].message == (
        "'sex' says no group that was seen in training: the threshold for everybody else decided."
    )


def test_a_file_gets_the_same_decisions():
    rows = [ROW | {"sex": sex, "age": age} for sex in ("f", "m", "x", None, "third") for age in (30, 40, 50, 70)]
    asked = scorer()
    frame = asked.reader.read(rows).frame
    table, told = asked.score_frame(frame), asked.predict(rows)
    assert table["decision"].tolist() == [one.decision for one in told]
    assert table["trust"].tolist() == [one.trust for one in told]
    assert [("no_group:sex" in text) for text in table["reasons"]] == [
        any(reason.code == "no_group" for reason in one.reasons) for one in told
    ]


def test_a_column_the_model_uses_is_asked_for_once():
    asked = scorer(AGES)
    assert asked.served.asked == asked.served.contract
    young, old = asked.predict([ROW | {"age": 24}, ROW | {"age": 40}])
    assert (young.decision, old.decision) == ("call", "do not call")


def test_reasons_are_those_of_the_model():
    (told,) = scorer().predict([ROW | {"sex": "f"}], explain=True)
    assert set(told.explanation.contributions) == set(CONTRACT.names)


def test_the_contract_and_the_sample_name_the_column():
    asked = scorer()
    answer = json.loads(Desk(asked, None, None).schema(b"{}"))
    assert [c["name"] for c in answer["contract"]["columns"]][-1] == "sex"
    assert answer["sample"]["sex"] == "f"


def test_numbers_are_grouped_by_their_bands():
    frame = pd.DataFrame({name: [None] for name in CONTRACT.names}).assign(age=np.array([20.0]), note=None)
    frame["balance"] = np.array([1.0])
    frame["since"] = pd.to_datetime(["2022-01-01"])
    assert scorer(AGES).score_frame(frame)["decision"].tolist() == ["call"]
