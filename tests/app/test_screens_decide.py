"""Decide: what is filled in stays, and what the page says of it is so."""

from datetime import date, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from app.workflow import drafts, mitigating, registry
from engine.domain.evidence import Curve
from engine.domain.policy import Abstention, Policy, PolicyKind
from engine.domain.problem import Problem, Task
from engine.domain.version import Stage
from engine.policy.decision import decide
from store import db, models
from tests.app.prepared import EVIDENCE, PROBLEM, TABLE, prepare
from tests.app.reading import MAIN, primary, read

GAINS = Curve(name="gains", x=(0, 0.25, 1), y=(0, 0.6, 1), low=(0, 0.5, 1), high=(0, 0.7, 1))
LIMITED = PROBLEM.model_copy(
    update={
        "question": PROBLEM.question.model_copy(
            update={"cost_wrong_yes": None, "cost_missed_yes": None, "capacity": 20}
        )
    }
)


def number(at: AppTest, label: str):
    return next(n for n in at.number_input if n.label.startswith(label))


def opened_anew(project_id: str) -> AppTest:
    """Open the step in another tab."""
    at = AppTest.from_file(MAIN, default_timeout=60).run()
    at.switch_page("steps/decide.py")
    at.query_params["project"] = project_id
    return at.run()


def standing(home, policy: Policy, stage: str = Stage.DRAFT) -> None:
    """Have the prepared version decide by a policy, at a stage."""
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference="leaving:1")
        models.decide(session=session, version=version, policy=policy)
        if stage != Stage.DRAFT:
            models.stage(session=session, version=version, stage=stage)


def test_dates_stay_while_one_looks_at_another_step(home, opened) -> None:
    made, project_id = prepare(home, "decided")
    at = opened("steps/decide.py", project=project_id)
    at.multiselect[0].set_value(["since"]).run()
    said = {
        "It may be used until": date(2026, 12, 31),
        "Somebody looks at it again on": date(2026, 6, 30),
        "since from": date(2024, 5, 1),
        "since to": date(2025, 5, 1),
    }
    for label, day in said.items():
        next(d for d in at.date_input if d.label == label).set_value(day).run()
    kept = drafts.draft(made, project_id, "decide")
    opened("steps/understand.py", project=project_id)
    at = opened("steps/decide.py", project=project_id)
    assert {d.label: d.value for d in at.date_input} == said
    assert drafts.draft(made, project_id, "decide") == kept
    assert kept["use"]["valid_until"] == "2026-12-31"


def test_a_day_that_is_over_is_said_beside_the_button(home, opened) -> None:
    _, project_id = prepare(home, "decided")
    at = opened("steps/decide.py", project=project_id)
    soon, later = (date.today() + timedelta(days=ahead) for ahead in (100, 200))

    def said(until: date, review: date) -> str:
        next(d for d in at.date_input if d.label == "It may be used until").set_value(until).run()
        next(d for d in at.date_input if d.label.startswith("Somebody looks")).set_value(review).run()
        return read(at)

    assert "It was to be used until 2020-01-01, and that is over." in said(date(2020, 1, 1), soon)
    assert f"only after its use ends on {soon}" in said(soon, later)
    assert not any(words in said(later, soon) for words in ("that is over", "only after"))


def test_of_how_many_the_capacity_is_survives_a_reload_and_the_approval(home, opened) -> None:
    made, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    at.segmented_control[0].set_value(PolicyKind.CAPACITY).run()
    number(at, "We can act on").set_value(600).run()
    number(at, "out of every").set_value(6000).run()
    kept = drafts.draft(made, project_id, "decide")
    assert (kept["policy"]["batch"], kept["policy"]["threshold"]) == (6000, 0.9)
    fresh = opened_anew(project_id)
    assert number(fresh, "out of every").value == 6000
    assert drafts.draft(made, project_id, "decide") == kept
    primary(fresh).click().run()
    standing(made, registry.show(made, "leaving:1").policy, Stage.APPROVED)
    at = opened_anew(project_id)
    assert (number(at, "out of every").value, at.metric[0].label) == (6000, "Act on, of 6,000 cases")
    assert "out of every 6,000 customers" in registry.render(registry.card(made, "leaving:1"), "md")


def test_a_capacity_of_the_question_is_out_of_as_many_wherever_it_is_read(home, opened) -> None:
    evidence = EVIDENCE.model_copy(update={"curves": (GAINS,)})
    made, project_id = prepare(home, "decided", problem=LIMITED, evidence=evidence)
    standing(made, decide(TABLE, LIMITED))
    # Twenty of the hundred that were counted on to choose; of the 400 test rows that is the same share.
    assert "top 80 of 400 customers" in read(opened("steps/understand.py", project=project_id))
    at = opened("steps/decide.py", project=project_id)
    assert (number(at, "We can act on").value, number(at, "out of every").value) == (20, 100)
    assert not drafts.draft(made, project_id, "decide")  # what training proposed, and nothing else
    assert "20 can be acted on out of every 100" in registry.render(registry.card(made, "leaving:1"), "md")


@pytest.mark.parametrize("batch", [6000, None], ids=["of so many", "as it was kept before"])
def test_what_was_approved_is_drawn_as_it_stands(home, opened, batch) -> None:
    made, project_id = prepare(home, "decided")
    at = opened("steps/decide.py", project=project_id)
    at.segmented_control[0].set_value(PolicyKind.CAPACITY).run()  # tried, and never kept
    number(at, "out of every").set_value(250).run()
    at.segmented_control[0].set_value(PolicyKind.MANUAL).run()
    next(t for t in at.text_input if t.label == "Who owns it").set_value("Nobody").run()
    stands = Policy(kind=PolicyKind.CAPACITY, threshold=0.5, capacity=300, batch=batch)
    standing(made, stands, Stage.APPROVED)
    at = opened("steps/decide.py", project=project_id)
    assert (number(at, "We can act on").value, number(at, "out of every").value) == (300, batch)
    assert "act from a chance of 50 % on" in read(at)
    assert next(t for t in at.text_input if t.label == "Who owns it").value == "Service"


def test_it_abstains_where_it_is_not_sure_and_nowhere_else(home, opened) -> None:
    _, project_id = prepare(home, "released")
    at = opened("steps/release.py", project=project_id)
    at.segmented_control(key="call").set_value("What comes back").run()
    assert "abstain` where it is not as sure as was asked for under Decide" in read(at)
    at = opened("steps/decide.py", project=project_id)
    abstained = next(t for t in at.text_input if t.label == "Who handles the cases it does not answer")
    assert abstained.help == "Where it is not as sure as is asked for above, the model abstains."


def test_who_handles_the_cases_that_are_left_is_whoever_stands_below(home, opened) -> None:
    sure = Abstention(coverage=0.9, limits=(0.5, 0.5), abstained=0.1)
    _, project_id = prepare(home, "trained", evidence=EVIDENCE.model_copy(update={"limits": (sure,)}))
    at = opened("steps/decide.py", project=project_id)
    at.select_slider[0].set_value(0.9).run()
    assert "Say below who handles them." in read(at)
    next(t for t in at.text_input if t.label == "Who handles the cases it does not answer").set_value("the desk").run()
    assert "They go to: the desk." in read(at)
    assert "Say below" not in read(at)


def test_a_slider_that_leaves_the_same_cases_says_that_it_changes_only_the_range(home, opened) -> None:
    ways = tuple(Abstention(coverage=c, widths=(w,), widest=99.0, abstained=0.0) for c, w in ((0.8, 5.0), (0.9, 8.0)))
    asked = Problem(task=Task.REGRESSION, target="spent", metric="rmse")
    evidence = EVIDENCE.model_copy(update={"limits": ways, "confusion": None, "mitigations": ()})
    _, project_id = prepare(home, "trained", evidence=evidence, problem=asked)
    at = opened("steps/decide.py", project=project_id)
    assert at.select_slider[0].label == "How often the true number lies within the range"
    assert "no case is left to a person: it changes only the width of the range" in read(at)


def test_a_model_trained_anew_has_room_for_as_many_of_as_many() -> None:
    before = Policy(kind=PolicyKind.CAPACITY, threshold=0.5, capacity=600, batch=6000)
    policy = mitigating.decided(TABLE, PROBLEM, before)
    assert (policy.kind, policy.capacity, policy.batch, policy.threshold) == (PolicyKind.CAPACITY, 600, 6000, 0.9)
