from datetime import date
from uuid import UUID

import pytest

from engine.domain.evidence import Likeness
from engine.domain.policy import Abstention, UseContract
from engine.domain.problem import Task
from engine.domain.service import Prediction
from engine.serving.refusal import BadCall
from engine.serving.scorer import Scorer
from tests.engine.serving.served import ROW, Fake, make_served


def one(scorer: Scorer, **changes: object) -> Prediction:
    return scorer.predict([{**ROW, **changes}])[0]


def codes(prediction: Prediction) -> list[tuple[str, str | None]]:
    return [(reason.code, reason.column) for reason in prediction.reasons]


def test_an_ordinary_row_is_answered_and_decided(scorer: Scorer) -> None:
    told = one(scorer)
    assert told.prediction == "no"  # the more probable class
    assert told.decision == "call"  # 0.4 is above the policy's threshold
    assert told.probabilities == {"no": 0.6, "yes": 0.4}
    assert told.prediction_set == ("no",)
    assert told.interval is None
    assert (told.trust, told.reasons, told.explanation) == ("ok", (), None)
    assert one(scorer, age=29).decision == "do not call"
    assert one(scorer, age=30).decision == "call"  # at the threshold it acts


@pytest.mark.parametrize(
    ("changes", "code", "trust", "words"),
    [
        ({"age": 91}, "out_of_range", "caution", "'age' is 91; in training it lay between 18 and 90."),
        ({"age": 17}, "out_of_range", "caution", "17"),
        ({"balance": -501}, "out_of_range", "caution", "between -500.5 and 9000"),
        ({"since": "2025-01-01"}, "out_of_range", "caution", "'since' is 2025-01-01T00:00:00"),
        ({"job": "pilot"}, "new_category", "caution", "'job' is \"pilot\""),
        ({"job": None}, "missing", "caution", "'job' has no value"),
        ({"balance": None}, "missing", "ok", "20 % of rows"),
        ({"shoe": 44}, "extra_column", "ok", '"shoe" is not used'),
        ({"age": 40.5}, "unlike_training", "caution", "whole number"),
    ],
)
def test_a_deviation_is_a_reason(scorer: Scorer, changes: dict[str, object], code: str, trust: str, words: str) -> None:
    told = one(scorer, **changes)
    assert codes(told) == [(code, next(iter(changes)))]
    assert told.trust == trust
    assert words in told.reasons[0].message


@pytest.mark.parametrize("jobs", [("clerk", "clerk\0x"), ("clerk\0x", "clerk")])
def test_a_row_is_answered_by_itself_whatever_is_asked_with_it(scorer: Scorer, jobs: tuple[str, str]) -> None:
    told = scorer.predict([{**ROW, "job": job} for job in jobs])
    assert [one.trust for one in told] == ["ok" if job == "clerk" else "caution" for job in jobs]


def test_the_limits_themselves_are_ordinary(scorer: Scorer) -> None:
    for changes in ({"age": 18}, {"age": 90}, {"since": "2024-12-31"}, {"note": "never seen"}):
        assert one(scorer, **changes).trust == "ok"


def test_an_expired_or_unapproved_model_says_so_on_every_answer() -> None:
    use = UseContract(valid_until=date(2020, 1, 1))
    told = Scorer(make_served(use=use, approved=False), Fake()).predict([ROW, ROW])
    for prediction in told:
        assert codes(prediction) == [("expired", None), ("not_approved", None)]
        assert prediction.trust == "caution"


def test_the_same_key_and_row_give_the_same_decision_id(scorer: Scorer) -> None:
    first = scorer.predict([ROW, ROW], keys=["a", "b"])
    again = scorer.predict([{**ROW, "age": "40", "shoe": 1}], keys=["a"])
    other = scorer.predict([{**ROW, "age": 41}], keys=["a"])
    assert first[0].decision_id == again[0].decision_id
    assert len({first[0].decision_id, first[1].decision_id, other[0].decision_id}) == 3
    assert one(scorer).decision_id != one(scorer).decision_id


def test_without_a_key_an_id_is_a_random_uuid(scorer: Scorer) -> None:
    told = {prediction.decision_id for prediction in scorer.predict([ROW] * 500)}
    assert len(told) == 500
    assert all(str(UUID(one, version=4)) == one for one in told)
    assert {one[19] for one in told} == set("89ab")


def test_a_regression_answers_a_number_with_an_interval() -> None:
    told = one(
        Scorer(make_served(Task.REGRESSION, limits=Abstention(coverage=0.9, widths=(50.0,))), Fake(Task.REGRESSION))
    )
    assert (told.prediction, told.interval, told.decision) == (400.0, (350.0, 450.0), "400")
    assert told.probabilities is None
    assert told.prediction_set is None
    assert one(Scorer(make_served(Task.REGRESSION), Fake(Task.REGRESSION))).interval is None


SURE = Abstention(coverage=0.9, limits=(0.35, 0.7))  # no is possible from 0.65 on, yes from 0.3
NARROW = Abstention(coverage=0.9, edges=(500.0,), widths=(20.0, 80.0), widest=50.0)


def abstaining(task: Task, limits: Abstention, **use: str) -> Scorer:
    served = make_served(task, limits=limits, use=UseContract(**use))
    policy = served.policy.model_copy(update={"abstention": limits})
    return Scorer(served.model_copy(update={"policy": policy}), Fake(task))


@pytest.mark.parametrize(
    ("age", "stays", "trust"),
    [(20, ("no",), "ok"), (32, ("no", "yes"), "abstain"), (40, ("yes",), "abstain"), (60, ("yes",), "ok")],
    ids=["sure", "both possible", "not the likeliest", "the other sure"],
)
def test_a_doubtful_row_is_left_to_a_person(age: int, stays: tuple[str, ...], trust: str) -> None:
    told = one(abstaining(Task.BINARY, SURE, abstained_to="the service desk"), age=age)
    assert (told.prediction_set, told.trust) == (stays, trust)
    assert (told.decision == "ask the service desk") == (trust == "abstain")
    assert codes(told) == ([("uncertain", None)] if trust == "abstain" else [])


def test_a_range_that_is_too_wide_is_left_to_a_person() -> None:
    scorer = abstaining(Task.REGRESSION, NARROW)
    assert (one(scorer).interval, one(scorer).trust) == ((380.0, 420.0), "ok")
    wide = one(scorer, age=80)
    assert (wide.interval, wide.trust, wide.decision) == ((720.0, 880.0), "abstain", "ask a person")
    assert "off by 80; at most 50" in wide.reasons[0].message


def test_without_a_policy_to_abstain_the_possible_answers_are_only_told() -> None:
    told = one(Scorer(make_served(limits=SURE), Fake()), age=32)
    assert (told.prediction_set, told.trust, told.decision) == (("no", "yes"), "ok", "call")


def test_a_row_unlike_any_other_is_a_reason_though_every_value_is_usual() -> None:
    likeness = Likeness(spreads={"age": 60.0, "balance": 1000.0}, limit=0.2)
    scorer = Scorer(make_served(likeness=likeness), Fake())
    assert one(scorer, age=58, job="clerk").trust == "ok"
    odd = one(scorer, age=20, balance=9000, job="clerk")
    assert (codes(odd), odd.trust) == ([("unlike_training", None)], "caution")


def test_many_classes_decide_for_the_most_probable() -> None:
    told = one(Scorer(make_served(Task.MULTICLASS), Fake(Task.MULTICLASS)), age=80)
    assert (told.prediction, told.decision) == ("b", "b")
    assert told.probabilities == pytest.approx({"a": 0.2, "b": 0.6, "c": 0.2})


def test_an_explanation_adds_up_and_names_the_class(scorer: Scorer) -> None:
    told = scorer.predict([ROW], explain=True)[0].explanation
    assert told is not None
    assert told.of == "yes"
    assert (told.base, told.value) == pytest.approx((0.45, 0.4))
    assert told.base + sum(told.contributions.values()) == pytest.approx(told.value)
    assert told.contributions["age"] == pytest.approx(-0.05)
    assert scorer.explain([ROW]) == [told]


def test_each_row_of_many_classes_is_explained_by_its_own_class() -> None:
    scorer = Scorer(make_served(Task.MULTICLASS), Fake(Task.MULTICLASS))
    assert [e.of for e in scorer.explain([{**ROW, "age": 20}, {**ROW, "age": 80}])] == ["a", "b"]


def test_without_a_background_there_is_no_explanation() -> None:
    with pytest.raises(BadCall, match="without explanations"):
        Scorer(make_served(background=None), Fake()).explain([ROW])


def test_no_rows_give_no_answers(scorer: Scorer) -> None:
    assert scorer.predict([]) == []
    assert scorer.explain([]) == []
