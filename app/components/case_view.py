"""One case that a model left to a person: its values, why it was left, where the model leans, and the answers."""

import streamlit as st

from app import state
from app.components import frame
from app.components.boundary import refused
from app.components.frame import section
from app.components.queue_view import SETTLED, leaning
from app.wizard import Step
from app.wording import plain, since, stands_for
from app.workflow import cases
from app.workflow.cases import CaseView
from app.workflow.home import Home
from engine.domain.dataset import ColumnContract
from engine.domain.problem import Problem, Task
from engine.domain.service import RARELY_MISSING
from engine.errors import HandrailError
from engine.policy.allowed import said
from engine.problem.words import percent

_BUTTONS = 8  # classes that get a button each


def show(home: Home, decision_id: str) -> None:
    """Show a case: to be answered while it waits, else with its answer."""
    try:
        one = cases.show(home, decision_id)
    except HandrailError as error:
        refused(error.problem, error.fix)
        st.page_link(frame.CASES, label="To the cases", icon=":material/arrow_back:")
        return
    _heading(one)
    values, asked = st.columns([1.2, 1], gap="large")
    with values:
        _values(one)
    with asked:
        _doubt(one)
        _ask(home, one) if one.waits else _answered(home, one)
    following = cases.after(home, decision_id)
    closed = "" if following else "No other case waits."
    if frame.action("Next case", closed=closed, note="This one goes on waiting." if one.waits else ""):
        _go(following)


def _go(decision_id: str | None) -> None:
    st.switch_page(frame.CASES, query_params=state.address(case=decision_id))


def _heading(one: CaseView) -> None:
    st.page_link(frame.CASES, label="All cases", icon=":material/arrow_back:")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge("Waits" if one.waits else SETTLED[one.state].capitalize(), color="orange" if one.waits else "green")
        st.markdown(f"#### A case of {plain(one.of.model)}", width="content", anchors=False)
        own = f"; the application calls it {plain(one.key)}" if one.key else ""
        st.caption(f"left to a person {since(one.at)}{own}", width="content")
    if one.of.handled_by:
        st.caption(f":material/groups: Cases like this go to: {plain(one.of.handled_by)}.")
        return
    st.page_link(
        frame.path(Step.DECIDE),
        label="Nobody is named who handles such cases: say it under Decide",
        icon=":material/edit_note:",
        query_params=state.address(project=one.of.project_id),
    )


def _values(one: CaseView) -> None:
    section("What is known")
    odd = {reason.column for reason in cases.unusual(one) if reason.column}
    contract = {column.name: column for column in one.of.contract.columns}
    st.table(
        [
            {
                "Column": plain(name),
                "Value": _value(value) + (" :material/visibility: :small[unusual]" if name in odd else ""),
                "In training": _usual(contract[name]) if name in contract else "",
            }
            for name, value in one.case.row.items()
        ],
        border="horizontal",
    )
    unless = ", unless somebody answers before" if one.waits else ""
    st.caption(f"These values are deleted on {one.leaves:%Y-%m-%d}{unless}.")


def _usual(column: ColumnContract) -> str:
    often = f"; not known in {percent(column.missing_rate)}" if column.missing_rate >= RARELY_MISSING else ""
    return plain(f"{said(column)}{often}")


def _value(value: object) -> str:
    if value is None or value == "":
        return ":gray[not known]"
    return plain(f"{value:.10g}" if isinstance(value, float) else value)


def _doubt(one: CaseView) -> None:
    section("Why the model did not answer")
    st.markdown("\n".join(f"- {plain(text)}" for text in cases.why(one)))
    ranked = sorted((one.case.probabilities or {}).items(), key=lambda item: -item[1])
    told = ", ".join(f"‘{plain(name)}’ {percent(chance)}" for name, chance in ranked[:_BUTTONS]) or plain(leaning(one))
    if told:
        st.caption(f":material/balance: It leans to: {told}. That was not sure enough: look at the case yourself.")


def _ask(home: Home, one: CaseView) -> None:
    problem, key = one.of.problem, f"case:{one.decision_id}"
    section(f"What is the right answer for ‘{plain(problem.target)}’?")
    note = st.text_area(
        "A note, if there is something to say", one.note, key=f"{key}:note", max_chars=cases.LONGEST_NOTE, height=70
    )
    if note != one.note:
        cases.keep_note(home, one.decision_id, note)
    with st.container(horizontal=True, gap="small", vertical_alignment="bottom"):
        if problem.task is Task.REGRESSION:
            number = st.number_input("The number", value=None, format="%g", key=f"{key}:number", width=200)
            if st.button("Keep this answer", key=f"{key}:keep", disabled=number is None) and number is not None:
                _answer(home, one, repr(number), note)
        elif len(problem.classes) > _BUTTONS:
            label = st.selectbox("The answer", problem.classes, index=None, key=f"{key}:class", width=260)
            if st.button("Keep this answer", key=f"{key}:keep", disabled=label is None):
                _answer(home, one, label, note)
        else:
            for label in problem.classes:
                if st.button(meaning(label, problem), key=f"{key}:is:{label}"):
                    _answer(home, one, label, note)
        if st.button("Cannot be known", icon=":material/help:", key=f"{key}:unknowable"):
            _answer(home, one, None, note)


def meaning(label: str, problem: Problem) -> str:
    """Return a class as a button says it: of a yes/no question whose classes are numbers, also what each means."""
    word = stands_for(label, problem)
    return plain(f"{label}: {word}" if word else label)


def _answer(home: Home, one: CaseView, label: str | None, note: str) -> None:
    try:
        cases.answer(home, one.decision_id, label, note)
    except HandrailError as error:
        refused(error.problem, error.fix)
        return
    state.say_next(f"Kept: {label}" if label is not None else "Kept: it cannot be known")
    _go(cases.after(home, one.decision_id))


def _answered(home: Home, one: CaseView) -> None:
    section("Its answer")
    if one.by:
        answer = f"answered **{plain(one.answer)}**" if one.answer is not None else "said that it **cannot be known**"
        st.markdown(f"{plain(one.by)} {answer}, {since(one.answered_at)}.")
    else:
        st.markdown("The application that asked reported what happened; nobody needs to look at it any more.")
    if one.note:
        st.markdown(f"> {plain(one.note)}")
    if one.by and st.button("Take the answer back", icon=":material/undo:", key=f"back:{one.decision_id}"):
        cases.put_back(home, one.decision_id)
        st.rerun()
