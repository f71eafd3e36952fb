"""A training: the choice before it, the view while it runs, the models after it."""

from collections.abc import Sequence

import streamlit as st

from app import resources
from app.components import job as job_view
from app.components import pictures
from app.wording import METRICS, QUALITIES, lasting, plain, since
from app.workflow import jobs, mitigating, training, wizarding
from app.workflow.views import JobView, ProblemView, RunView
from engine.domain.run import Forecast, Plan, Quality
from engine.problem.metric import label_of
from engine.problem.words import alike, counted, rounded

MINUTES = {Quality.FAST: 1.0, Quality.BALANCED: 5.0, Quality.BEST: 30.0}


def choose(asked: ProblemView, rows: int) -> Plan | None:
    """Ask how thoroughly to search and for how long; None while that makes no sense."""
    key = f"train:{asked.project_id}"
    qualities = list(QUALITIES)
    quality = st.radio(
        "How thoroughly shall we search?",
        qualities,
        index=qualities.index(Quality.BALANCED),
        format_func=lambda q: f"**{QUALITIES[q][0]}**",
        captions=[_caption(q, training.forecast(asked, rows, Plan(minutes=MINUTES[q], quality=q))) for q in qualities],
        horizontal=True,
        key=f"{key}:quality",
        persist_state="session",
    )
    chosen = quality or Quality.BALANCED
    minutes = st.number_input(
        "Minutes to spend at most",
        min_value=0.0,
        max_value=24 * 60.0,
        value=MINUTES[chosen],
        step=1.0,
        format="%g",
        key=f"{key}:minutes:{chosen.value}",
        width=260,
        persist_state="session",
        help="The *budget*: it ends earlier where nothing gets better, never much later.",
    )
    if not minutes:
        return None
    plan = Plan(minutes=minutes, quality=chosen)
    if minutes != MINUTES[chosen]:
        expected = training.forecast(asked, rows, plan)
        st.caption(f"With that, about {lasting(expected.seconds)} in all, judging included.")
    return plan


def _caption(quality: Quality, expected: Forecast) -> str:
    memory = f"about {rounded(max(expected.gigabytes, 0.1), 2)} GB of memory"
    return f"{lasting(expected.seconds)}, {memory}; {QUALITIES[quality][1]}"


def live(job: JobView, measure: str) -> None:
    """Show a training that runs: the best score so far beside the baseline, and the ways to end it."""
    now = job.progress
    job_view.bar(job)
    if now.models:
        _figures(job, measure)
    fitting = bool(now.scores) and now.seconds_left is not None
    if now.scores:
        _growing(job, measure)
    st.caption(job_view.no_worker(job) or "You can close this page; it goes on.")
    with st.container(horizontal=True):
        asked = job.request is not None
        if st.button("Stop and keep the best", icon=":material/stop_circle:", disabled=asked or not fitting):
            jobs.stop_and_keep_best(resources.home(), job.id)
            st.rerun(scope="fragment")
        if st.button("Cancel", type="tertiary", disabled=job.request == "cancel"):
            jobs.cancel(resources.home(), job.id)
            st.rerun(scope="fragment")
    if job.request == "stop":
        st.caption("Stopping: the best model so far is being finished.")


def _figures(job: JobView, measure: str) -> None:
    now = job.progress
    with st.container(horizontal=True, gap="large"):
        best = rounded(now.best_score) if now.best_score is not None else "…"
        st.metric(
            f"Best so far ({label_of(measure)})", best, width="content", help=METRICS.get(measure, ("", ""))[1] or None
        )
        if now.baseline is not None:
            st.metric("A simple baseline", rounded(now.baseline), width="content", help="What a simple way reaches.")
        st.metric("Models tried", now.models, width="content")
        if now.seconds_left is not None:
            st.metric("Time left, about", lasting(now.seconds_left), width="content")
    if now.baseline is not None:
        st.caption(
            "The best so far is counted on rows set aside within the search, the baseline on those that all models are"
            " compared on afterwards. That comparison decides, and often comes out a little worse."
        )


def _growing(job: JobView, measure: str) -> None:
    now = job.progress
    seconds = [s for s, _ in now.scores] + [max(now.seconds, now.scores[-1][0])]
    scores = [v for _, v in now.scores] + [now.scores[-1][1]]
    figure = pictures.blank(height=230, x="seconds", y=label_of(measure))
    figure.update_xaxes(rangemode="tozero")
    figure.add_scatter(
        x=seconds,
        y=scores,
        mode="lines+markers",
        line={"color": pictures.MODEL, "width": 3, "shape": "hv"},
        hovertemplate="%{y:.4g} after %{x:.0f} s<extra></extra>",
    )
    if now.baseline is not None:
        figure.add_hline(
            y=now.baseline,
            line={"color": pictures.BASELINE, "dash": "dot"},
            annotation_text="simple baseline",
            annotation_position="bottom right",
        )
    beside = f" A simple baseline reaches {rounded(now.baseline)}." if now.baseline is not None else ""
    alt = f"The best {label_of(measure)} so far is {rounded(scores[-1])}.{beside}"
    pictures.show(figure, alt=alt, key=f"live:{job.id}")


def leaderboard(run: RunView, measure: str) -> None:
    """Show the models that were tried, the taken one marked."""
    if run.fitted is None:
        return
    names = wizarding.model_names(row.model for row in run.fitted.leaderboard)
    st.dataframe(
        [
            {
                "Taken": row.model == run.fitted.chosen,
                "Model": names[row.model],
                label_of(measure): row.score,
                "ms a row": row.ms_per_row,
                "MB": row.megabytes,
                "Seconds to fit": row.fit_seconds,
            }
            for row in run.fitted.leaderboard
        ],
        hide_index=True,
        height=min(300, 38 + 35 * len(run.fitted.leaderboard)),
        column_config={
            "Taken": st.column_config.CheckboxColumn(width=64),
            "Model": st.column_config.TextColumn(width="medium"),
            label_of(measure): st.column_config.NumberColumn(
                format="localized", help="On the rows set aside for choosing."
            ),
            "ms a row": st.column_config.NumberColumn(format="%.3f", help="Milliseconds a row, in batches."),
            "MB": st.column_config.NumberColumn(format="%.2f", help="Size on disk."),
            "Seconds to fit": st.column_config.NumberColumn(format="%.1f"),
        },
        alt="The models that were tried, with score, speed and size",
    )


def side_by_side(runs: Sequence[RunView], current: str | None, measures: dict[str, str]) -> None:
    """Show a project's trainings beside each other."""
    special = any(run.plan.treats_alike for run in runs)
    st.dataframe(
        [
            {
                "Shown": run.id == current,
                "When": since(run.created_at),
                "Search": QUALITIES[run.plan.quality][0],
                "Minutes": run.plan.minutes,
                "Judged by": label_of(measures.get(run.id, "")),
                "Score": _score(run),
                "Model": name(run),
                "State": _state(run),
                **({"Trained": mitigating.called(run.plan)} if special else {}),
            }
            for run in runs
        ],
        hide_index=True,
        column_config={
            "Shown": st.column_config.CheckboxColumn(width=70),
            "Score": st.column_config.TextColumn(help="On the test rows, with the 95 % interval."),
            "Minutes": st.column_config.NumberColumn(format="%g", width=80),
        },
        alt="The trainings of this project side by side",
    )


def name(run: RunView) -> str:
    """Return what people call the model that a training took."""
    return wizarding.model_names([run.fitted.chosen])[run.fitted.chosen] if run.fitted else ""


def _score(run: RunView) -> str:
    if run.evidence is None:
        return ""
    score, low, high = alike(run.evidence.score.value, *run.evidence.score.interval)
    return f"{score} ({low} to {high})"


def _state(run: RunView) -> str:
    return run.job.failure.problem if run.job.failure else run.job.state.value


def described(run: RunView) -> str:
    """Say in a sentence what came of a training, as Markdown."""
    assert run.fitted is not None  # noqa: S101 - only of a run that is done
    how = f", {plain(mitigating.called(run.plan))}" if run.plan.treats_alike else ""
    early = " It was stopped early and kept the best." if run.fitted.stopped else ""
    return (
        f"Trained in {lasting(run.fitted.seconds)}{how}: {counted(run.fitted.searched, 'model')} tried.{early} "
        f"**{plain(name(run))}** is taken: {plain(run.fitted.reason.removeprefix(f'{name(run)}: '))}"
    )
