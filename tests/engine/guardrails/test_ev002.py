import pytest

from engine.domain.outcome import Severity, Verdict
from tests.engine.guardrails.judging import said


@pytest.mark.parametrize(("learned", "severity"), [(0.9, None), (0.88, None)])
def test_a_model_that_learned_passes(learned, severity):
    assert said("EV002", learn_score=learned)[0].severity is severity


@pytest.mark.parametrize(
    ("learned", "tested", "severity"), [(0.99, 0.8, Severity.NOTE), (1.0, 0.6, Severity.WARNING)], ids=["some", "most"]
)
def test_a_model_that_remembers_is_flagged(learned, tested, severity):
    from engine.domain.evidence import Estimate

    score = Estimate(metric="roc_auc", value=tested, interval=(tested - 0.02, tested + 0.02), rows=2000)
    (found,) = said("EV002", learn_score=learned, score=score)
    assert found.severity is severity
    assert "is memory" in found.problem


def test_without_a_score_on_old_rows_nothing_is_said():
    assert said("EV002", learn_score=None)[0].verdict is Verdict.NOT_APPLICABLE
