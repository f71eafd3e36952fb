"""Pages timed: the seconds that Streamlit spends on each run of a script."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streamlit.runtime.scriptrunner.script_runner import ScriptRunner
from streamlit.testing.v1 import AppTest

from tests.benchmarks.app.machine import ROOT

MAIN = str(ROOT / "app" / "main.py")
TIMES = 7
PLAIN = """
import pandas as pd
import streamlit as st

frame = pd.read_csv({path!r})
st.title("A table")
st.dataframe(frame.head(20))
st.dataframe(frame.describe(include="all").astype(str))
target = st.selectbox("Predict", list(frame.columns), index=len(frame.columns) - 1)
st.bar_chart(frame[target].value_counts())
"""


@contextmanager
def watched() -> Iterator[list[float]]:
    """Collect the seconds of each script run: the script alone, not the test around it."""
    spent: list[float] = []
    run = ScriptRunner._run_script

    def timed(self: ScriptRunner, *given: object) -> None:
        began = time.perf_counter()
        run(self, *given)
        spent.append(time.perf_counter() - began)

    ScriptRunner._run_script = timed
    try:
        yield spent
    finally:
        ScriptRunner._run_script = run


def wizard(pages: dict[str, str]) -> dict[str, float]:
    """The median of each page's re-runs in one tab; ``pages`` gives the project that each page is about."""
    tab = AppTest.from_file(MAIN, default_timeout=120).run()
    medians = {}
    for page, project_id in pages.items():
        tab.switch_page(page)
        tab.query_params.clear()
        tab.query_params["project"] = project_id
        medians[page] = reruns(tab)
    return medians


def plain(table: Path, folder: Path) -> float:
    """The same of a page as people write it: it reads the table on each run."""
    script = folder / "plain.py"
    script.write_text(PLAIN.format(path=str(table)), encoding="utf-8")
    return reruns(AppTest.from_file(str(script), default_timeout=120))


def reruns(tab: AppTest) -> float:
    """The median after the first, which opens the page."""
    tab.run()
    with watched() as spent:
        for _ in range(TIMES):
            tab.run()
    assert not tab.exception, tab.exception
    assert not tab.error, [error.value for error in tab.error]
    return statistics.median(spent)
