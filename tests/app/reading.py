"""Opening the app's pages without a browser, and reading what a person would read there."""

from collections.abc import Callable
from pathlib import Path

from streamlit.testing.v1 import AppTest

from app.workflow.home import Home
from engine.domain.failure import Failure
from engine.domain.run import JobState
from store import db
from store import jobs as store_jobs

MAIN = str(Path(__file__).parents[2] / "app" / "main.py")
Opener = Callable[..., AppTest]


def everything(at: AppTest) -> str:
    """All that a person can read on a page, what is folded included, as Markdown."""
    parts = (at.title, at.header, at.subheader, at.markdown, at.caption, at.error, at.warning, at.info, at.success)
    folded = [str(block.label) for block in at.expander]
    return "\n".join([*(str(element.value) for found in parts for element in found), *folded])


def read(at: AppTest) -> str:
    """The same as it reads once Markdown has taken its backslashes."""
    return everything(at).replace("\\", "").replace("\N{WORD JOINER}", "")


def primary(at: AppTest):
    """The one primary button."""
    (button,) = [b for b in at.button if b.key == "primary"]
    return button


def failed(home: Home, project_id: str, kind: str) -> None:
    with db.writing(home.engine) as session:
        job = store_jobs.add(session=session, kind=kind, arguments={}, project_id=project_id)
        failure = Failure(code="x", problem="The file is no table.", fix="Bring another.")
        store_jobs.finish(session=session, job_id=job.id, state=JobState.FAILED, failure=failure)
