import pytest

from engine.domain.outcome import Action, Outcome, Remedy, Severity, Verdict
from engine.domain.problem import Problem, SplitKind, SplitRows, Task
from engine.errors import UnusableOption
from engine.problem.remedies import apply_all, apply_remedy, structure


@pytest.fixture
def problem() -> Problem:
    return Problem(task=Task.BINARY, target="y", classes=("no", "yes"), positive="yes", metric="roc_auc")


def flagged(code: str, action: Action, *columns: str) -> Outcome:
    return Outcome(
        code=code,
        title="",
        verdict=Verdict.FLAGGED,
        severity=Severity.WARNING,
        columns=columns,
        remedy=Remedy(action=action, columns=columns),
    )


def test_a_remedy_is_remembered_once(problem):
    remedy = Remedy(action=Action.DROP_COLUMNS, columns=("a",))
    once = apply_remedy(problem, remedy)
    assert once.dropped() == {"a"}
    assert apply_remedy(once, remedy) is once


def test_the_target_cannot_be_left_out(problem):
    with pytest.raises(UnusableOption, match="cannot be left out"):
        apply_remedy(problem, Remedy(action=Action.DROP_COLUMNS, columns=("y",)))


def test_splits_add_up_and_forget_the_rows_counted_before(problem):
    counted = problem.model_copy(update={"split": structure(None, ()).model_copy(update={"rows": SplitRows(learn=9)})})
    by_customer = apply_remedy(counted, Remedy(action=Action.GROUP_SPLIT, columns=("customer",)))
    assert (by_customer.split.kind, by_customer.group) == (SplitKind.GROUP, "customer")
    assert by_customer.split.rows == SplitRows()
    both = apply_remedy(by_customer, Remedy(action=Action.TIME_SPLIT, columns=("day",)))
    assert (both.split.kind, both.split.columns) == (SplitKind.GROUP_TIME, ("day", "customer"))
    third = apply_remedy(both, Remedy(action=Action.GROUP_SPLIT, columns=("household",)))
    assert third.split.columns == ("day", "customer", "household")
    together = apply_remedy(third, Remedy(action=Action.KEEP_TOGETHER))
    assert together.split.keep_together
    assert together.split.columns == third.split.columns


def test_two_answers_left_of_three_are_a_yes_no_question():
    problem = Problem(task=Task.MULTICLASS, target="y", classes=("a", "b", "yes"), metric="log_loss")
    left = apply_remedy(problem, Remedy(action=Action.DROP_ROWS, columns=("y",), values=("b",)))
    assert (left.task, left.classes, left.positive, left.metric) == (Task.BINARY, ("a", "yes"), "yes", "log_loss")


def test_all_remedies_are_applied_and_sensitive_columns_are_kept_to_judge_by(problem):
    outcomes = [
        flagged("DA002", Action.KEEP_TOGETHER),
        flagged("LK007", Action.DROP_COLUMNS, "late"),
        flagged("FA001", Action.WITHHOLD, "sex"),
        Outcome(code="LK001", title="", verdict=Verdict.PASSED),
    ]
    fixed = apply_all(problem, outcomes)
    assert fixed.dropped() == {"late", "sex"}
    assert fixed.sensitive == ("sex",)
    assert fixed.split.keep_together
