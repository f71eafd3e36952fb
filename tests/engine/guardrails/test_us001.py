import numpy as np
import pandas as pd
import pytest

from engine.domain.outcome import Severity
from engine.domain.problem import Question
from engine.guardrails.run import run
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import check, flagged, table


@pytest.fixture
def people(clean: pd.DataFrame) -> pd.DataFrame:
    """The calls with the sex of the person called."""
    return clean.assign(sex=np.where(clean.index % 2 == 0, "male", "female"))


@pytest.mark.parametrize(
    ("target", "field"),
    [
        *(("default", "credit"), ("hired", "employment"), ("readmitted", "health"), ("dropout", "education")),
        *(("Kreditausfall", "credit"), ("eingestellt_Bewerber", "employment"), ("Krankenhausaufenthalt", "health")),
        *(("impago", "credit"), ("embauché", "employment"), ("enfermedad", "health"), ("récidive", "justice")),
        *(("Versicherungsfall", "insurance"), ("expulsion_locataire", "housing"), ("desahucio", "housing")),
    ],
)
def test_the_targets_name_tells_the_field(people, target, field):
    found = flagged(check("US001", people.rename(columns={"bought": target}), target))[""]
    assert (found.severity, found.gate) == (Severity.WARNING, None)
    assert field in found.problem


def test_the_words_of_the_question_tell_it_too(people):
    question = Question(who="applicant", action="grant the loan")
    assert "credit" in flagged(check("US001", people, question=question))[""].problem


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("Which applicant do we hire?", "employment"),
        ("Welcher Kunde zahlt den Kredit nicht zurück?", "credit"),
        ("Quels patients reviendront à l'hôpital ?", "health"),
        ("¿Qué alumnos dejarán la escuela?", "education"),
    ],
)
def test_a_question_about_people_needs_no_column_about_them(clean, words, field):
    assert field in flagged(check("US001", clean, question=Question(text=words)))[""].problem


def test_the_purpose_tells_it_too(people):
    tested = table(people)
    problem = formulate(tested.contract, tested.profile, target="bought")
    told = run(tested, problem, only={"US001"}, purpose="Decide who gets a mortgage.")
    assert "credit" in flagged(told)[""].problem
    assert not flagged(run(tested, problem, only={"US001"}, purpose="Plan the calls."))


@pytest.mark.parametrize(
    "words",
    ["Which customers buy again?", "Welche Kunden kündigen?", "Who answers the campaign?", "Quels clients partent ?"],
)
def test_a_question_about_customers_alone_is_no_sensitive_field(people, words):
    assert not flagged(check("US001", people, question=Question(text=words)))


def test_many_columns_of_a_field_are_a_note(people):
    names = {"income": "loan_amount", "visits": "credit_lines", "weight": "mortgage"}
    assert flagged(check("US001", people.rename(columns=names)))[""].severity is Severity.NOTE


def test_one_or_two_such_columns_are_not_enough(people):
    assert not flagged(check("US001", people.rename(columns={"income": "loan", "visits": "housing"})))


def test_machines_do_not_apply_for_credit(clean):
    assert not flagged(check("US001", clean.rename(columns={"bought": "default"}), "default"))
