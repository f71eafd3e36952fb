from engine.domain.evidence import Baseline
from engine.domain.outcome import Gate, Severity, Verdict
from tests.engine.guardrails.judging import GOOD, said


def with_(name: str, value: float, difference: tuple[float, float]) -> dict[str, object]:
    stated = Baseline(name=name, label="today's rule", value=value, difference=difference, rule="calls > 3")
    return {"baselines": (*GOOD.baselines, stated)}


def test_a_model_better_than_every_simple_way_passes():
    (found,) = said("EV001")
    assert (found.verdict, found.gate, found.rows_examined) == (Verdict.PASSED, Gate.APPROVAL, 2000)


def test_where_todays_rule_is_as_good_no_machine_learning_is_needed():
    (found,) = said("EV001", **with_("today", 0.84, (-0.01, 0.03)))
    assert found.blocks
    assert "0.85 against 0.84" in found.problem
    assert found.fix.startswith("You do not need machine learning for this: use today's rule (calls > 3), or bring")


def test_being_no_better_than_a_weighted_sum_closes_nothing():
    (found,) = said("EV001", **with_("linear", 0.85, (-0.02, 0.02)))
    assert (found.severity, found.blocks) == (Severity.WARNING, False)
    assert "weighted sum" in found.fix
