import pytest

from engine.domain.outcome import Severity
from tests.engine.guardrails.checking import check, flagged


@pytest.mark.parametrize(("rows", "severity"), [(30, Severity.BLOCKER), (80, Severity.WARNING)])
def test_a_small_table_is_flagged(clean, rows, severity):
    found = flagged(check("DA001", clean.head(rows)))[""]
    assert found.severity is severity
    assert found.evidence["rows"] == rows
    assert str(rows) in found.problem


@pytest.mark.parametrize(("yes", "severity"), [(6, Severity.BLOCKER), (15, Severity.WARNING)])
def test_a_small_class_is_flagged(clean, truth, yes, severity):
    kept = [*clean.index[~truth], *clean.index[truth][:yes]]
    found = flagged(check("DA001", clean.loc[kept].reset_index(drop=True)))["bought"]
    assert found.severity is severity
    assert "‘yes’" in found.problem


def test_rows_without_an_answer_do_not_count(clean):
    frame = clean.copy()
    frame.loc[40:, "bought"] = None
    assert flagged(check("DA001", frame))[""].evidence["rows"] == 40


def test_enough_is_enough(clean):
    assert not flagged(check("DA001", clean))
