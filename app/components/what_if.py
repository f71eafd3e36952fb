"""What if: one case, its values changed, and the answer and its reasons moving with them."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import streamlit as st

from app import resources, state
from app.components import reasons_view
from app.components.boundary import boundary
from app.components.frame import section
from app.wording import class_name, plain, short
from app.workflow import asking, examples
from app.workflow.asking import NotWarm, Standing
from app.workflow.views import VersionView
from engine.domain.dataset import NUMERIC, ColumnContract, ColumnType
from engine.domain.evidence import Explanation
from engine.domain.policy import Policy
from engine.domain.problem import Problem, Task
from engine.domain.service import Prediction, asked
from engine.problem.words import alike, percent

FIRST = 6  # columns that are not folded
EVERY = 1.0  # seconds
LARGEST_WHOLE = 2**53 - 1  # that a browser counts to
LEAVES = {"out_of_range", "new_category", "unlike_training"}
TRUST = {"ok": "It can be relied on.", "caution": "With caution.", "abstain": "Left to a person."}
Row = dict[str, Any]


def show(shown: VersionView, policy: Policy | None = None) -> None:
    """Take one case, let its values be changed, and show how the answer and its reasons move.

    ``policy`` is what decides, where that is about to be changed.
    """
    section(
        "What if?",
        "Take a case, change its values and see the answer move. It shows what the model would say, not what would "
        "happen: changing a column need not change the world.",
    )
    with boundary():
        standing = asking.standing(resources.home(), shown)
        if standing is Standing.READY:
            _case(shown, policy or shown.policy)
        elif standing is Standing.LOADING:
            _wait(shown)
        else:
            _offer(shown, standing)


def _offer(shown: VersionView, standing: Standing) -> None:
    nobody = standing is Standing.NO_WORKER
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        if st.button("Load the model", icon=":material/science:", disabled=nobody, key=f"whatif:load:{shown.id}"):
            asking.want(resources.home(), shown)
            st.rerun()
        st.caption(
            "No worker is running, so nobody can answer. Start Handrail again to get one."
            if nobody
            else "Takes a few seconds. After ten minutes without a question it is put away again."
        )


def _wait(shown: VersionView) -> None:
    @st.fragment(run_every=EVERY)
    def live() -> None:
        with boundary():
            if asking.standing(resources.home(), shown) is not Standing.LOADING:
                st.rerun()
            st.progress(0.5, text="Loading the model… a few seconds")

    live()


def _case(shown: VersionView, policy: Policy) -> None:
    @st.fragment
    def live() -> None:
        with boundary():
            starts = _starts(shown, policy)
            chosen = st.selectbox("Start from", list(starts), key=f"whatif:start:{shown.id}")
            before = starts[chosen]
            now = _inputs(shown, policy, before, f"whatif:{shown.id}:{chosen}:{state.generation('whatif')}")
            home = resources.home()
            try:
                was, _ = resources.what_if(home, shown, before, policy)
                is_, estimated = resources.what_if(home, shown, now, policy)
            except NotWarm:
                st.rerun()
            _answer(shown.problem.problem, was, is_, changed=now != before)
            if simple := shown.run.evidence.no_better_than if shown.run.evidence else None:
                reasons_view.unexplained(simple)
                return
            _reasons(shown.problem.problem, (before, was), (now, is_), changed=now != before)
            if estimated:
                st.caption("This model is slow: these reasons are estimated, so that they come at once.")

    live()


def _starts(shown: VersionView, policy: Policy) -> dict[str, Row]:
    """Return rows to start from, by what they are called: a made-up one, and the test rows that are explained."""
    assert shown.run.contract is not None  # noqa: S101 - a version has one
    problem, names = shown.problem.problem, asked(shown.run.contract, policy).names
    background = shown.run.evidence.background if shown.run.evidence else None
    if background is not None:
        made: Mapping[str, object] = background.rows[
            max(range(len(background.rows)), key=lambda i: background.weights[i])
        ]
    else:
        made = examples.row(resources.home(), shown.reference)
    starts: dict[str, Row] = {"A typical case, made up": {name: _whole(made.get(name)) for name in names}}
    explained = shown.run.evidence.explained if shown.run.evidence else ()
    for number, one in enumerate(sorted(explained, key=lambda e: e.explanation.value), 1):
        told = reasons_view.value(one.explanation.value, problem)
        what = told if problem.task is Task.REGRESSION else f"{class_name(one.explanation.of, problem)} {told}"
        name = f"Test case {number} of {len(explained)}: {what}; really {class_name(one.actual, problem)}"
        starts[name] = {name: _whole(one.row.get(name)) for name in names}
    return starts


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_WHOLE else value


def _inputs(shown: VersionView, policy: Policy, row: Row, key: str) -> Row:
    """Ask for the values of a case: whose threshold decides, then those that the model leans on most."""
    assert shown.run.contract is not None  # noqa: S101 - a version has one
    columns = {c.name: c for c in asked(shown.run.contract, policy).columns}
    importance = shown.run.evidence.importance if shown.run.evidence else ()
    order = [policy.group_thresholds.column.name] if policy.group_thresholds else []
    order += [i.column for i in importance if i.column in columns and i.column not in order]
    order += [name for name in columns if name not in order]
    found = _grid([columns[name] for name in order[:FIRST]], row, key)
    if order[FIRST:]:
        with st.expander(f"The other {len(order) - FIRST} columns"):
            found |= _grid([columns[name] for name in order[FIRST:]], row, key)
    st.button(
        "Back to the values it began with",
        type="tertiary",
        icon=":material/undo:",
        key=f"{key}:back",
        on_click=state.bump,
        args=("whatif",),
    )
    return {name: found[name] for name in row}


def _grid(columns: list[ColumnContract], row: Row, key: str) -> Row:
    places = st.columns(3)
    found: Row = {}
    for number, column in enumerate(columns):
        with places[number % 3]:
            found[column.name] = _input(column, row[column.name], f"{key}:{column.name}")
    return found


def _input(column: ColumnContract, value: Any, key: str) -> Any:
    unit = f" ({short(column.unit, 12)})" if column.unit else ""
    said_: dict[str, Any] = {"label": plain(short(column.name, 40) + unit), "help": _usual(column), "key": key}
    whole = column.type is ColumnType.INTEGER and (value is None or isinstance(value, int))
    if column.type in NUMERIC:
        # Begun in the session, not by the widget's own start value: only then it can be emptied, which means missing.
        state.begin(key, value if value is None or whole else float(value))
        return st.number_input(**said_, value=None, step=1 if whole else None, placeholder="missing")
    if column.type is ColumnType.DATETIME:
        return _moment(value, said_)
    state.begin(key, value if value is None else str(value))
    if not column.levels:
        return st.text_input(**said_, placeholder="missing") or None
    levels = dict.fromkeys((*column.levels, *([str(value)] if value is not None else [])))
    return st.selectbox(
        **said_, options=list(levels), index=None, format_func=short, placeholder="missing", accept_new_options=True
    )


def _moment(value: Any, said_: dict[str, Any]) -> str | None:
    before = datetime.fromisoformat(value) if value else None
    state.begin(said_["key"], before.date() if before else None)
    first, last = date(1678, 1, 1), date(2261, 12, 31)
    day = st.date_input(**said_, value=None, min_value=first, max_value=last, format="YYYY-MM-DD")
    if not isinstance(day, date):
        return None
    # Only the day is asked for; the time stays as it was.
    return str(value) if before and day == before.date() else day.isoformat()


def _usual(column: ColumnContract) -> str:
    low, high = (column.first, column.last) if column.type is ColumnType.DATETIME else (column.minimum, column.maximum)
    if low is None or high is None:
        return "Another value can be written too." if column.levels else ""
    return f"The model has seen {reasons_view.cell(low)} to {reasons_view.cell(high)}."


def _answer(problem: Problem, was: Prediction, now: Prediction, *, changed: bool) -> None:
    why, old = _explained(now), _explained(was)
    with st.container(border=True):
        answer, trust, decision = st.columns([1, 1.2, 1.2])
        # The class that is explained may be another one now: then the two chances cannot be compared.
        moved = why.value - old.value if changed and why.of == old.of else None
        answer.metric(
            plain(class_name(why.of, problem)),
            reasons_view.value(why.value, problem),
            delta=None if moved is None else reasons_view.signed(moved, problem),
            delta_color="off",
        )
        trust.metric("Trust", TRUST[now.trust].rstrip("."))
        # A number that is used as it is stands there already.
        if problem.task is not Task.REGRESSION or now.trust == "abstain":
            decision.metric("What to do", plain(short(now.decision, 40)))
        if now.interval is not None:
            answer.caption(f"probably {' to '.join(alike(why.value, *now.interval, digits=4)[1:])}")
        if changed and now.decision != was.decision and problem.task is not Task.REGRESSION:
            decision.caption(f"before: {plain(short(was.decision, 40))}")
    leaving = [reason for reason in now.reasons if reason.code in LEAVES]
    if leaving:
        words = "  \n".join(plain(reason.message) for reason in leaving)
        st.warning(
            f"**This case leaves what the model has learned from; its answer is a guess.**  \n{words}",
            icon=":material/explore_off:",
        )
    for reason in now.reasons:
        if reason.code not in LEAVES:
            st.caption(f":material/info: {plain(reason.message)}")


def _reasons(problem: Problem, was: tuple[Row, Prediction], now: tuple[Row, Prediction], *, changed: bool) -> None:
    why, old = _explained(now[1]), _explained(was[1])
    if not changed:
        reasons_view.waterfall(now[0], why, problem, key="whatif:now")
        return
    st.markdown(f"**{_moved(problem, old, why)}**")
    left, right = st.columns(2)
    with left:
        st.caption("As it was")
        reasons_view.waterfall(was[0], old, problem, key="whatif:was", beside=why)
    with right:
        st.caption("With your changes")
        reasons_view.waterfall(now[0], why, problem, key="whatif:now", beside=old)


def _moved(problem: Problem, old: Explanation, why: Explanation) -> str:
    """Say how the answer moved, and which column's part changed most."""
    if why.of != old.of:
        return (
            f"It now says “{plain(class_name(why.of, problem))}” ({percent(why.value)}) "
            f"instead of “{plain(class_name(old.of, problem))}” ({percent(old.value)})."
        )
    before, after = reasons_view.value(old.value, problem), reasons_view.value(why.value, problem)
    parts: Mapping[str, float] = {n: why.contributions[n] - old.contributions[n] for n in why.contributions}
    name = max(parts, key=lambda n: abs(parts[n]))
    if before == after:
        return f"The answer stays at {after}."
    by = reasons_view.signed(parts[name], problem)
    return f"The answer moves from {before} to {after}, most of all through {plain(short(name))} ({by})."


def _explained(told: Prediction) -> Explanation:
    assert told.explanation is not None  # noqa: S101 - it was asked for
    return told.explanation
