"""Evidence of a model, good in every respect, that the tests of EV and FA codes spoil in one."""

from engine.domain.evidence import Baseline, Estimate, Evidence
from engine.domain.outcome import Outcome
from engine.guardrails.evaluation import judged

GOOD = Evidence(
    score=Estimate(metric="roc_auc", value=0.85, interval=(0.82, 0.88), rows=2000),
    learn_score=0.9,
    others=(Estimate(metric="ece", value=0.02, interval=(0.01, 0.03), rows=2000),),
    baselines=(
        Baseline(name="majority", label="always the most common answer", value=0.5, difference=(0.3, 0.4)),
        Baseline(name="one_rule", label="one rule", value=0.7, difference=(0.1, 0.2)),
        Baseline(name="linear", label="a weighted sum", value=0.8, difference=(0.02, 0.08)),
    ),
)


def said(code: str, **changes: object) -> list[Outcome]:
    """Return what one guardrail says of the good evidence with ``changes``."""
    return [o for o in judged(GOOD.model_copy(update=changes)) if o.code == code]
