"""The cases that wait for a person, what became of the others, and their labels as a table."""

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st

from app import state
from app.components import frame, opened
from app.components.boundary import boundary
from app.components.frame import section
from app.wording import plain, short, since
from app.workflow import cases, collecting, labels, lineage
from app.workflow.cases import CaseView
from app.workflow.home import Home
from engine.problem.words import between, counted, percent

_MOST = 500  # cases in the table
SETTLED = {"answered": "answered", "unknowable": "cannot be known", "known": "reported by the application"}


def show(home: Home) -> None:
    """Show what waits, the one that waits longest first, and below what was worked off."""
    st.title("Cases", anchor=False)
    waiting = cases.waiting(home, most=_MOST)
    if waiting:
        st.markdown(
            "A model leaves a case to a person where it is not sure enough. What you answer is kept as the right one "
            "for that row, and the next training can learn from it."
        )
        soon(home)
        _table(waiting, cases.waiting_count(home))
    else:
        st.info(
            "No case waits. A model leaves one to a person where it is not sure enough; how sure it must be is set "
            "under Decide.",
            icon=":material/inbox:",
        )
    _look(home)
    _labels(home)
    _worked_off(home)
    _find(home)
    if waiting and frame.action("Work off the first", note=f"{counted(cases.waiting_count(home), 'case')} to go."):
        st.switch_page(frame.CASES, query_params=state.address(case=waiting[0].decision_id))


def soon(home: Home) -> None:
    """Warn of cases that are deleted soon, where there are any."""
    found = collecting.leaving(home)
    if found.count and found.first:
        them = "case is" if found.count == 1 else "cases are"
        st.warning(
            f"**{found.count:,} {them} deleted within {counted(found.days, 'day')}** unless somebody answers; "
            f"the first on {found.first:%Y-%m-%d}.",
            icon=":material/timer:",
        )


def _table(waiting: Sequence[CaseView], number: int) -> None:
    opened.rows(
        [
            {
                "Model": one.of.model,
                "Waits since": since(one.at),
                "Kept until": f"{one.leaves:%Y-%m-%d}",
                "It is about": short(one.of.problem.target),
                "It leans to": leaning(one),
                "Why it was left": cases.why(one)[0],
                "For": one.of.handled_by or "nobody is named",
                "Its own id": one.key or "",
            }
            for one in waiting
        ],
        [state.address(case=one.decision_id) for one in waiting],
        leads_to=frame.CASES,
        key="cases",
        alt="Every case that waits for a person, with its model, its age and why the model did not answer",
        columns={
            "It leans to": st.column_config.TextColumn(help="Not sure enough to be an answer."),
            "Kept until": st.column_config.TextColumn(
                help="Then it is deleted with its values, unless somebody answers before."
            ),
            "Its own id": st.column_config.TextColumn(help="As the application that asked calls it."),
        },
    )
    if number > len(waiting):
        st.caption(f"These are the {len(waiting):,} that wait longest, of {number:,}.")


def leaning(one: CaseView) -> str:
    """Say in a few words where the model leans; plain text."""
    if one.case.probabilities:
        name, chance = max(one.case.probabilities.items(), key=lambda item: item[1])
        return f"‘{short(name)}’, {percent(chance)}"
    return between(*one.case.interval) if one.case.interval else ""


def _look(home: Home) -> None:
    at, worker = collecting.looked(home)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if st.button("Look for new ones", icon=":material/refresh:"):
            with boundary():
                found = collecting.collect(home)
                news = (
                    f"{counted(found.decisions, 'new decision')}, {counted(found.cases, 'case')} of them for a person."
                )
                state.say_next(news)
                st.rerun()
        looked = f"Looked into what the services wrote {since(at)}. " if at else ""
        none = (
            ":material/warning: No worker is running, so nothing new comes by itself. Start Handrail again to get one."
        )
        st.caption(looked + ("A worker looks every minute." if worker else none))


def _labels(home: Home) -> None:
    known = {name: told.get("answered", 0) + told.get("known", 0) for name, told in cases.tally(home).items()}
    if not any(known.values()):
        return
    section("Their answers as a table", "With the columns of the table that the model learned from.")
    for name, number in known.items():
        if not number:
            continue
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"**{plain(name)}**: {counted(number, 'case')} with a known answer", width="content")
            for form, mime in (("csv", "text/csv"), ("parquet", "application/vnd.apache.parquet")):
                st.download_button(
                    form.upper() if form == "csv" else "Parquet",
                    partial(_file, home, name, form),
                    file_name=f"{name}-cases.{form}",
                    mime=mime,
                    icon=":material/download:",
                    on_click="ignore",
                    key=f"labels:{name}:{form}",
                )
    st.caption("Only cases that were hard to answer: add them to a whole table rather than learn from them alone.")


def _file(home: Home, name: str, form: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"labels.{form}"
        labels.write(home, name, out)
        return out.read_bytes()


def _worked_off(home: Home) -> None:
    done = cases.worked_off(home)
    if not done:
        return
    with st.expander(f"Worked off lately ({len(done)})", icon=":material/done_all:"):
        opened.rows(
            [
                {
                    "Model": one.of.model,
                    "Answer": one.answer if one.answer is not None else SETTLED[one.state],
                    "By": one.by,
                    "When": since(one.answered_at),
                    "Note": short(one.note, 60),
                }
                for one in done
            ],
            [state.address(case=one.decision_id) for one in done],
            leads_to=frame.CASES,
            key="worked_off",
            alt="The cases that people answered last",
            columns={},
        )


def _find(home: Home) -> None:
    with st.expander("Find a decision by its id", icon=":material/search:"):
        wanted = st.text_input("The decision_id of an answer", key="decision", max_chars=200).strip()
        if not wanted:
            return
        with boundary():
            found = lineage.of_decision(home, wanted)
            then = f"{found.outcome}, as {_from(found)}" if found.outcome is not None else "nobody has said"
            facts = {
                "Taken": f"{found.at:%Y-%m-%d %H:%M} UTC",
                "Predicted": found.prediction,
                "Decided": found.decision,
                "Trust": f"{found.trust} {'(' + ', '.join(found.reasons) + ')' if found.reasons else ''}",
                "Asked by": found.application or "whoever, without a key",
                "The application's own id": found.key or "none was sent",
                "What then happened": then,
            }
            st.table({name: plain(value) for name, value in facts.items()}, border="horizontal")
            st.page_link(
                frame.MODEL,
                label=f"All about {plain(found.model)}",
                icon=":material/deployed_code:",
                query_params=state.address(model=found.model),
            )


def _from(found: lineage.Decided) -> str:
    who = "a person answered" if found.outcome_from == "person" else "the application reported"
    return f"{who} {since(found.outcome_at)}"
