"""A reviewer decides on what the page showed when it was opened, not on what became of it meanwhile."""

import pytest

from app.workflow import deciding, registry, reviewing, seen
from engine.domain.card import Done
from engine.domain.policy import PolicyKind
from engine.errors import Refused
from tests.app.prepared import USE, prepare
from tests.app.reading import primary, read


def decide_otherwise(home, threshold=0.99):
    """Somebody else sets another threshold."""
    policy = registry.show(home, "leaving:1").policy
    manual = policy.model_copy(update={"threshold": threshold, "kind": PolicyKind.MANUAL})
    deciding.set_policy(home, "leaving:1", manual)


def button(at, label):
    return next(one for one in at.button if one.label == label)


@pytest.mark.parametrize(
    ("label", "stage"), [("Approve", "approved"), ("Return with a question", "returned")], ids=["approve", "return"]
)
def test_what_changed_while_it_was_looked_at_is_looked_at_again(home, opened, label, stage):
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    decide_otherwise(opened_home)
    at.text_area[0].set_value("0.5 is what we agreed.").run()  # draws the page anew, with the new threshold
    button(at, label).click().run()
    assert "leaving:1 changed while you looked at it: how it decides, what was measured." in read(at)
    assert "Look at it again, then decide." in read(at)
    assert (registry.show(opened_home, "leaving:1").stage, at.text_area[0].value) == ("draft", "0.5 is what we agreed.")
    button(at, label).click().run()
    assert registry.show(opened_home, "leaving:1").stage == stage


def test_what_the_reviewer_changed_elsewhere_or_answers_on_the_page_is_no_surprise(home, opened):
    opened_home, project_id = prepare(home, "decided")
    opened("steps/review.py", project=project_id)
    opened("steps/decide.py", project=project_id)
    decide_otherwise(opened_home)
    at = opened("steps/review.py", project=project_id)
    (ask,) = [group for group in at.button_group if group.label == "A new column can be added quickly"]
    ask.set_value(Done.BY_HAND).run()
    at.text_area[0].set_value("Why 0.99?").run()
    button(at, "Return with a question").click().run()
    at.text_area[0].set_value("It costs least.").run()
    primary(at).click().run()
    assert (at.text_area[0].value, button(at, "Approve").disabled) == ("", True)  # the question is no reason to approve
    at.text_area[0].set_value("So it does.").run()
    primary(at).click().run()
    assert registry.show(opened_home, "leaving:1").stage == "approved"


def test_what_changes_between_the_look_and_the_decision_is_noticed_without_a_screen_too(tmp_path, monkeypatch):
    home, _ = prepare(tmp_path, "decided")
    stale = registry.show(home, "leaving:1")
    deciding.set_use(home, "leaving:1", USE.model_copy(update={"owner": "Sales"}))
    with monkeypatch.context() as patched:
        patched.setattr(registry, "show", lambda *_: stale)
        with pytest.raises(Refused, match="looked at it: who may use it and for what"):
            reviewing.approve(home, "leaving:1", note="fine")
    looked_at = seen.seen(registry.show(home, "leaving:1"))
    assert reviewing.approve(home, "leaving:1", note="fine", looked_at=looked_at).stage == "approved"
