"""The wizard's checks: what a person reads of the findings, and the ways out."""

from app.workflow import jobs, projects, question
from engine.domain.outcome import Override
from tests.app.prepared import LATE, OUTCOMES, prepare
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
    assert jobs.latest(opened_home, project_id, jobs.CHECK) is not None


def test_a_finding_is_kept_only_with_a_reason(home, opened) -> None:
    opened_home, project_id = prepare(home, "checked", outcomes=(*OUTCOMES, LATE))
    at = opened("steps/checks.py", project=project_id)
    at.button(key="keep:LK007:0").click().run()
    assert "too short" in at.error[0].value
    at.text_area(key="reason:LK007:0").set_value("The calls are known the day before.")
    at.button(key="keep:LK007:0").click().run()
    assert not primary(at).disabled
    problem_id = str(projects.project(opened_home, project_id).problem_id)
    (kept,) = question.problem_view(opened_home, problem_id).overrides
    assert kept == Override(code="LK007", column="calls", reason="The calls are known the day before.")
