"""Wizard step: how good the model is, where it fails, what it leans on, how groups fare."""

from app import resources
from app.components import evidence_view, frame, groups_view, honesty_view, reasons_view, value_view
from app.wizard import Step
from app.workflow import registry

project, main, _ = frame.open_step(
    Step.UNDERSTAND,
    "Is the model any good?",
    "All figures here come from rows the model has never seen, counted once. Each stands beside simpler ways, because "
    "a model that beats none of them is not worth its trouble.\n\nThe interval says how much a figure could move with "
    "other rows of the same kind.",
)
home = resources.home()
shown = registry.show(home, str(project.version))
problem, run = shown.problem.problem, shown.run

with main:
    if run.evidence is not None:
        evidence_view.headline(run.evidence, problem)
        evidence_view.how_good(run.evidence, problem)
        value_view.show(run.evidence, problem, shown.policy, run.tables.get("test"), key=shown.id)
        honesty_view.show(run.evidence, problem)
        evidence_view.where_it_fails(run.evidence, problem)
        reasons_view.show(run.evidence, problem, shown.dataset.profile)
        groups_view.show(run.evidence, problem)

frame.go_on(Step.DECIDE, project.id, "Decide what to do with its answers")
