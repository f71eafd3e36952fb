"""Checking: gates, remedies that make a new problem, overrides with a reason."""

import pytest

from app import settings
from app.workflow import checks, data, projects, question, training
from app.workflow.home import open_home
from engine.data.read import read_file
from engine.domain.outcome import Override, Verdict
from engine.domain.run import Plan
from engine.errors import GateClosed, UnusableOption

# ``copy`` gives the answer away; ``noise`` does not.
LEAKING = "noise,copy,bought\n" + "".join(
    f"{(i * 7919) % 101},{'J' if i % 3 else 'N'},{'yes' if i % 3 else 'no'}\n" for i in range(300)
)


@pytest.fixture
def asked(home, tmp_path):
    opened = open_home(settings.load(home))
    path = tmp_path / "leaking.csv"
    path.write_text(LEAKING)
    project = projects.create(opened, "leaking")
    data.bring(opened, path, path.name, project_id=project.id)
    return opened, question.frame_problem(opened, project.id, question.Answers(target="bought"))


def test_nothing_is_trained_unchecked(asked):
    home, problem = asked
    with pytest.raises(GateClosed, match="not been checked yet"):
        training.start(home, problem.id, Plan())


def test_a_blocker_closes_training_and_is_named(asked):
    home, problem = asked
    checked = checks.check(home, problem.id)
    assert {o.code for o in checked.blockers} == {"LK001"}
    with pytest.raises(GateClosed, match=r"LK001.*copy.*--fix"):
        training.start(home, problem.id, Plan())


def test_who_waits_for_a_check_hears_what_is_looked_at(asked):
    home, problem = asked
    stages: list[str] = []
    checks.check(home, problem.id, on_progress=lambda progress: stages.append(progress.stage))
    assert stages[0].startswith("Check 1 of ")
    assert stages[0].endswith(": enough rows")


def test_a_fix_makes_a_new_problem_and_opens_the_gate(asked):
    home, problem = asked
    checked = checks.check(home, problem.id)
    fixed = checks.check(home, checks.fix(home, checked.id).id)
    assert fixed.id != problem.id
    assert fixed.blockers == ()
    assert fixed.problem.features(fixed.contract) == ("noise",)
    assert projects.project(home, fixed.project_id).problem_id == fixed.id
    assert question.problem_view(home, problem.id).problem.remedies == ()  # what was asked before stays as it was


@pytest.mark.parametrize("fix", [False, True], ids=["as it is", "fixed"])
def test_a_table_that_is_not_kept_is_checked_like_one_that_is(asked, tmp_path, fix):
    home, problem = asked
    kept = checks.check(home, problem.id)
    if fix:
        kept = checks.check(home, checks.fix(home, kept.id).id)
    read = read_file(tmp_path / "leaking.csv")
    found = checks.check_table(read, "leaking.csv", question.Answers(target="bought"), fix=fix)
    assert found.problem == kept.problem
    # Only a screen shows what a finding looks like.
    assert found.outcomes == tuple(o.model_copy(update={"picture": None}) for o in kept.outcomes)


def test_nothing_to_fix_changes_nothing(asked):
    home, problem = asked
    fixed = checks.check(home, checks.fix(home, checks.check(home, problem.id).id).id)
    passed = tuple(o for o in fixed.outcomes if o.verdict is Verdict.PASSED)
    assert checks.fix(home, fixed.id, passed).id == fixed.id


def test_an_override_opens_the_gate_for_its_column_only(asked):
    home, problem = asked
    checked = checks.check(home, problem.id)
    checks.override(home, checked.id, Override(code="LK001", column="noise", reason="looks at another one"))
    assert question.problem_view(home, checked.id).blockers
    checks.override(home, checked.id, Override(code="LK001", column="copy", reason="known when we decide"))
    again = question.problem_view(home, checked.id)
    assert again.blockers == ()
    assert [o.reason for o in again.overrides] == ["looks at another one", "known when we decide"]


def test_an_override_holds_for_the_question_it_was_given_for_and_what_becomes_of_it(asked):
    home, problem = asked
    checks.override(home, problem.id, Override(code="LK001", column="copy", reason="known when we decide"))
    again = question.frame_problem(home, problem.project_id, question.Answers(target=problem.problem.target))
    assert [o.column for o in again.overrides] == ["copy"]
    anew = question.frame_problem(home, problem.project_id, question.Answers(target=problem.problem.target), anew=True)
    assert anew.overrides == ()
    other = question.frame_problem(home, problem.project_id, question.Answers(target="noise"))
    assert other.overrides == ()
    assert len(question.problem_view(home, problem.id).overrides) == 1  # what was judged before stays as it was


def test_an_override_needs_a_reason(asked):
    home, problem = asked
    with pytest.raises(UnusableOption, match="'ok' is too short"):
        checks.override(home, problem.id, Override(code="LK001", reason="ok"))


def test_the_rows_of_the_split_are_counted(asked):
    home, problem = asked
    rows = checks.check(home, problem.id).problem.split.rows
    assert rows.learn + rows.choose + rows.test == 300
