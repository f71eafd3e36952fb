"""Which difference between groups matters, and whether each group gets a threshold of its own."""

import streamlit as st

from app import resources
from app.components import frame, mitigation_view
from app.components.boundary import boundary
from app.components.frame import section
from app.wizard import Step
from app.wording import plain, short
from app.workflow import mitigating
from app.workflow.views import VersionView
from engine.domain.fair import FairnessAnswers, FairnessChoice, Harm, Mitigation, Mitigations
from engine.domain.policy import Policy
from engine.domain.problem import Task
from engine.problem.words import counted, percent

_HARMS = {Harm.PICKED: "being picked wrongly", Harm.MISSED: "being missed", Harm.BOTH: "both"}
_OFF = {Harm.PICKED: "being predicted too high", Harm.MISSED: "being predicted too low", Harm.BOTH: "both"}
_YES, _NO = "Yes", "No, or nobody knows"
_ANEW = "Training anew takes as long as before and needs no group when deciding."
LITTLE = 0.005  # a difference that rounds to no point
_TERM = (
    "*Thresholds per group*: from which chance on to act is set for each group by itself, so that groups are treated "
    "more alike. Found on rows the model did not learn from, without looking at the test rows."
)


def ask(shown: VersionView, policy: Policy, *, changeable: bool) -> Policy:
    """Ask which difference matters and how groups are treated; returns the policy with that."""
    if not shown.problem.problem.sensitive:
        return policy
    section("Treating groups alike", help=_TERM)
    policy = policy.model_copy(update={"fairness": _matters(shown, changeable=changeable)})
    if shown.problem.problem.task is not Task.BINARY:
        _other_models(shown, policy, changeable=changeable)
        return policy
    found = resources.mitigations(resources.home(), shown, policy)
    if not found:
        st.caption(
            "No sensitive column has two groups that are large enough to be compared, or this model was trained before "
            "the rows for it were kept: then train it again."
        )
        return policy
    return _treated(shown, policy, found, changeable=changeable)


def _matters(shown: VersionView, *, changeable: bool) -> FairnessChoice | None:
    """Ask the four questions; None until all are answered."""
    kept, task = shown.policy.fairness, shown.problem.problem.task
    before, key = kept.answers if kept else None, f"fair:{shown.id}"
    label = "Which difference matters here? Four questions"
    with st.expander(label, icon=":material/balance:", expanded=changeable and kept is None):
        fair = _yes_no(
            "Is what the table records fair to every group?",
            None if before is None else before.record_is_fair,
            f"{key}:record",
            changeable,
            "Grades, arrests or past hiring may say more about those who decided than about the people.",
        )
        harms = _HARMS if task is Task.BINARY else _OFF
        harm = st.radio(
            "Which mistake hurts the people it is about?",
            list(harms),
            index=None if before is None else list(harms).index(before.harm),
            format_func=lambda h: harms[h],
            horizontal=True,
            disabled=not changeable,
            key=f"{key}:harm",
            persist_state="session",
        )
        scarce = _yes_no(
            "Can only a few be picked of those who need it?",
            None if before is None else before.scarce,
            f"{key}:scarce",
            changeable,
            "Such as a handful of places, or visits by one inspector.",
        )
        used = _yes_no(
            "May the group itself be used when deciding?",
            None if before is None else before.group_may_be_used,
            f"{key}:used",
            changeable,
            "Often the law says no, even where it would make things fairer.",
        )
        if fair is None or harm is None or scarce is None or used is None:
            st.caption("Until all four are answered, how often groups are picked is looked at first.")
            return None
        answers = FairnessAnswers(record_is_fair=fair, harm=harm, scarce=scarce, group_may_be_used=used)
        choice = mitigating.recommend(answers, task)
        st.markdown(f"**{plain(choice.why)}**", help=f"*{plain(choice.measure.replace('_', ' '))}*")
        return choice


def _yes_no(label: str, before: bool | None, key: str, changeable: bool, help: str) -> bool | None:
    said = st.radio(
        label,
        [_YES, _NO],
        index=None if before is None else int(not before),
        horizontal=True,
        disabled=not changeable,
        help=help,
        key=key,
        persist_state="session",
    )
    return None if said is None else said == _YES


def _treated(shown: VersionView, policy: Policy, found: tuple[Mitigations, ...], *, changeable: bool) -> Policy:
    kept = shown.policy.group_thresholds
    columns = [one.column for one in found]
    column = _column(shown, columns, kept.column.name if kept else "", changeable=changeable)
    one = found[columns.index(column)]
    forbidden = policy.fairness is not None and not policy.fairness.answers.group_may_be_used
    chosen = one.candidates[0] if forbidden else _choice(shown, one, changeable=changeable)
    others = mitigating.others(resources.home(), shown, policy, one)
    mitigation_view.show(one, others=others, chosen=chosen, key=f"price:{column}")
    st.markdown(f"**{plain(chosen.sentence)}**", help="Counted on rows that did not set these thresholds.")
    if forbidden:
        st.info("The group may not be used when deciding, so everybody has one threshold.", icon=":material/gavel:")
    elif chosen != one.candidates[0]:
        st.warning(plain(mitigating.caution()), icon=":material/gavel:")
    _train_anew(shown, policy, one.column, bool(others), changeable=changeable)
    return mitigating.choose(shown, policy, one, chosen)


def _other_models(shown: VersionView, policy: Policy, *, changeable: bool) -> None:
    """Offer other trainings where nobody is picked, and so no threshold can be another for each group."""
    columns = mitigating.compared(shown)
    if not columns:
        return
    column = _column(shown, columns, "", changeable=changeable)
    if _buttons(shown, policy, column, changeable=changeable):
        st.caption(
            f"{_ANEW} Its page under Models compares the two, group by group: what it gains there and what it costs."
        )
    else:
        st.caption(f"No column stands in for ‘{plain(short(column, 60))}’: there is none to leave out.")


def _column(shown: VersionView, columns: list[str], kept: str, *, changeable: bool) -> str:
    """Ask by which sensitive column groups are looked at, if there are several."""
    column = next((name for name in (kept, shown.run.plan.reweigh or "") if name in columns), columns[0])
    if len(columns) == 1:
        return column
    return st.selectbox(
        "By which column?",
        columns,
        index=columns.index(column),
        format_func=lambda name: short(name, 60),
        disabled=not changeable,
        key=f"fair:{shown.id}:column",
        persist_state="session",
    )


def _train_anew(shown: VersionView, policy: Policy, column: str, others: bool, *, changeable: bool) -> None:
    """Offer to train in ways that need no group when deciding; what comes of it is a point beside the thresholds."""
    plans = _buttons(shown, policy, column, changeable=changeable)
    anew = f"{_ANEW} Its model is another point above."
    use = "To use one of the models above, go on with its training in the step Train."
    if plans or others:
        st.caption(" ".join([anew] * bool(plans) + [use] * others))


def _buttons(shown: VersionView, policy: Policy, column: str, *, changeable: bool) -> bool:
    """Show a button for each way to train anew; returns whether there is one."""
    plans = mitigating.plans(shown, column)
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        for label, plan in plans.items():
            words = f"Train anew: {plain(short(label, 60))}"
            if st.button(words, icon=":material/replay:", disabled=not changeable, key=f"anew:{shown.id}:{label}"):
                with boundary():
                    mitigating.train(resources.home(), shown, policy, plan)
                    frame.go(Step.TRAIN, shown.run.project_id)
    return bool(plans)


def _choice(shown: VersionView, found: Mitigations, *, changeable: bool) -> Mitigation:
    kept = shown.policy.group_thresholds
    ways = found.candidates
    if len(ways) == 1:
        st.markdown(plain(found.sentence))
        return ways[0]
    labels = [_label(way, first=number == 0) for number, way in enumerate(ways)]
    at = next((i for i, way in enumerate(ways) if kept is not None and way.thresholds == kept.thresholds), 0)
    number = st.radio(
        "How shall groups be treated?",
        range(len(ways)),
        index=at,
        format_func=lambda i: labels[i] if i < len(labels) else "",
        disabled=not changeable,
        key=f"fair:{shown.id}:{found.column}:{found.measure}",
        persist_state="session",
    )
    return ways[number] if number is not None and number < len(ways) else ways[0]


def _label(way: Mitigation, *, first: bool) -> str:
    if first:
        return "One threshold for all"
    each = ", ".join(f"‘{short(name, 24)}’ from {percent(min(at, 1.0))}" for name, at in [*way.thresholds.items()][:4])
    points = counted(round(100 * way.gap), "point") if way.gap >= LITTLE else "less than a point"
    more = ", …" if len(way.thresholds) > 4 else ""
    return plain(f"A threshold for each group, {points} apart: {each}{more}")
