"""A release: the steps of its build ticking off, its proof, and the ready-made ways to call it."""

from datetime import datetime

import streamlit as st

from app import snippets
from app.components import job as job_view
from app.components.frame import section
from app.wording import lasting, plain, since
from app.workflow import examples, keys, releasing
from app.workflow.home import Home
from app.workflow.releasing import Embedded
from app.workflow.views import JobView, VersionView
from engine.domain.problem import Task
from engine.domain.service import Form, Verification

SERVE, FILE, EMBED = "serve", "file", "embed"
WAYS = {SERVE: "Another program asks it", FILE: "I score a file now and then", EMBED: "It is built into a program"}
SAID = {
    SERVE: "It becomes a service behind an address: a row in, an answer with its reasons back. For web sites, CRM "
    "systems, anything that can send a request.",
    FILE: "Next week's list in, the same list back: ranked, with what to do and why, row by row. Nothing has to run in "
    "between.",
    EMBED: "It becomes a Python package that a program installs and calls, without a server and without Handrail. For "
    "nightly jobs, notebooks, programs of your own.",
}
FORMS = {SERVE: Form.SERVICE, EMBED: Form.WHEEL}


def stages(form: Form) -> tuple[str, ...]:
    """Return the steps of a build."""
    return (
        "Checking the seal",
        "Packing the model",
        f"Building the {releasing.CALLED[form]}",
        "Loading it elsewhere and comparing 100 rows",
        f"Sealing the {releasing.CALLED[form]}",
    )


def asked_way() -> str:
    """Ask how the model will be used, and return the way."""
    section("How will you use it?")
    way = st.segmented_control(
        "How will you use it?",
        list(WAYS),
        format_func=lambda way: WAYS[way],
        default=SERVE,
        required=True,
        key="way",
        label_visibility="collapsed",
    )
    way = way or SERVE
    st.markdown(SAID[way])
    st.caption("All three give the same answers, with the same checks, warnings and reasons. You can take several.")
    return way


def steps(job: JobView, form: Form = Form.SERVICE) -> None:
    """Show a build's steps ticking off."""
    all_ = stages(form)
    now = all_.index(job.progress.stage) if job.progress.stage in all_ else -1
    for number, stage in enumerate(all_):
        icon = "check_circle" if number < now else "pending" if number == now else "radio_button_unchecked"
        word = "done" if number < now else "now" if number == now else "to come"
        st.markdown(f":material/{icon}: {stage} :small[({word})]")
    spent = lasting(job_view.elapsed(job))
    st.caption(job_view.no_worker(job) or f"{spent} so far. You can close this page; it goes on.")


def proved(reference: str, proof: Verification | None, at: datetime | None) -> None:
    """Say how what was built proved itself."""
    if proof is None:
        return
    worst = "exactly the same" if proof.largest_difference == 0 else f"the same to {proof.largest_difference:.0e}"
    st.success(
        f"**{plain(reference)} is released** ({since(at)}). Loaded in a clean place, it gave "
        f"{worst} answers as the original on all {proof.rows} rows.",
        icon=":material/verified:",
    )


def embed(home: Home, shown: VersionView, built: Embedded) -> None:
    """Show how a program installs the package and calls it."""
    st.markdown("Install it where your program runs, with the same Python; it brings its own checks and card:")
    st.code(f"pip install {built.wheel}", language="shell")
    st.code(
        snippets.embedded(built.module, examples.row(home, shown.reference)),
        language="python",
        wrap_lines=True,
    )
    st.caption(
        "The row is made up of usual values, copied from nobody. The package checks its own files before it opens the "
        "model, and asks for the exact versions of what it needs."
    )
    st.download_button(
        "Download the package",
        lambda: releasing.released(home, shown.reference, Form.WHEEL).read_bytes(),
        file_name=built.wheel,
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        help="A wheel: what Python programs are installed from. It is checked against its seal first.",
    )


def use(home: Home, shown: VersionView) -> None:
    """Show how to start the service and how to call it."""
    st.markdown("Start it; it listens on this computer only, until Ctrl-C:")
    st.code(snippets.serve(shown.reference), language="shell")
    row, outcome = examples.row(home, shown.reference), examples.outcome(shown)
    keyed = bool(keys.every(home, shown.reference))
    ways = ("curl", "Python", "What comes back")
    way = st.segmented_control("Call it from", ways, default=ways[0], required=True, key="call") or ways[0]
    if way == "curl":
        st.code(snippets.curl(row, outcome, keyed=keyed), language="shell", wrap_lines=True)
    elif way == "Python":
        st.code(snippets.python(row, outcome, keyed=keyed), language="python", wrap_lines=True)
    else:
        st.markdown(_answer(shown))
    if keyed:
        st.markdown(
            f":material/key: It asks for a key: put the caller's own into the variable `{snippets.KEY}`. Whoever reads "
            "`/metrics` or `/docs.json` shows one too."
        )
    st.caption(
        "The row is made up of usual values, copied from nobody. `/schema` says what a valid row is, `/card` gives the "
        "model card."
    )
    st.download_button(
        "Download the service",
        lambda: releasing.zipped(home, shown.reference),
        file_name=f"{shown.name}-{shown.number}-{shown.release_id}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        help="A Bento: runs wherever BentoML runs. It is checked against its seal first.",
    )


def _answer(shown: VersionView) -> str:
    problem = shown.problem.problem
    such = {Task.BINARY: shown.policy.yes, Task.MULTICLASS: next(iter(problem.classes), "")}.get(problem.task)
    what = f"what to do, such as “{plain(such)}”" if such else "the number, or whom to ask"
    return (
        "For each row:\n\n"
        "- `prediction` and `probabilities`: what it expects, and how sure it is\n"
        f"- `decision`: {what}\n"
        "- `trust`: `ok`, `caution`, or `abstain` where it is not as sure as was asked for under Decide\n"
        "- `reasons`: why it is to be trusted less, such as a value out of range\n"
        "- `explanation`: how much each column moved this answer\n"
        "- `decision_id`: to report later what really happened, at `/outcome`"
    )
