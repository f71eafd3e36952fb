"""The review: how ready a model is, answered in place."""

import json

import pytest
from click.testing import CliRunner
from streamlit.testing.v1 import AppTest

from app import reports
from app.cli import main
from app.workflow import registry, reviewing
from engine.domain.card import Done
from engine.domain.outcome import Gate, Outcome, Override, Severity, Verdict
from engine.domain.version import Stage
from engine.errors import Refused, UnusableOption
from store import db, models, problems
from tests.app.prepared import EVIDENCE, OUTCOMES, again, prepare
from tests.app.reading import MAIN, primary, read


def test_how_ready_it_is_stands_there_with_its_evidence(home, opened) -> None:
    _, project_id = prepare(home, "decided")
    said = read(opened("steps/review.py", project=project_id))
    assert "The score is that of the weakest section" in said
    assert "Better than 2 simpler ways on the same 400 test rows, beyond chance." in said
    assert "Begins with the release." in said


def test_what_only_a_person_knows_is_answered_in_place_and_kept_with_who_and_when(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    (ask,) = [group for group in at.button_group if group.label == "A new column can be added quickly"]
    before = registry.card(opened_home, "leaving:1").answers
    ask.set_value(Done.BY_HAND).run()
    (answer,) = registry.card(opened_home, "leaving:1").answers
    assert before == ()
    assert (answer.test, answer.done, answer.by) == ("data_6", Done.BY_HAND, opened_home.settings.user)
    assert answer.at.tzinfo is not None
    assert f"{answer.by}, just now" in read(at.run())
    assert "2.5 of 7" in "".join(group.label for group in at.expander)


def test_what_is_said_of_its_use_is_filled_in_only_while_it_may_change(home, opened) -> None:
    opened_home, project_id = prepare(home, "trained")
    fill_in = "Fill in what it is for, who owns it, until when"
    assert fill_in in [link.proto.label for link in opened("steps/review.py", project=project_id).get("page_link")]
    reviewing.submit(opened_home, "leaving:1")
    at = opened("steps/review.py", project=project_id)
    assert "The card has" in read(at)
    assert fill_in not in [link.proto.label for link in at.get("page_link")]


def test_each_finding_stands_with_the_reason_for_keeping_it(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    with db.writing(opened_home.engine) as session:
        asked = registry.show(opened_home, "leaving:1").problem.id
        for code, why in (("US003", "names are withheld"), ("LK007", "made before")):
            problems.override(session=session, problem_id=asked, override=Override(code=code, reason=why), author="Kim")
    said = read(opened("steps/review.py", project=project_id)).replace("\\", "")
    assert "Kept, because: names are withheld" in said[said.index("US003") :]
    assert "**LK007** Nothing is found any more. It was to be kept, because: made before" in said


def test_somebody_elses_newer_answer_is_shown_and_not_taken_back(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/review.py", project=project_id)
    (ask,) = [group for group in at.button_group if group.label == "A new column can be added quickly"]
    ask.set_value(Done.BY_HAND).run()
    reviewing.answer(opened_home, "leaving:1", "data_6", Done.AUTOMATED)
    at.run()
    assert [a.done for a in registry.card(opened_home, "leaving:1").answers] == [Done.BY_HAND, Done.AUTOMATED]


def test_what_was_said_of_an_earlier_version_is_proposed_and_counts_once_confirmed(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    reviewing.answer(opened_home, "leaving:1", "data_6", Done.NOT_DONE)
    reviewing.answer(opened_home, "leaving:1", "data_6", Done.AUTOMATED)
    assert again(opened_home, project_id, "decided") == "leaving:2"
    at = opened("steps/review.py", project=project_id)
    (ask,) = [group for group in at.button_group if group.label == "A new column can be added quickly"]
    assert ask.value == Done.AUTOMATED
    assert "of leaving:1, just now; counts once confirmed" in read(at).replace("\\", "")
    assert registry.card(opened_home, "leaving:2").answers == ()
    next(button for button in at.button if button.label == "Still so").click().run()
    assert [a.done for a in registry.card(opened_home, "leaving:2").answers] == [Done.AUTOMATED]
    assert not [button for button in at.button if button.label == "Still so"]
    assert reviewing.answered_before(opened_home, registry.show(opened_home, "leaving:2")) == {}


def test_the_use_is_limited_to_cases_and_the_card_says_so(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    at = opened("steps/decide.py", project=project_id)
    limits = next(m for m in at.multiselect if m.label.startswith("Use it only on cases"))
    limits.set_value(["calls", "sex"]).run()
    next(n for n in at.number_input if n.label == "calls to").set_value(5.0).run()
    next(m for m in at.multiselect if m.label == "sex is one of").set_value([]).run()
    primary(at).click().run()
    assert "No value of ‘sex’ would be allowed" in read(at)
    next(m for m in at.multiselect if m.label == "sex is one of").set_value(["f"]).run()
    primary(at).click().run()
    card = registry.card(opened_home, "leaving:1")
    assert card.use.allowed[0].maximum == 5
    for form in registry.FORMATS:
        assert "0 to 5" in registry.render(card, form)


@pytest.mark.parametrize(
    ("test", "done", "words"),
    [("data_1", Done.BY_HAND, "Nobody is asked about a test 'data_1'"), ("data_6", Done.NOT_YET, "is no answer")],
    ids=["computed", "nothing said"],
)
def test_an_answer_to_what_is_not_asked_is_refused(tmp_path, test, done, words) -> None:
    opened_home, _ = prepare(tmp_path, "decided")
    with pytest.raises(UnusableOption, match=words):
        reviewing.answer(opened_home, "leaving:1", test, done)


def test_a_retired_version_is_not_asked_about(tmp_path) -> None:
    opened_home, _ = prepare(tmp_path, "released")
    with db.writing(opened_home.engine) as session:
        version = models.find(session=session, reference="leaving:1")
        models.stage(session=session, version=version, stage=Stage.RETIRED)
    with pytest.raises(Refused, match="is retired"):
        reviewing.answer(opened_home, "leaving:1", "data_6", Done.BY_HAND)


@pytest.mark.parametrize(
    ("largest", "same", "done", "words"),
    [
        (1e-12, True, Done.BY_HAND, "gave the same answers on 100 rows"),
        (0.25, False, Done.NOT_DONE, "gave answers that differ by up to 0.25 on 100 rows"),
        (None, False, Done.NOT_DONE, "did not make this model"),
    ],
    ids=["same", "other", "none"],
)
def test_training_again_is_written_down(tmp_path, largest, same, done, words) -> None:
    opened_home, _ = prepare(tmp_path, "decided")
    reviewing.reproduced(opened_home, "leaving:1", rows=100, largest=largest, same=same)
    (told,) = [
        t for t in reports.ready(registry.card(opened_home, "leaving:1"))["tests"] if t["test"] == "infrastructure_1"
    ]
    assert told["done"] == done
    assert words in told["evidence"]


def test_the_command_says_and_answers_the_same(home) -> None:
    prepare(home, "decided")
    run = CliRunner().invoke
    told = json.loads(run(main, ["answer", "leaving", "data_6", "automated", "--json"]).stdout)
    assert [t["done"] for t in told["tests"] if t["test"] == "data_6"] == ["automated"]
    assert told["score"] == min(told["sections"].values())
    said = run(main, ["answer", "leaving:1"]).stdout
    assert f"ML Test Score {told['score']:g} of 7" in said
    assert len([line for line in said.splitlines() if line.startswith("  ")]) == 28
    refused = run(main, ["answer", "leaving", "data_6", "--json"])
    assert (refused.exit_code, json.loads(refused.stdout)["error"]["problem"]) == (2, "Nothing is said of 'data_6'.")
    shown = json.loads(run(main, ["show", "leaving", "--json"]).stdout)
    assert shown["readiness"] == {key: told[key] for key in told if key != "model"}


def test_a_model_that_beats_nothing_shows_no_importance(home) -> None:
    level = EVIDENCE.baselines[0].model_copy(update={"difference": (-0.01, 0.02)})
    prepare(home, "decided", evidence=EVIDENCE.model_copy(update={"baselines": (level,)}))
    told = json.loads(CliRunner().invoke(main, ["show", "leaving", "--json"]).stdout)["explanation"]
    assert told["importance"] == []
    assert "not surely better than always the most common answer" in told["unexplained"]


OPEN = Outcome(
    code="FA004",
    title="Groups fare differently",
    verdict=Verdict.FLAGGED,
    severity=Severity.BLOCKER,
    gate=Gate.APPROVAL,
    columns=("sex", "calls"),
    problem="The groups of ‘sex’ and ‘calls’ fare differently.",
    fix="Look at it.",
)


def test_reasons_and_a_note_are_kept_as_they_stand_and_so_is_that_they_were_taken_back(home, opened) -> None:
    _, project_id = prepare(home, "decided", outcomes=(*OUTCOMES, OPEN))
    _write(opened("steps/review.py", project=project_id), "it is a proxy for age", "Looks right.")
    opened("steps/understand.py", project=project_id)
    assert _written(opened("steps/review.py", project=project_id)) == ("it is a proxy for age", "Looks right.")
    again_here = _fresh(project_id)
    assert _written(again_here) == ("it is a proxy for age", "Looks right.")
    _write(again_here, "it is a proxy for age", "")
    assert _written(_fresh(project_id)) == ("it is a proxy for age", "")
    _write(again_here, "", "")
    assert _written(_fresh(project_id)) == ("", "")


def _reason(at: AppTest):
    return next(field for field in at.text_input if field.label == "Accepted, because …")


def _write(at: AppTest, reason: str, note: str) -> None:
    _reason(at).set_value(reason).run()
    at.text_area[0].set_value(note).run()


def _written(at: AppTest) -> tuple[str, str]:
    return _reason(at).value, at.text_area[0].value


def _fresh(project_id: str) -> AppTest:
    """The review in a tab of its own, as after a reload."""
    fresh = AppTest.from_file(MAIN, default_timeout=60).run()
    fresh.switch_page("steps/review.py")
    fresh.query_params["project"] = project_id
    return fresh.run()


def test_a_released_version_is_ready_in_what_the_release_proves(tmp_path) -> None:
    from engine.evidence.readiness import readiness

    opened_home, _ = prepare(tmp_path, "released", evidence=EVIDENCE)
    done = {t.test: t.done for t in readiness(registry.card(opened_home, "leaving:1")).tests}
    assert {done[f"monitoring_{number}"] for number in (2, 3)} == {Done.AUTOMATED}
    assert done["infrastructure_3"] is Done.AUTOMATED


def test_a_link_to_a_version_opens_that_version_also_after_its_project_went_on(home, opened) -> None:
    opened_home, project_id = prepare(home, "decided")
    reviewing.submit(opened_home, "leaving:1")
    again(opened_home, project_id, "decided")
    reviewing.send_back(opened_home, "leaving:2", note="why 60?")
    page = opened("screens/reviews.py")
    links = [link.proto for link in page.get("page_link")]
    assert "Returned with a question" in read(page)
    assert f"project={project_id}&model=leaving%3A2" in [link.query_string for link in links]
    assert f"project={project_id}&model=leaving%3A1" in [link.query_string for link in links]
    at = opened("steps/review.py", model="leaving:1", project=project_id)
    assert "This is **leaving:1**. Its project works on leaving:2 now." in read(at)
    at.text_area[0].set_value("Better than our rule.").run()
    primary(at).click().run()
    assert registry.show(opened_home, "leaving:1").stage == "approved"
    assert registry.show(opened_home, "leaving:2").stage == "returned"
    assert "Build and prove" in primary(at).label
    assert "This is **leaving:1**" in read(at)
    assert "works on" not in read(opened("steps/review.py", model="leaving:2", project=project_id))
    before = opened("steps/question.py", model="leaving:1", project=project_id)
    assert "as it stands now, with leaving:2: not what **leaving:1** was made of" in read(before)
    links = {link.proto.label: link.proto.query_string for link in before.get("page_link")}
    assert "model=leaving%3A1&show=Its+life" in links.values()
    assert links["1 Data"] == links["7 Review"] == f"project={project_id}&model=leaving%3A1"
    assert "as it stands now" not in read(opened("steps/question.py", model="leaving:2", project=project_id))
    assert "no version '9'" in read(opened("steps/review.py", model="leaving:9", project=project_id))
