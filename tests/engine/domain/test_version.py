"""What names a version, and what can be done with it where it stands."""

import pytest

from engine.domain.version import MOVES, Reference, Stage, leading_to


def test_a_reference_reads_as_it_is_written() -> None:
    assert Reference.parse("churn-2:13") == ("churn-2", 13)
    assert str(Reference("churn-2", 13)) == "churn-2:13"


@pytest.mark.parametrize("text", ["churn", "churn:", ":3", "churn:latest", "churn:-1", "churn:²", ""])
def test_what_names_no_version_is_no_reference(text) -> None:
    with pytest.raises(ValueError, match="is no name:number"):
        Reference.parse(text)


def test_what_can_be_done_with_a_version_follows_from_its_stage() -> None:
    can = {
        what: [stage.value for stage in Stage if getattr(stage, what)]
        for what in ("may_change", "may_approve", "may_serve", "was_approved")
    }
    assert can == {
        "may_change": ["draft", "returned"],
        "may_approve": ["draft", "in review"],
        "may_serve": ["approved", "live"],
        "was_approved": ["approved", "live", "retired"],
    }
    assert leading_to(Stage.LIVE) == (Stage.APPROVED,)
    assert not MOVES[Stage.RETIRED]
