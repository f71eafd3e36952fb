"""Wizard step: training, from the choice of how long to the choice of the model."""

import streamlit as st

from app import resources, wizard
from app.components import boundary, frame, job, retake, training_view
from app.wizard import Step
from app.workflow import data, question, training
from engine.domain.run import JobState

project, main, _ = frame.open_step(
    Step.TRAIN,
    "Find a good model",
    "Many kinds of models are tried on one part of your rows and compared on a second. A third part stays untouched, "
    "to say honestly how good the one we take is.\n\nMore time helps less and less: begin quickly.",
)
home = resources.home()
runs = training.of_project(home, project.id)
current = next((run for run in runs if run.id == project.run_id), None)
alive = current is not None and current.job.alive
fresh = current is not None and current.job.state is JobState.DONE and not wizard.stale(project)
asked = question.problem_view(home, project.problem_id) if project.problem_id else None
trainable = asked is not None and asked.outcomes is not None and not asked.blockers
plan = None

with main:
    if current is not None and alive:
        measure = question.problem_view(home, current.problem_id).problem.metric
        job.watch(current.job, lambda now: training_view.live(now, measure))
    elif current is not None and current.job.state is JobState.FAILED and current.job.failure:
        boundary.failed(current.job.failure)
    elif current is not None and current.job.state is JobState.CANCELLED:
        st.info("The last training was cancelled; nothing was kept of it.", icon=":material/cancel:")
    if fresh and current is not None and asked is not None:
        retake.show(home, current, asked.problem.metric)
    if not alive and trainable and asked is not None:
        rows = data.dataset(home, asked.dataset_id).dataset.rows
        with st.expander("Train again", icon=":material/replay:") if fresh else st.container():
            plan = training_view.choose(asked, rows)
            if fresh and st.button("Train again", disabled=plan is None) and plan:
                training.start(home, asked.id, plan)
                st.rerun()
    if len(runs) > 1:
        retake.runs(home, project, runs)

if alive or fresh:
    frame.go_on(Step.UNDERSTAND, project.id, "See how good it is", closed="The training is under way." if alive else "")
else:
    closed = "Finish the checks first." if not trainable else "" if plan else "Give it more than 0 minutes."
    label = f"Train for up to {plan.minutes:g} minute{'' if plan.minutes == 1 else 's'}" if plan else "Train"
    note = "It ends earlier where nothing gets better; you may close the page meanwhile."
    if frame.action(label, closed=closed, note=note) and asked and plan:
        training.start(home, asked.id, plan)
        st.rerun()
