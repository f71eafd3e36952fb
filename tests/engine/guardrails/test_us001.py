import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Severity
from engine.domain.problem import Question
from tests.engine.guardrails.checking import check, flagged


@pytest.fixture
def people(clean: pd.DataFrame) -> pd.DataFrame:
    """The calls with the sex of the person called."""
    return clean.assign(sex=np.where(clean.index % 2 == 0, "male", "female"))


@pytest.mark.parametrize(
    ("target", "field"),
    [("default", "credit"), ("hired", "employment"), ("readmitted", "health"), ("dropout", "education")],
)
def test_the_targets_name_tells_the_field(people, target, field):
    found = flagged(check("US001", people.rename(columns={"bought": target}), target))[""]
    assert (found.severity, found.gate) == (Severity.WARNING, None)
    assert field in found.problem


def test_the_words_of_the_question_tell_it_too(people):
    question = Question(who="applicant", action="grant the loan")
    assert "credit" in flagged(check("US001", people, question=question))[""].problem


def test_many_columns_of_a_field_are_a_note(people):
    names = {"income": "loan_amount", "visits": "credit_lines", "weight": "mortgage"}
    assert flagged(check("US001", people.rename(columns=names)))[""].severity is Severity.NOTE


def test_one_or_two_such_columns_are_not_enough(people):
    assert not flagged(check("US001", people.rename(columns={"income": "loan", "visits": "housing"})))


def test_machines_do_not_apply_for_credit(clean):
    assert not flagged(check("US001", clean.rename(columns={"bought": "default"}), "default"))
