from engine.domain.evidence import Slice
from engine.domain.outcome import Severity, Verdict
from tests.engine.guardrails.judging import said


def test_each_weak_part_is_a_warning_that_names_its_columns():
    part = Slice(
        conditions=("‘age’ is below 25", "‘region’ is ‘south’"), columns=("age", "region"), rows=120, share=0.06,
        metric="roc_auc", value=0.52, elsewhere=0.86, sentence="Where ‘age’ is below 25, it is hardly better.",
    )  # fmt: skip
    (found,) = said("EV005", slices=(part,))
    assert (found.severity, found.columns, found.rows_examined) == (Severity.WARNING, ("age", "region"), 120)
    assert found.evidence == {"roc_auc": 0.52, "elsewhere": 0.86, "share": 0.06}


def test_without_one_it_passes():
    assert said("EV005")[0].verdict is Verdict.PASSED
