import pytest

from engine.domain.evidence import Estimate
from engine.domain.outcome import Severity, Verdict
from tests.engine.guardrails.judging import said


@pytest.mark.parametrize(
    ("value", "interval", "rows"), [(0.85, (0.7, 0.95), 60), (0.55, (0.5, 0.6), 2000)], ids=["few rows", "small gain"]
)
def test_an_unsure_score_is_a_warning(value, interval, rows):
    (found,) = said("EV003", score=Estimate(metric="roc_auc", value=value, interval=interval, rows=rows))
    assert found.severity is Severity.WARNING
    assert f"{rows:,} rows" in found.problem


def test_a_sure_score_passes():
    assert said("EV003")[0].verdict is Verdict.PASSED
