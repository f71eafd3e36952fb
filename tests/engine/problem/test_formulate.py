import pytest

from engine.domain.dataset import KnownWhen
from engine.domain.problem import Question, SplitKind, Task
from engine.errors import EmptyTable, UnusableOption, UnusableTarget
from engine.problem.formulate import formulate, suggest_known, suggest_sensitive, targets
from tests.engine.problem.conftest import loan_frame
from tests.engine.tables import described


def test_two_values_are_a_yes_no_question_and_yes_is_the_yes(loans):
    problem = formulate(*loans, target="repaid")
    assert (problem.task, problem.classes, problem.positive) == (Task.BINARY, ("no", "yes"), "yes")
    assert problem.metric == "roc_auc"
    assert problem.reasons[0] == "A yes/no question, because ‘repaid’ has two values: no and yes."


def test_without_a_yes_the_rarer_answer_is_looked_for():
    frame = loan_frame()
    frame["side"] = ["left"] * 150 + ["right"] * 50
    problem = formulate(*described(frame), target="side")
    assert problem.positive == "right"
    assert "rarer" in " ".join(problem.reasons)


@pytest.mark.parametrize(
    ("target", "task", "classes", "metric"),
    [
        ("grade", Task.MULTICLASS, ("1", "2", "3", "4"), "log_loss"),
        ("branch", Task.MULTICLASS, ("north", "south", "west"), "log_loss"),
        ("amount", Task.REGRESSION, (), "rmse"),
        ("customer no", Task.REGRESSION, (), "rmse"),
    ],
)
def test_the_task_follows_from_the_values(loans, target, task, classes, metric):
    problem = formulate(*loans, target=target)
    assert (problem.task, problem.classes, problem.metric) == (task, classes, metric)
    assert problem.reasons
    assert all(reason.endswith(".") for reason in problem.reasons)


def test_classes_that_are_numbers_stand_in_the_order_of_numbers():
    frame = loan_frame()
    frame["points"] = [float(i % 3 + 8) for i in range(len(frame))]
    assert formulate(*described(frame), target="points").classes == ("8", "9", "10")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("wealth", "no column called ‘wealth’"),
        ("constant", "in every row"),
        ("empty", "empty in every row"),
        ("half", "or empty"),
        ("opened", "dates"),
        ("note", "free text"),
    ],
)
def test_an_unusable_target_is_refused_with_a_way_out(loans, target, words):
    with pytest.raises(UnusableTarget) as refusal:
        formulate(*loans, target=target)
    assert words in refusal.value.problem
    assert refusal.value.fix


def test_a_target_of_too_many_kinds_is_refused():
    frame = loan_frame()
    frame["town"] = [f"town {i % 120}" for i in range(len(frame))]
    with pytest.raises(UnusableTarget, match="120 different values"):
        formulate(*described(frame), target="town")


def test_a_misspelt_target_is_answered_with_its_neighbour(loans):
    with pytest.raises(UnusableTarget, match="Did you mean ‘repaid’"):
        formulate(*loans, target="Repayed")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"positive": "maybe"}, "no value ‘maybe’"),
        ({"task": "regression"}, "holds words"),
        ({"task": "multiclass"}, "does not fit the task multiclass"),
        ({"task": "clustering"}, "no task called ‘clustering’"),
        ({"metric": "rmse"}, "does not fit"),
        ({"sensitive": ["sx"]}, "no column called ‘sx’"),
        ({"ignored": ["repaid"]}, "what is to be predicted"),
        ({"known": {"nothing": KnownWhen.AFTER}}, "no column called ‘nothing’"),
        ({"time": "branch"}, "neither dates nor numbers"),
        ({"group": "constant"}, "only 1 different value"),
        ({"time": "opened", "group": "opened"}, "both time and group"),
        ({"question": Question(rule="repaid == 'yes'")}, "the answer itself"),
        ({"question": Question(rule="amount >")}, "stops in the middle"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(loans, options, words):
    with pytest.raises(UnusableOption) as refusal:
        formulate(*loans, target="repaid", **options)
    assert words in refusal.value.problem
    assert refusal.value.fix


def test_a_positive_value_needs_a_yes_no_question(loans):
    with pytest.raises(UnusableOption, match="only fits a yes/no question"):
        formulate(*loans, target="grade", positive="1")


def test_a_number_may_be_written_in_another_way():
    frame = loan_frame()
    frame["flag"] = [float(i % 2) for i in range(len(frame))]
    assert formulate(*described(frame), target="flag", positive="0.0").positive == "0"


def test_nothing_left_to_predict_from_is_refused(loans):
    contract, profile = loans
    others = [name for name in contract.names if name != "repaid"]
    with pytest.raises(EmptyTable, match="no column is left"):
        formulate(contract, profile, target="repaid", ignored=others)


def test_sensitive_columns_are_withheld_unless_asked_for(loans):
    contract, profile = loans
    withheld = formulate(contract, profile, target="repaid", sensitive=["branch"])
    used = formulate(contract, profile, target="repaid", use_sensitive=["branch"])
    assert "branch" not in withheld.features(contract)
    assert "branch" in used.features(contract)
    assert used.sensitive == ("branch",)


@pytest.mark.parametrize(
    ("options", "kind", "columns"),
    [
        ({}, SplitKind.RANDOM, ()),
        ({"group": "customer no"}, SplitKind.GROUP, ("customer no",)),
        ({"time": "opened"}, SplitKind.TIME, ("opened",)),
        ({"time": "opened", "group": "customer no"}, SplitKind.GROUP_TIME, ("opened", "customer no")),
    ],
)
def test_the_columns_asked_for_make_the_split(loans, options, kind, columns):
    contract, profile = loans
    problem = formulate(contract, profile, target="repaid", **options)
    assert (problem.split.kind, problem.split.columns) == (kind, columns)
    assert not set(columns) & set(problem.features(contract))


def test_an_identifier_as_target_is_warned_of_first_but_not_refused(loans):
    problem = formulate(*loans, target="loan_id")
    assert "‘loan_id’ looks like an identifier" in problem.reasons[0]
    assert "Predict another column" in problem.reasons[0]
    assert not any("identifier" in reason for reason in formulate(*loans, target="amount").reasons)


def test_targets_are_offered_most_plausible_first(loans):
    contract, profile = loans
    offered = targets(profile, contract)
    assert offered[0] == "repaid"
    assert {"grade", "branch", "amount"} <= set(offered)
    assert not {"loan_id", "note", "constant", "empty", "opened", "half"} & set(offered)


def test_names_that_say_after_are_proposed_as_after():
    frame = loan_frame().rename(columns={"note": "Kündigungsgrund", "branch": "closedDate", "half": "poutcome"})
    assert suggest_known(described(frame)[0]) == {"Kündigungsgrund": KnownWhen.AFTER, "closedDate": KnownWhen.AFTER}


def test_sensitive_columns_are_proposed():
    frame = loan_frame()
    frame["sex"] = ["male", "female"] * 100
    contract, _ = described(frame)
    assert suggest_sensitive(contract, frame.head(50)) == ("sex",)
