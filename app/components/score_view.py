"""Score a file: a spreadsheet in, the same back, ranked, with decision, trust and reasons."""

from contextlib import suppress

import streamlit as st

from app import resources, state
from app.components import intake
from app.components import job as job_view
from app.components.boundary import boundary, failed
from app.components.frame import section
from app.wording import plain, short, since
from app.workflow import scoring, wizarding
from app.workflow.home import Home
from app.workflow.views import JobView, VersionView
from engine.domain.problem import Problem, Task
from engine.domain.run import JobState
from engine.problem.words import counted, percent, rounded

FORMS = {"xlsx": "Excel", "csv": "CSV"}
MIME = {"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "csv": "text/csv"}
# What the file calls its answers, and what the screen does; the answers come first, as they are what one looks for.
FIRST = {"decision": "What to do", "prediction": "Answer"}
THEN = {
    "low": "From",
    "high": "To",
    "trust": "Trust",
    "because_1": "Main reason",
    "because_2": "Second reason",
    "because_3": "Third reason",
}
TRUST = {"ok": "can be relied on", "caution": "with caution", "abstain": "not answered: look yourself"}


def show(home: Home, shown: VersionView) -> None:
    """Take a file and give it back scored."""
    section(
        "You bring a spreadsheet",
        "The same columns as the table it learned from; the answer's column may be missing. It comes back **ranked**, "
        "with what to do, how far to trust it, and the main reasons per row.",
    )
    _take(home, shown)
    done = scoring.of_version(home, shown.reference)
    alive = next((job for job in done if job.alive), None)
    if alive is not None:
        job_view.watch(alive)
    for number, job in enumerate([job for job in done if not job.alive][:5]):
        _result(home, shown, job, newest=number == 0 and alive is None)


def _take(home: Home, shown: VersionView) -> None:
    key = f"score:{shown.id}"
    left, right = st.columns([2.4, 1], vertical_alignment="top")
    with right:
        form = st.radio(
            "Give it back as", list(FORMS), format_func=lambda f: FORMS[f], horizontal=True, key=f"{key}:form"
        )
        explain = st.checkbox(
            "with the main reasons", value=True, key=f"{key}:explain", help="Takes longer: each row is explained."
        )
    with left:
        file = intake.drop("Drop the file to score here", key)
    if file is None:
        return
    with boundary():
        path = wizarding.take_in(home, file)
        scoring.start(home, shown.reference, path, file.name, form=form or "xlsx", explain=explain)
        state.bump(key)
        st.rerun()


def _result(home: Home, shown: VersionView, job: JobView, *, newest: bool) -> None:
    if job.state is JobState.FAILED and job.failure:
        if newest:
            failed(job.failure)
        return
    path = scoring.result_path(home, job.id)
    if job.state is not JobState.DONE or path is None or job.result is None:
        return
    with st.container(border=True):
        name, button = st.columns([3, 1.2], vertical_alignment="center")
        name.markdown(f"**{plain(short(path.name, 60))}**  \n{_summary(job.result)}")
        name.caption(since(job.ended_at))
        button.download_button(
            "Download",
            path.read_bytes,
            file_name=path.name,
            mime=MIME.get(path.suffix.lstrip(".")),
            key=f"scored:{job.id}",
            type="primary" if newest else "secondary",
            icon=":material/download:",
            on_click="ignore",
        )
        if newest:
            _notes(job.result)
            rows = resources.scored(home, job.id)
            if rows:
                _preview(rows, shown.problem.problem)


def _preview(rows: list[dict[str, str]], problem: Problem) -> None:
    chances = {f"probability_{name}": f"Probability of {short(name, 30)}" for name in problem.classes}
    titles = {name: title for name, title in (FIRST | chances | THEN).items() if name in rows[0]}
    others = [name for name in rows[0] if name not in titles]
    shown = [{name: _plainly(name, row[name], problem) for name in (*titles, *others)} for row in rows]
    st.dataframe(shown, hide_index=True, height=300, column_config=titles, alt="The first rows, highest first")
    st.caption(
        f"The first {len(rows)} rows, highest first, and rounded; in the file the answers stand in full, "
        "behind your own columns."
    )


def _plainly(name: str, value: str, problem: Problem) -> str:
    """Return one cell as people say it; what is no answer, or no number, stays as it is."""
    if name == "trust":
        return TRUST.get(value, value)
    with suppress(ValueError):
        if problem.task is Task.REGRESSION and name in {"decision", "prediction", "low", "high"}:
            return rounded(float(value), 4)
        if problem.task is not Task.REGRESSION and name in {f"probability_{of}" for of in problem.classes}:
            return percent(float(value))
    return value


def _summary(result: dict[str, object]) -> str:
    rows = int(str(result.get("rows", 0)))
    parts = [counted(rows, "row")]
    decisions = result.get("decisions")
    if isinstance(decisions, dict) and 0 < len(decisions) <= 3:
        parts += [f"{count:,} × “{plain(short(what, 40))}”" for what, count in decisions.items()]
    return " · ".join(parts)


def _notes(result: dict[str, object]) -> None:
    rows = int(str(result.get("rows", 0))) or 1
    trust = result.get("trust")
    if isinstance(trust, dict) and set(trust) - {"ok"}:
        parts = ", ".join(f"{percent(n / rows)} {TRUST.get(word, plain(word))}" for word, n in trust.items())
        st.caption(f":material/shield: {parts}.")
    unreadable = result.get("unreadable")
    if isinstance(unreadable, dict) and unreadable:
        names = ", ".join(f"{plain(short(name, 30))} ({count:,})" for name, count in unreadable.items())
        st.caption(f":material/warning: Values that could not be read count as missing: {names}.")
    if how := result.get("explained"):
        st.caption(":material/info: Reasons are estimated, so that they come quickly.", help=plain(str(how)))
    extra = result.get("extra_columns")
    if isinstance(extra, list) and extra:
        st.caption(f":material/info: Not needed by the model: {plain(', '.join(short(n, 30) for n in extra[:8]))}.")
