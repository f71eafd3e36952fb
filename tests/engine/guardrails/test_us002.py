from engine.domain.outcome import Severity, Verdict
from engine.guardrails.run import run
from engine.problem.formulate import formulate
from tests.engine.guardrails.checking import check, flagged, table


def test_before_anybody_was_asked_there_is_nothing_to_say(clean):
    (outcome,) = check("US002", clean)
    assert outcome.verdict is Verdict.NOT_APPLICABLE


def test_gaps_are_named_in_words(clean):
    tested = table(clean)
    problem = formulate(tested.contract, tested.profile, target="bought")
    found = flagged(run(tested, problem, only={"US002"}, gaps=("owner", "may_act", "valid_until", "review_on")))[""]
    assert (found.severity, found.gate) == (Severity.WARNING, None)
    assert (
        "who owns it, who may act on its answers, until when it may be used, when it is looked at again"
        in found.problem
    )
    assert run(tested, problem, only={"US002"}, gaps=())[0].verdict is Verdict.PASSED
