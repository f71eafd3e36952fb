"""The wizard's checks: what a person reads of the findings, and the ways out."""

import json

import pytest

from app.workflow import checks, jobs, orders, projects, question
from engine.domain.outcome import Action, Bar, Outcome, Override, Picture, PictureKind, Proof, Remedy, Severity, Verdict
from tests.app.prepared import LATE, NASTY, OUTCOMES, PROBLEM, prepare
from tests.app.reading import everything, primary, read


def test_findings_stand_in_order_and_a_stop_closes_training(home, opened) -> None:
    _, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    at = opened("steps/checks.py", project=project_id)
    assert "1 thing must be fixed, 1 is worth a look, 1 could not be checked and 1 is fine." in everything(at)
    assert primary(at).disabled
    assert "must be fixed, or kept with a reason" in read(at)


def test_a_fix_makes_a_new_problem_and_checks_it(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    before = projects.project(opened_home, project_id).problem_id
    at = opened("steps/checks.py", project=project_id)
    next(b for b in at.button if b.key == "fix:LK007:0").click().run()
    project = projects.project(opened_home, project_id)
    assert project.problem_id != before
    assert "calls" in question.problem_view(opened_home, str(project.problem_id)).problem.dropped()
    assert jobs.latest(opened_home, project_id, orders.CHECK) is not None


def test_a_finding_is_kept_only_with_a_reason(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    at = opened("steps/checks.py", project=project_id)
    at.button(key="keep:LK007:0").click().run()
    assert "An empty reason is too short" in at.error[0].value
    at.text_area(key="reason:LK007:0").set_value("The calls are known the day before.")
    at.button(key="keep:LK007:0").click().run()
    assert not primary(at).disabled
    problem_id = str(projects.project(opened_home, project_id).problem_id)
    (kept,) = question.problem_view(opened_home, problem_id).overrides
    assert kept == Override(code="LK007", column="calls", reason="The calls are known the day before.")


def test_what_was_kept_can_be_fixed_after_all_and_its_reason_changed(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    problem_id = str(projects.project(opened_home, project_id).problem_id)
    hasty = Override(code="LK007", column="calls", reason="because it is so")
    checks.override(opened_home, problem_id, hasty)
    at = opened("steps/checks.py", project=project_id)
    assert at.text_area(key="reason:LK007:0").value == "because it is so"
    at.text_area(key="reason:LK007:0").set_value("The calls are known the day before.")
    at.button(key="keep:LK007:0").click().run()
    assert "Kept, because:** The calls are known the day before." in read(at)
    (kept,) = question.problem_view(opened_home, problem_id).overrides
    assert kept.reason == "The calls are known the day before."
    next(b for b in at.button if b.key == "fix:LK007:0").click().run()
    after = str(projects.project(opened_home, project_id).problem_id)
    assert "calls" in question.problem_view(opened_home, after).problem.dropped()


def flagged(code: str, severity: Severity, **known: object) -> Outcome:
    return Outcome(code=code, title=code, verdict=Verdict.FLAGGED, severity=severity, problem="So it is.", **known)


PROOF = Proof(metric="roc_auc", greater_is_better=True, as_it_stands=0.95, remedied=0.71, rows=9042)


def test_a_proof_says_what_the_score_would_be_without(home, opened) -> None:
    _, project_id = prepare(home, "checked", outcomes=(LATE.model_copy(update={"proof": PROOF}),))
    at = opened("steps/checks.py", project=project_id)
    assert [(m.label.replace("\\", ""), m.value) for m in at.metric] == [("With ‘calls’", "0.95"), ("Without", "0.71")]
    assert "ROC AUC, judged on 9,042 rows it had not seen" in read(at)
    assert "what you would meet in use" in read(at)


@pytest.mark.parametrize(("metric", "worthless"), [("r2", -0.15), ("roc_auc", 0.48)])
def test_a_score_no_better_than_guessing_is_said_in_words(home, opened, metric, worthless) -> None:
    proof = PROOF.model_copy(update={"metric": metric, "remedied": worthless})
    _, project_id = prepare(home, "checked", outcomes=(LATE.model_copy(update={"proof": proof}),))
    at = opened("steps/checks.py", project=project_id)
    assert [m.value for m in at.metric] == ["0.95"]
    assert "**No better than guessing**" in read(at)


@pytest.mark.parametrize(
    ("remedy", "first"),
    [
        (Remedy(action=Action.TIME_SPLIT, columns=("since",)), "Rows divided at random"),
        (Remedy(action=Action.SET_MISSING, columns=("calls",)), "As it stands"),
        (None, "As it stands"),
    ],
    ids=["split", "values", "nothing to click"],
)
def test_a_proof_names_what_it_compares(home, opened, remedy, first) -> None:
    found = flagged("LK006", Severity.BLOCKER, proof=PROOF, remedy=remedy)
    _, project_id = prepare(home, "checked", outcomes=(found,))
    assert opened("steps/checks.py", project=project_id).metric[0].label == first


BARS = (Bar(label="<b>0</b>", value=0.1, rows=150), Bar(label="others (3 different)", value=0.9, rows=50, marked=True))
PICTURES = [
    (Picture(kind=PictureKind.ANSWER, about="‘calls’", bars=BARS, answer="‘left’ is ‘yes’", share=True, overall=0.3),
     "‘left’ is ‘yes’ in 10 % of the rows where ‘calls’ is ‘<b>0</b>’; in 30 % of all."),
    (Picture(kind=PictureKind.ANSWER, about="‘calls’", bars=BARS, answer="‘price’ on average", overall=30),
     "30 over all."),
    (Picture(kind=PictureKind.ANSWER_IN_TIME, about="‘since’", bars=BARS * 3, answer="‘left’ is ‘yes’", share=True,
             overall=0.3, cut=4), "from 10 % at first to 90 % at last. The test should"),
    (Picture(kind=PictureKind.ROWS, about="‘calls’", bars=BARS), "what this is about is marked"),
    (Picture(kind=PictureKind.ROWS, about="rows with the same ‘id’", bars=BARS), "50 rows of 200 stand with others"),
    (Picture(kind=PictureKind.STRENGTH, about="‘sex’", bars=BARS), "What tells ‘sex’: the part"),
]  # fmt: skip


@pytest.mark.parametrize(("picture", "says"), PICTURES, ids=lambda p: p.kind if isinstance(p, Picture) else "")
def test_a_picture_comes_with_what_it_shows(home, opened, picture, says) -> None:
    _, project_id = prepare(home, "checked", outcomes=(LATE.model_copy(update={"picture": picture}),))
    at = opened("steps/checks.py", project=project_id)
    assert not at.exception
    assert says in read(at)
    (chart,) = at.get("plotly_chart")
    drawn = json.loads(chart.proto.spec)
    assert "<b>0</b>" not in json.dumps(drawn)
    # All rows together have a bar of their own where the bars say how often something is so.
    together = picture.kind is PictureKind.ANSWER
    assert len(drawn["data"][0]["y"]) == len(picture.bars) + together


def test_what_is_kept_folded_and_fixed_is_said(home, opened) -> None:
    done = PROBLEM.model_copy(update={"remedies": (Remedy(action=Action.DROP_COLUMNS, columns=("id",)),)})
    opened_home, project_id = prepare(
        home, "checked", problem=done, outcomes=(*OUTCOMES, LATE.model_copy(update={"examples": (f"row 1: {NASTY}",)}))
    )
    at = opened("steps/checks.py", project=project_id)
    assert "Fixed so far: Leave out id." in read(at)
    assert "**bold**" not in everything(at)
    assert [e.label for e in at.expander] == ["1 good to know", "1 check is fine"]
    at.text_area(key="reason:US003:0").set_value("These are names of towns.")
    at.button(key="keep:US003:0").click().run()
    assert [e.label for e in at.expander][:2] == ["1 kept with a reason", "1 good to know"]
    assert "Kept, because:** These are names of towns." in read(at)
    assert "worth a look" not in everything(at)


def test_what_is_kept_in_spite_of_one_leak_is_not_taken_out_for_another(home, opened) -> None:
    alone = flagged("LK002", Severity.WARNING, columns=("calls",), remedy=LATE.remedy)
    split = Remedy(action=Action.GROUP_SPLIT, columns=("id",))
    others = (
        flagged("LK005", Severity.WARNING, columns=("id",), remedy=split),
        flagged("DA003", Severity.WARNING, columns=("since",),
                remedy=Remedy(action=Action.DROP_COLUMNS, columns=("since",))),
    )  # fmt: skip
    _, project_id = prepare(home, "checked", outcomes=(LATE, alone, *others))
    at = opened("steps/checks.py", project=project_id)
    assert any(b.label == "Fix all 4 that can be fixed" for b in at.button)
    at.text_area(key="reason:LK007:0").set_value("The calls are known the day before.")
    at.button(key="keep:LK007:0").click().run()
    assert any(b.label == "Fix all 2 that can be fixed" for b in at.button)
    assert any(b.key == "fix:LK002:0" for b in at.button)
