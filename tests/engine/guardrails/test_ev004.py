import pytest

from engine.domain.evidence import Estimate
from engine.domain.outcome import Severity, Verdict
from tests.engine.guardrails.judging import said


@pytest.mark.parametrize(("low", "severity"), [(0.01, None), (0.04, Severity.NOTE), (0.08, Severity.WARNING)])
def test_chances_that_are_off_are_flagged_by_how_much(low, severity):
    error = Estimate(metric="ece", value=low + 0.02, interval=(low, low + 0.04), rows=2000)
    assert said("EV004", others=(error,))[0].severity is severity


def test_without_chances_there_is_nothing_to_say():
    assert said("EV004", others=())[0].verdict is Verdict.NOT_APPLICABLE
