"""A release: the steps of its build ticking off, its proof, and the ready-made ways to call it."""

import io
import json
import zipfile
from pathlib import Path

import streamlit as st

from app.components import job as job_view
from app.components.frame import section
from app.wording import lasting, plain, since
from app.workflow import releasing
from app.workflow.home import Home
from app.workflow.views import JobView, VersionView

STAGES = (
    "Checking the seal",
    "Packing the model",
    "Building the service",
    "Loading it elsewhere and comparing 100 rows",
    "Sealing the service",
)
ADDRESS = "http://127.0.0.1:3000"


def ways() -> None:
    """Say what can be done with a model once it is released."""
    service, file = st.columns(2, gap="medium")
    with service, st.container(border=True, height="stretch"):
        st.markdown(":material/api: **Another program asks it**")
        st.caption("It becomes a service behind an address: a row in, an answer with its reasons back.")
    with file, st.container(border=True, height="stretch"):
        st.markdown(":material/table: **You bring a spreadsheet**")
        st.caption("Next week's list in, the same list back: ranked, with what to do and why, row by row.")
    st.markdown("Both use the same sealed package. It is built once, and proves itself before it counts.")


def steps(job: JobView) -> None:
    """Show a build's steps ticking off."""
    now = STAGES.index(job.progress.stage) if job.progress.stage in STAGES else -1
    for number, stage in enumerate(STAGES):
        icon = "check_circle" if number < now else "pending" if number == now else "radio_button_unchecked"
        word = "done" if number < now else "now" if number == now else "to come"
        st.markdown(f":material/{icon}: {stage} :small[({word})]")
    spent = lasting(job_view.elapsed(job))
    st.caption(job_view.no_worker(job) or f"{spent} so far. You can close this page; it goes on.")


def proved(shown: VersionView) -> None:
    """Say how the release proved itself."""
    proof = shown.verification
    if proof is None:
        return
    worst = "exactly the same" if proof.largest_difference == 0 else f"the same to {proof.largest_difference:.0e}"
    st.success(
        f"**{plain(shown.reference)} is released** ({since(shown.released_at)}). Loaded in a clean place, it gave "
        f"{worst} answers as the original on all {proof.rows} rows.",
        icon=":material/verified:",
    )


def use(home: Home, shown: VersionView) -> None:
    """Show how to start the service and how to call it."""
    section("Another program asks it")
    st.markdown("Start it; it listens on this computer only, until Ctrl-C:")
    st.code(f"handrail serve {shown.reference} --port 3000", language="shell")
    row = releasing.snippet_row(home, shown.reference)
    ways = ("curl", "Python", "What comes back")
    way = st.segmented_control("Call it from", ways, default=ways[0], required=True, key="call") or ways[0]
    if way == "curl":
        st.code(curl_line(row), language="shell", wrap_lines=True)
    elif way == "Python":
        st.code(python_lines(row), language="python")
    else:
        st.markdown(_answer(shown))
    st.caption("The row is made up: nobody's data. `/schema` says what a valid row is, `/card` gives the model card.")
    st.download_button(
        "Download the service",
        lambda: zipped(releasing.released(home, shown.reference)),
        file_name=f"{shown.name}-{shown.number}-{shown.release_id}.zip",
        mime="application/zip",
        icon=":material/download:",
        on_click="ignore",
        help="A Bento: runs wherever BentoML runs. It is checked against its seal first.",
    )


def curl_line(row: dict[str, object], address: str = ADDRESS) -> str:
    """Return a ready-made call for a shell."""
    body = json.dumps({"rows": [row], "explain": True}, ensure_ascii=False).replace("'", "'\\''")
    return f"curl -s {address}/predict -H 'Content-Type: application/json' -d '{body}'"


def python_lines(row: dict[str, object], address: str = ADDRESS) -> str:
    """Return a ready-made call in Python; it needs nothing but Python."""
    body = json.dumps({"rows": [row], "explain": True}, ensure_ascii=False, indent=4)
    literal = body.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
    return (
        "import json\nfrom urllib.request import Request, urlopen\n\n"
        f'body = """{literal}"""\n'
        f'request = Request("{address}/predict", body.encode(), {{"Content-Type": "application/json"}})\n'
        'for answer in json.load(urlopen(request))["predictions"]:\n'
        '    print(answer["prediction"], answer["decision"], answer["trust"], answer["reasons"])\n'
    )


def zipped(folder: Path) -> bytes:
    """Return a folder as a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return buffer.getvalue()


def _answer(shown: VersionView) -> str:
    yes = plain(shown.policy.yes)
    return (
        "For each row:\n\n"
        "- `prediction` and `probabilities`: what it expects, and how sure it is\n"
        f"- `decision`: what to do, such as “{yes}”\n"
        "- `trust`: `ok`, `caution`, or `abstain` where the row is unlike anything it learned from\n"
        "- `reasons`: why it is to be trusted less, such as a value out of range\n"
        "- `explanation`: how much each column moved this answer\n"
        "- `decision_id`: to report later what really happened, at `/outcome`"
    )
