"""A case that the use contract does not allow is answered with a caution that says so."""

import json

import pytest

from engine.domain.policy import Allowed, UseContract
from engine.serving.desk import Desk
from engine.serving.log import DecisionLog
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served

USE = UseContract(allowed=(Allowed(column="age", minimum=25, maximum=65), Allowed(column="job", levels=("nurse",))))


@pytest.fixture
def scorer() -> Scorer:
    return Scorer(make_served(use=USE), Fake())


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"job": "nurse"}, []),
        ({"job": "nurse", "age": 70}, ["'age' is 70; the use contract allows only 25 to 65."]),
        ({"job": "nurse", "age": 99}, ["'age' is 99; in training it lay between 18 and 90."]),
        ({"job": "clerk"}, ["'job' is clerk; the use contract allows only ‘nurse’."]),
        ({"job": "pilot"}, ["'job' is \"pilot\", which was not (or hardly) seen in training."]),
        ({"job": None}, ["'job' has no value; in training that never happened."]),
    ],
    ids=["allowed", "range", "beyond training too", "level", "new level", "missing"],
)
def test_it_says_what_is_allowed_once(scorer, changes, words):
    (told,) = scorer.predict([{**ROW, **changes}])
    assert [reason.message for reason in told.reasons] == words
    assert told.trust == ("caution" if words else "ok")


def test_a_file_is_told_the_same(scorer):
    (told,) = scorer.score_frame(scorer.reader.read([{**ROW, "age": 70, "job": "nurse"}]).frame).to_dict("records")
    assert (told["trust"], told["reasons"]) == ("caution", "out_of_range:age")


def test_the_service_tells_the_limits(scorer, tmp_path):
    log = DecisionLog(tmp_path / "log", keep_days=1)
    told = json.loads(Desk(scorer, log, None).schema(b"{}"))["use"]["allowed"]
    log.close()
    assert told[0] == {"column": "age", "minimum": 25, "maximum": 65, "first": None, "last": None, "levels": None}
