"""After a training: the models it tried, taking another of them, and the trainings side by side."""

from collections.abc import Sequence

import streamlit as st

from app import state
from app.components import job as job_view
from app.components import training_view
from app.components.boundary import boundary, failed
from app.wording import QUALITIES, short, since
from app.workflow import jobs, mitigating, orders, projects, question, retaking, wizarding
from app.workflow.home import Home
from app.workflow.views import ProjectView, RunView
from engine.domain.run import JobState
from engine.problem.words import rounded


def show(home: Home, run: RunView, measure: str) -> None:
    """Show what a training found, and let another of its models be taken."""
    st.markdown(training_view.described(run))
    training_view.leaderboard(run, measure)
    judged = jobs.latest(home, run.project_id, orders.JUDGE)
    if judged is not None and judged.alive:
        job_view.watch(judged)
        return
    if judged is not None and judged.state is JobState.FAILED and judged.failure:
        failed(judged.failure)
    others = [row.model for row in run.fitted.leaderboard if row.model != run.fitted.chosen] if run.fitted else []
    if not others:
        return
    with st.popover("Take another model", type="tertiary", icon=":material/swap_horiz:"):
        st.caption("It is judged anew on the test rows; the card counts how often they were looked at.")
        names = wizarding.model_names(others)
        other = st.selectbox("Model", others, format_func=lambda n: names[n], key=f"other:{run.id}")
        if st.button("Take it", key=f"take:{run.id}") and other:
            with boundary():
                retaking.start(home, run.id, other)
                st.rerun()


def runs(home: Home, project: ProjectView, every: Sequence[RunView]) -> None:
    """Show a project's trainings side by side, and let the later steps work on another."""
    st.subheader("Trainings side by side", anchor=False)
    measures = {run.id: question.problem_view(home, run.problem_id).problem.metric for run in every}
    training_view.side_by_side(every, project.run_id, measures)
    done = {run.id: run for run in every if run.job.state is JobState.DONE and run.id != project.run_id}
    if not done:
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox(
            "Go on with another one",
            list(done),
            index=None,
            placeholder="Choose a training",
            format_func=lambda i: _name(done[i]),
            key=f"runs:{project.id}",
            width=360,
        )
        if st.button("Go on with it", disabled=chosen is None) and chosen:
            projects.point_to_run(home, project.id, chosen)
            state.forget(f"runs:{project.id}")
            st.rerun()


def _name(run: RunView) -> str:
    score = f", {rounded(run.evidence.score.value)}" if run.evidence else ""
    model = short(training_view.name(run), 30)
    how = f", {short(mitigating.called(run.plan), 50)}" if run.plan.treats_alike else ""
    return f"{QUALITIES[run.plan.quality][0]}, {since(run.created_at)}: {model}{score}{how}"
