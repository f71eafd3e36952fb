"""A made-up card without a gap, and a finding that is open."""

from datetime import UTC, date, datetime

from engine.domain.card import Card, ReviewEntry
from engine.domain.dataset import ColumnContract, ColumnType, DataContract, Dataset, Reader
from engine.domain.evidence import Baseline, Estimate, Evidence, Importance
from engine.domain.fair import Fairness, GroupRate
from engine.domain.outcome import Gate, Outcome, Severity, Verdict
from engine.domain.policy import DecisionTable, Policy, PolicyKind, UseContract
from engine.domain.problem import Problem, Question, Task
from engine.domain.run import Fitted, LeaderboardRow, Plan

OPEN = Outcome(
    code="LK002",
    title="Too good",
    verdict=Verdict.FLAGGED,
    severity=Severity.BLOCKER,
    gate=Gate.TRAINING,
    columns=("fee",),
    problem="‘fee’ alone predicts too well.",
)


def make(**changes: object) -> Card:
    """A card without a gap."""
    groups = (
        GroupRate(group="female", rows=500, selection_rate=0.2, error_rate=0.1, interval=(0.17, 0.23)),
        GroupRate(group="other", rows=9, selection_rate=0.3, error_rate=0.2, interval=(0.1, 0.6), too_few=True),
    )
    values: dict[str, object] = {
        "model": "churn:3",
        "stage": "draft",
        "created": datetime(2026, 11, 20, 22, 14, tzinfo=UTC),
        "dataset": Dataset(
            id="d1", name="customers", rows=4000, columns=3, sha256="a" * 64, reader=Reader(kind="csv", rejected_rows=2)
        ),
        "problem": Problem(
            task=Task.BINARY,
            target="left",
            classes=("no", "yes"),
            positive="yes",
            metric="roc_auc",
            sensitive=("sex",),
            question=Question(who="customer", moment="each month", cost_wrong_yes=5, cost_missed_yes=60),
        ),
        "contract": DataContract(
            columns=(
                ColumnContract(name="fee", type=ColumnType.NUMBER, minimum=0, maximum=90),
                ColumnContract(name="plan", type=ColumnType.CATEGORY, levels=("basic", "plus")),
                ColumnContract(name="left", type=ColumnType.CATEGORY, levels=("no", "yes")),
            )
        ),
        "plan": Plan(minutes=1),
        "fitted": Fitted(
            leaderboard=(LeaderboardRow(model="LightGBM", score=0.8, ms_per_row=0.01, megabytes=3, chosen=True),),
            chosen="LightGBM",
            reason="it is the best",
            seconds=31.4,
            versions={"autogluon": "1.6.3"},
        ),
        "evidence": Evidence(
            score=Estimate(metric="roc_auc", value=0.8123, interval=(0.78, 0.84), rows=1000),
            learn_score=0.86,
            others=(Estimate(metric="ece", value=0.02, interval=(0.01, 0.03), rows=1000),),
            baselines=(Baseline(name="linear", label="a simple linear model", value=0.75, difference=(0.02, 0.09)),),
            importance=(Importance(column="fee", value=0.2, share=1.0),),
            fairness=(
                Fairness(
                    column="sex",
                    measure="demographic_parity_difference",
                    value=0.1,
                    interval=(0.05, 0.15),
                    groups=groups,
                    sentence="Picked: more men.",
                ),
            ),
            headline="Of 100 customers it would pick, 54 leave.",
        ),
        "outcomes": (Outcome(code="DA001", title="Enough rows", verdict=Verdict.PASSED),),
        "policy": Policy(kind=PolicyKind.COSTS, threshold=0.2, sentence="Of 1,000 customers, 50 would be picked."),
        "policy_on_test": DecisionTable(
            thresholds=(0.1, 0.2, 0.9), flagged=(9, 5, 0), hits=(4, 3, 0), rows=10, positives=4
        ),
        "use": UseContract(
            purpose="retention calls",
            not_for="prices",
            owner="sales",
            may_act="the call centre",
            valid_until=date(2027, 1, 1),
            review_on=date(2026, 12, 1),
            abstained_to="desk",
        ),
        "reviews": (
            ReviewEntry(decision="approved", note="fine", reviewer="someone", at=datetime(2026, 11, 21, tzinfo=UTC)),
        ),
        "seal": "20261120T2214-9f3ac",
    }
    return Card.model_validate(values | changes)
