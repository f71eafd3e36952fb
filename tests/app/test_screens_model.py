"""The wizard from training to release, and a model's page."""

import pytest
from streamlit.testing.v1 import AppTest

from app import reports, say
from app.workflow import drafts, jobs, orders, projects, registry, reviewing
from engine.domain.failure import Failure
from engine.domain.policy import PolicyKind, WhenOver
from engine.domain.run import JobState
from engine.domain.service import Form, Verification
from store import db, models, releases
from store import jobs as store_jobs
from tests.app.prepared import EVIDENCE, NASTY, again, prepare
from tests.app.reading import MAIN, everything, primary, read

# --- train


def test_a_budget_of_zero_closes_the_button(home, opened) -> None:
    _, project_id = prepare(home, "checked")
    at = opened("steps/train.py", project=project_id)
    assert primary(at).label == "Train for up to 5 minutes"
    at.number_input[0].set_value(0.0).run()
    assert primary(at).disabled
    assert "more than 0 minutes" in everything(at)


def test_a_training_is_queued_watched_stopped_and_cancelled(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked")
    at = opened("steps/train.py", project=project_id)
    primary(at).click().run()
    run_id = str(projects.project(opened_home, project_id).run_id)
    assert jobs.job(opened_home, run_id).state is JobState.QUEUED
    assert primary(at).disabled
    next(b for b in at.button if b.label == "Cancel").click().run()
    assert jobs.job(opened_home, run_id).state is JobState.CANCELLED
    assert "was cancelled" in everything(at.run())


def test_a_failed_training_says_why_and_may_be_tried_again(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked")
    at = opened("steps/train.py", project=project_id)
    primary(at).click().run()
    run_id = str(projects.project(opened_home, project_id).run_id)
    with db.writing(opened_home.engine) as session:
        failure = Failure(code="out_of_memory", problem="It needed more memory.", fix="Choose quick.")
        store_jobs.finish(session=session, job_id=run_id, state=JobState.FAILED, failure=failure)
    at.run()
    assert "It needed more memory" in at.error[0].value
    assert not primary(at).disabled


def test_the_models_of_a_training_are_shown_and_another_can_be_taken(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    at = opened("steps/train.py", project=project_id)
    assert list(at.dataframe[0].value["Model"]) == ["LightGBM (extra random)", "CatBoost"]
    next(b for b in at.button if b.label == "Take it").click().run()
    assert jobs.latest(opened_home, project_id, orders.JUDGE) is not None


# --- understand


def test_a_score_never_stands_alone(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    said = read(opened("steps/understand.py", project=project_id))
    assert "**0.81**" in said
    assert "0.76 to 0.86" in said
    assert "400 rows" in said
    assert "today's rule" in said
    assert "not what causes the outcome" in said


def test_screen_card_and_command_line_say_the_same_numbers(home, opened, capsys) -> None:
    score = EVIDENCE.score.model_copy(update={"value": 0.90041, "interval": (0.8712, 0.93)})
    rival = EVIDENCE.baselines[1].model_copy(update={"value": 0.9, "difference": (0.0104, 0.0312)})
    evidence = EVIDENCE.model_copy(update={"score": score, "baselines": (rival,)})
    opened_home, project_id = prepare(home, "trained", evidence=evidence)
    screen = read(opened("steps/understand.py", project=project_id))
    assert "**0.9004** (0.8712 to 0.9300 with" in screen
    assert "0.9004 against 0.9000, ahead by 0.010 to 0.031" in screen
    card = registry.render(registry.card(opened_home, "leaving:1"), "md")
    for said in ("0.9004", "0.8712 to 0.9300", "0.9000", "model ahead by 0.010 to 0.031"):
        assert said in card
    say._score(reports.trained(registry.show(opened_home, "leaving:1")))
    assert "roc_auc 0.9004 (0.8712 to 0.9300, on 400 test rows)\n  today's rule: 0.9000" in capsys.readouterr().out


def test_a_model_that_beats_nothing_says_so_first(home, opened) -> None:
    rival = EVIDENCE.baselines[1].model_copy(update={"value": 0.82, "difference": (-0.04, 0.01)})
    _, project_id = prepare(home, "trained", evidence=EVIDENCE.model_copy(update={"baselines": (rival,)}))
    at = opened("steps/understand.py", project=project_id)
    assert at.warning
    assert "is an honest result" in everything(at)


def test_what_it_costs_to_treat_groups_alike_is_drawn_with_a_caution(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    at = opened("steps/understand.py", project=project_id)
    said = everything(at)
    assert "a threshold for each group would bring the difference from 10 to 2 points" in said
    assert "ask a lawyer first" in said


# --- decide, review, release


def test_costs_decide_and_the_use_contract_is_kept(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    next(n for n in at.number_input if n.label == "Missing a case costs").set_value(1.0).run()
    next(t for t in at.text_input if t.label == "Who owns it").set_value("Service").run()
    primary(at).click().run()
    shown = registry.show(opened_home, "leaving:1")
    assert shown.policy.cost_missed_yes == 1.0
    assert shown.use.owner == "Service"
    assert shown.use.purpose.startswith("For each customer")


def test_it_is_said_what_happens_when_its_time_is_over(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    next(c for c in at.segmented_control if "retired" in c.label).set_value(WhenOver.REFUSE).run()
    primary(at).click().run()
    assert registry.show(opened_home, "leaving:1").use.when_over is WhenOver.REFUSE


def test_a_live_version_is_gone_back_from_and_retired_on_its_page(home, opened) -> None:
    opened_home, project_id = prepare(home, "released")
    again(opened_home, project_id, "released")
    at = opened("screens/model.py", model="leaving:2")
    assert "its name alone means this one" in everything(at)
    second = registry.show(opened_home, "leaving:2").id
    at.button(key=f"rollback:do:{second}").click().run()
    assert registry.show(opened_home, "leaving").reference == "leaving:1"
    assert r"leaving\:1 is live" in everything(at)
    at.button(key=f"promote:do:{second}").click().run()
    assert registry.show(opened_home, "leaving").reference == "leaving:2"
    at.text_input(key=f"retire:{second}").set_value("too old").run()
    at.button(key=f"retire:do:{second}").click().run()
    assert registry.show(opened_home, "leaving:2").stage == "retired"
    assert "says so with every answer" in everything(at)
    assert not at.exception


def test_its_page_heads_with_how_good_it_is_and_says_how_many_that_picks(home, opened) -> None:
    prepare(home, "released")
    at = opened("screens/model.py", model="leaving:1")
    (headline,) = [m for m in at.markdown if "54 have" in m.value]
    assert "how many are acted on is set in the step Decide" in headline.help


def test_a_capacity_is_never_exceeded(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    at.segmented_control[0].set_value(PolicyKind.CAPACITY).run()
    next(n for n in at.number_input if n.label == "We can act on").set_value(300).run()
    assert int(at.metric[0].value.replace(",", "")) <= 300


def test_approval_needs_a_note_and_a_builder_is_named(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    assert primary(at).disabled
    at.text_area[0].set_value("Better than our rule.").run()
    primary(at).click().run()
    assert registry.show(opened_home, "leaving:1").stage == "approved"
    assert "Build and prove" in primary(at).label


def test_a_note_a_decision_and_a_use_contract_survive_a_reload(home, opened) -> None:
    _, project_id = prepare(home, "trained")
    at = opened("steps/decide.py", project=project_id)
    next(n for n in at.number_input if n.label == "Missing a case costs").set_value(7.0).run()
    next(t for t in at.text_input if t.label == "Who owns it").set_value("Service").run()
    at = opened("steps/review.py", project=project_id)
    at.text_area[0].set_value("Looks right.").run()
    fresh = AppTest.from_file(MAIN, default_timeout=60).run()
    for step in ("decide", "review"):
        fresh.switch_page(f"steps/{step}.py")
        fresh.query_params["project"] = project_id
        fresh.run()
        found = {t.label: t.value for t in (*fresh.text_input, *fresh.text_area, *fresh.number_input)}
        kept = (
            {"Who owns it": "Service", "Missing a case costs": 7.0}
            if step == "decide"
            else {"Your note": "Looks right."}
        )
        assert found.items() >= kept.items()


def test_what_is_taken_back_under_decide_is_no_draft_any_more(home, opened) -> None:
    made, project_id = prepare(home, "trained")
    primary(opened("steps/decide.py", project=project_id)).click().run()  # what is proposed is kept
    at = opened("steps/decide.py", project=project_id)
    owner = next(t for t in at.text_input if t.label == "Who owns it")
    before = owner.value
    owner.set_value("Wrong person").run()
    assert drafts.draft(made, project_id, "decide")["use"]["owner"] == "Wrong person"
    next(t for t in at.text_input if t.label == "Who owns it").set_value(before).run()
    assert not drafts.draft(made, project_id, "decide")


def test_a_model_is_returned_with_a_question(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    at.text_area[0].set_value("Why was last summer left out?").run()
    next(b for b in at.button if b.label == "Return with a question").click().run()
    assert registry.show(opened_home, "leaving:1").stage == "returned"
    assert "last summer" in everything(at)


def test_a_handed_over_model_waits_among_the_reviews(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    next(b for b in at.button if b.label == "Hand to a reviewer").click().run()
    assert [row.reference for row in reviewing.waiting(opened_home)] == ["leaving:1"]
    at = opened("screens/reviews.py")
    assert "Nothing waits" not in read(at)
    assert "predicts left" in read(at)


def test_a_release_is_queued_and_a_failed_one_says_why(home, opened) -> None:
    opened_home, project_id = prepare(home, "approved")
    at = opened("steps/release.py", project=project_id)
    primary(at).click().run()
    job = jobs.latest(opened_home, project_id, orders.RELEASE)
    assert job is not None
    assert primary(at).disabled
    with db.writing(opened_home.engine) as session:
        failure = Failure(code="not_verified", problem="It answers differently.", fix="Train again.")
        store_jobs.finish(session=session, job_id=job.id, state=JobState.FAILED, failure=failure)
    assert "answers differently" in at.run().error[0].value


def test_a_released_model_shows_how_to_call_it_and_takes_a_file(home, opened) -> None:
    opened_home, project_id = prepare(home, "released")
    at = opened("steps/release.py", project=project_id)
    assert "handrail serve leaving:1" in at.code[0].value
    assert "/predict" in at.code[1].value
    at.segmented_control(key="way").set_value("file").run()
    assert "handrail score leaving:1" in at.code[0].value
    at.file_uploader[0].set_value(("next.csv", b"a,b\n1,2\n", "text/csv")).run()
    assert jobs.latest(opened_home, project_id, orders.SCORE) is not None


def test_a_model_is_built_into_a_program_without_being_served(home, opened) -> None:
    opened_home, project_id = prepare(home, "approved")
    at = opened("steps/release.py", project=project_id)
    at.segmented_control(key="way").set_value("embed").run()
    assert primary(at).label == "Build and prove the package"
    primary(at).click().run()
    assert primary(at).disabled
    assert "Building the package" in read(at)
    (job,) = [jobs.latest(opened_home, project_id, orders.RELEASE)]
    at.segmented_control(key="way").set_value("serve").run()
    assert not primary(at).disabled
    with db.writing(opened_home.engine) as session:
        proof = Verification(form=Form.WHEEL, rows=100, largest_difference=0.0, passed=True)
        version = models.find(session=session, reference="leaving:1")
        releases.add(session=session, release_id=job.id, version=version, verification=proof, digest="x")
        store_jobs.finish(session=session, job_id=job.id, state=JobState.DONE, result={})
    at.segmented_control(key="way").set_value("embed").run()
    assert "is released" in at.success[0].value
    assert at.code[0].value == "pip install handrail_leaving-1-py3-none-any.whl"
    compile(at.code[1].value, "snippet", "exec")
    assert "import handrail_leaving" in at.code[1].value
    assert registry.show(opened_home, "leaving:1").stage == "approved"  # a package serves nobody
    card = registry.render(registry.card(opened_home, "leaving:1"), "html")
    assert "The released package was loaded in a clean process and answered 100 rows" in card


@pytest.mark.parametrize("part", ["Use it", "How good it is", "Its card", "Its life"])
def test_a_models_page_shows_every_part(home, opened, part, monkeypatch) -> None:
    prepare(home, "released")  # with no file of its training
    monkeypatch.setattr("app.workflow.origin.making", lambda *_: ([("CatBoost", "seed 1")], f"Reading {NASTY}"))
    at = opened("screens/model.py", model="leaving:1")
    at.segmented_control(key="show").set_value(part).run()
    assert not at.exception
    assert not at.error
    assert NASTY not in everything(at)
