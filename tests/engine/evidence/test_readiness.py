"""The ML Test Score: every test that is computed goes both ways, and the score is its weakest section's."""

from datetime import UTC, date, datetime

import pytest

from engine.domain.card import Answer, Card, Done, ReviewEntry
from engine.domain.evidence import ExplainedRow, Explanation, Importance
from engine.domain.outcome import Gate, Outcome, Override, Severity, Verdict
from engine.domain.policy import UseContract
from engine.domain.run import LeaderboardRow, Plan, Quality
from engine.domain.service import Verification
from engine.evidence import ready_running
from engine.evidence.readiness import SECTIONS, asked, readiness
from tests.engine.evidence.cards import make

CARD = make()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PROOF = Verification(rows=100, largest_difference=1e-12, passed=True)
REVIEW = ReviewEntry(decision="approved", note="fine", reviewer="someone", at=NOON)
PASSED = [
    Outcome(code=code, title="", verdict=Verdict.PASSED)
    for code in ("DA001", "LK001", "FA001", "US003", "EV001", "EV005", "FA004", "FA005")
]


def found(code: str, verdict: Verdict = Verdict.FLAGGED) -> tuple[Outcome, ...]:
    """All checks passed but one."""
    bad = Outcome(code=code, title="", verdict=verdict, severity=Severity.BLOCKER, gate=Gate.APPROVAL)
    return (*(o for o in PASSED if o.code != code), bad)


def evidence(**changes: object) -> Card:
    return make(evidence=CARD.evidence.model_copy(update=changes))


def fitted(tried: int, *, stopped: bool = False, quality: Quality = Quality.BALANCED) -> Card:
    rows = tuple(LeaderboardRow(model=f"M{i}", score=0.8, ms_per_row=0.1, megabytes=1) for i in range(tried))
    update = {"leaderboard": rows, "stopped": stopped}
    return make(fitted=CARD.fitted.model_copy(update=update), plan=Plan(quality=quality))


def test_models_that_were_tried_and_not_kept_count_as_tried():
    card = fitted(1)
    of_five = card.model_copy(update={"fitted": card.fitted.model_copy(update={"tried": 5})})
    said = {test.title: test for test in readiness(of_five).tests}["Its settings were searched for"]
    assert said.done is Done.AUTOMATED
    assert said.evidence == "5 models were tried and compared on rows kept back from them."


def explained(value: float) -> Card:
    why = Explanation(of="yes", base=0.2, value=value, contributions={"fee": 0.1})
    return evidence(explained=(ExplainedRow(row={"fee": 1.0}, actual="yes", explanation=why),))


def said(code: str, done: Done, note: str = "") -> Card:
    return make(answers=(Answer(test=code, done=done, note=note, by="someone", at=NOON),))


def importance(*shares: float) -> tuple[Importance, ...]:
    return tuple(Importance(column=f"c{i}", value=s, share=s) for i, s in enumerate(shares))


BARE = CARD.contract.model_copy(
    update={"columns": (CARD.contract.columns[0].model_copy(update={"maximum": None}), *CARD.contract.columns[1:])}
)
ACCEPTED = (Override(code="FA004", reason="asked for by law"),)
COMPUTED = {
    "data_1": [(make(), Done.AUTOMATED), (make(contract=BARE), Done.NOT_DONE)],
    "data_2": [
        (evidence(importance=importance(0.6, 0.4)), Done.AUTOMATED),
        (evidence(importance=importance(0.9999, 0.0001)), Done.NOT_DONE),
        (evidence(importance=()), Done.NOT_YET),
    ],
    "data_4": [
        (make(outcomes=PASSED), Done.AUTOMATED),
        (make(outcomes=found("LK001")), Done.NOT_DONE),
        (make(outcomes=found("US003", Verdict.COULD_NOT_RUN)), Done.NOT_DONE),
        (make(outcomes=()), Done.NOT_YET),
    ],
    "model_1": [
        (make(reviews=(REVIEW,)), Done.AUTOMATED),
        (make(reviews=(REVIEW.model_copy(update={"by_builder": True}),)), Done.NOT_DONE),
        (make(reviews=(REVIEW, REVIEW.model_copy(update={"decision": "returned"}))), Done.NOT_DONE),
        (make(reviews=()), Done.NOT_YET),
    ],
    "model_3": [
        (fitted(6), Done.AUTOMATED),
        (fitted(6, quality=Quality.FAST), Done.NOT_DONE),
        (fitted(6, stopped=True), Done.NOT_DONE),
        (fitted(1), Done.NOT_DONE),
    ],
    "model_5": [
        (make(), Done.AUTOMATED),
        (
            evidence(baselines=(CARD.evidence.baselines[0].model_copy(update={"difference": (-0.01, 0.02)}),)),
            Done.NOT_DONE,
        ),
        (evidence(baselines=()), Done.NOT_YET),
    ],
    "model_6": [
        (make(outcomes=PASSED), Done.AUTOMATED),
        (make(outcomes=found("EV005")), Done.NOT_DONE),
        (make(outcomes=()), Done.NOT_YET),
    ],
    "model_7": [
        (make(outcomes=PASSED), Done.AUTOMATED),
        (make(outcomes=found("FA004")), Done.NOT_DONE),
        (make(outcomes=found("FA004"), reviews=(REVIEW.model_copy(update={"accepted": ACCEPTED}),)), Done.BY_HAND),
        (evidence(fairness=()), Done.NOT_YET),
    ],
    "infrastructure_1": [
        (said("infrastructure_1", *ready_running.reproduced(100, 1e-9, same=True)), Done.BY_HAND),
        (said("infrastructure_1", *ready_running.reproduced(100, 0.1, same=False)), Done.NOT_DONE),
        (said("infrastructure_1", *ready_running.reproduced(100, None, same=False)), Done.NOT_DONE),
        (make(), Done.NOT_YET),
    ],
    "infrastructure_2": [
        (make(outcomes=PASSED), Done.AUTOMATED),
        (make(outcomes=found("DA001", Verdict.COULD_NOT_RUN)), Done.NOT_DONE),
        (make(outcomes=()), Done.NOT_YET),
    ],
    "infrastructure_3": [
        (make(verification=PROOF), Done.AUTOMATED),
        (make(verification=PROOF.model_copy(update={"passed": False})), Done.NOT_DONE),
        (make(), Done.NOT_YET),
    ],
    "infrastructure_4": [
        (make(outcomes=PASSED), Done.AUTOMATED),
        (make(outcomes=found("EV001")), Done.NOT_DONE),
        (make(outcomes=()), Done.NOT_YET),
    ],
    "infrastructure_5": [(explained(0.3), Done.AUTOMATED), (explained(0.4), Done.NOT_DONE), (make(), Done.NOT_YET)],
    "infrastructure_7": [(make(earlier=("churn:2",)), Done.AUTOMATED), (make(), Done.NOT_YET)],
    "monitoring_2": [(make(verification=PROOF), Done.AUTOMATED), (make(), Done.NOT_YET)],
    "monitoring_3": [
        (make(verification=PROOF), Done.AUTOMATED),
        (make(verification=PROOF.model_copy(update={"passed": False, "largest_difference": 0.2})), Done.NOT_DONE),
        (make(), Done.NOT_YET),
    ],
    "monitoring_4": [
        (make(), Done.AUTOMATED),
        (make(as_of=date(2027, 1, 2)), Done.NOT_DONE),
        (make(as_of=date(2026, 12, 2)), Done.NOT_DONE),
        (make(use=UseContract()), Done.NOT_YET),
    ],
    "monitoring_5": [(make(), Done.AUTOMATED), (evidence(importance=importance(float("nan"))), Done.NOT_DONE)],
}


@pytest.mark.parametrize("code", COMPUTED)
def test_what_is_computed_follows_the_evidence(code):
    for card, wanted in COMPUTED[code]:
        (told,) = [t for t in readiness(card).tests if t.test == code]
        assert told.done is wanted, told.evidence
        assert told.evidence.endswith(".")
        assert not told.asked


def test_each_of_the_28_tests_is_either_computed_or_asked():
    codes = {f"{section}_{number}" for section in SECTIONS for number in range(1, 8)}
    assert {t.test for t in readiness(CARD).tests} == codes
    assert COMPUTED.keys() == codes - asked()
    assert len(codes) == 28


@pytest.mark.parametrize("code", sorted(asked()))
def test_what_only_a_person_knows_counts_as_the_newest_answer_says(code):
    def told(*answers: Done) -> Done:
        given = tuple(Answer(test=code, done=done, by="someone", at=NOON) for done in answers)
        return next(t.done for t in readiness(make(answers=given)).tests if t.test == code)

    assert told() is Done.NOT_YET
    assert told(Done.BY_HAND) is Done.BY_HAND
    assert told(Done.BY_HAND, Done.AUTOMATED, Done.NOT_DONE) is Done.NOT_DONE


def test_an_answer_changes_nothing_that_the_evidence_tells():
    for code in COMPUTED.keys() - {"infrastructure_1"}:
        before, after = (readiness(card) for card in (CARD, said(code, Done.AUTOMATED)))
        assert before == after


def test_the_score_is_that_of_the_weakest_section():
    everything = tuple(Answer(test=code, done=Done.AUTOMATED, by="someone", at=NOON) for code in asked())
    ready = readiness(make(answers=everything, verification=PROOF, earlier=("churn:2",), outcomes=PASSED))
    assert ready.sections == {
        section: sum(t.done.points for t in ready.tests if t.section == section) for section in SECTIONS
    }
    assert ready.score == min(ready.sections.values()) == ready.sections[ready.weakest]
    assert readiness(make(outcomes=(), use=UseContract(), answers=())).score < ready.score


def test_half_a_point_for_what_is_done_by_hand():
    nothing = {"contract": BARE, "outcomes": (), "evidence": CARD.evidence.model_copy(update={"importance": ()})}
    by_hand = (Answer(test="data_3", done=Done.BY_HAND, by="someone", at=NOON),)
    assert readiness(make(**nothing)).sections["data"] == 0
    assert "research project" in readiness(make(**nothing)).says
    assert readiness(make(**nothing, answers=by_hand)).sections["data"] == 0.5
