"""One finding as a card: what is wrong, the evidence, the proof, and the ways out."""

from collections.abc import Callable
from math import inf

import streamlit as st

from app.components import finding_picture
from app.components.boundary import boundary
from app.wording import VERDICTS, plain, remedy, verdict
from app.workflow import checks
from app.workflow.home import Home
from app.workflow.views import ProblemView
from engine.domain.outcome import Action, Outcome, Override, Proof, Remedy, Severity, Verdict
from engine.problem.metric import label_of
from engine.problem.words import counted, percent, rounded

SHARES = {
    "gini": "How far this column alone gets from guessing (0) to knowing (1)",
    "share": "Share of the rows",
    "share_of_rows": "Share of the rows",
    "rows_explained": "Share of the rows it explains",
    "missing_rate": "Share that is missing",
    "same_answer": "Rows of one and the same with the same answer",
    "test_rows": "Share of the test rows",
}
GUESSING = {"roc_auc": 0.5, "r2": 0.0}  # scores by which guessing is always the same
COUNTS = {
    "rows": ("row", "rows"),
    "rows_wanted": ("row wanted", "rows wanted"),
    "entities": ("different one", "different ones"),
    "rows_per_entity": ("row each on average", "rows each on average"),
    "largest": ("row at most", "rows at most"),
    "distinct": ("different value", "different values"),
    "columns": ("column", "columns"),
}
# What a proof compares: the table as it stands, and after the remedy.
SIDES = {
    Action.DROP_COLUMNS: ("With {columns}", "Without"),
    Action.WITHHOLD: ("With {columns}", "Without"),
    Action.TIME_SPLIT: ("Rows divided at random", "Tested on later rows"),
    Action.GROUP_SPLIT: ("Rows divided at random", "Tested on unknown {columns}"),
    Action.KEEP_TOGETHER: ("Twins on both sides", "Twins on one side"),
    Action.DEDUPLICATE: ("Rows counted twice", "Each counted once"),
}
Fix = Callable[[Outcome], None]


def show(home: Home, asked: ProblemView, outcome: Outcome, kept: Override | None, key: str, fix: Fix) -> None:
    """Show a finding; ``kept`` is the reason for which it stays, if there is one."""
    with st.container(border=True):
        _title(outcome)
        # The columns stand also where there is no picture: lines of one length read better.
        said_here, seen = st.columns([1.25, 1], gap="medium")
        with said_here:
            st.markdown(plain(outcome.problem))
            if outcome.proof is not None:
                _proof(outcome.proof, outcome.remedy)
            if outcome.picture is None and outcome.proof is None:
                _evidence(outcome)
            _examples(outcome)
            if outcome.fix:
                st.markdown(f"*What to do:* {plain(outcome.fix)}")
            if kept is not None:
                st.markdown(f":material/edit_note: **Kept, because:** {plain(kept.reason)}")
            if outcome.verdict is Verdict.FLAGGED:
                _ways_out(home, asked, outcome, kept, key, fix)
        if outcome.picture is not None:
            with seen:
                finding_picture.show(outcome.picture, key)


def _title(outcome: Outcome) -> None:
    icon, word, color = VERDICTS[verdict(outcome)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(word, icon=icon, color=color)  # type: ignore[arg-type]
        st.markdown(f"**{outcome.title}**", width="content")
        looked = f"{counted(outcome.rows_examined, 'row')} examined" if outcome.rows_examined else ""
        st.caption(" · ".join(part for part in (outcome.code, looked) if part), width="content")


def _proof(proof: Proof, remedy_: Remedy | None) -> None:
    before, after = _sides(remedy_)
    change = proof.remedied - proof.as_it_stands
    first, second = st.columns(2)
    with first:
        _score(before, proof.as_it_stands, proof.metric)
    with second:
        moved = f"{'+' if change > 0 else ''}{rounded(change, 2)}" if change else None
        _score(after, proof.remedied, proof.metric, moved)
    worse = change < 0 if proof.greater_is_better else change > 0
    meets = "The second is what you would meet in use." if worse else "It makes the score no worse."
    what = f"A quick model, {label_of(proof.metric)}, judged on {counted(proof.rows, 'row')} it had not seen."
    st.caption(plain(f"{what} {meets}"))


def _score(label: str, value: float, by: str, delta: str | None = None) -> None:
    """Show a score; one that is no better than guessing says so, as below it numbers mean nothing to anybody."""
    if value > GUESSING.get(by, -inf):
        st.metric(label, rounded(value), delta=delta, delta_color="off")
    else:
        st.caption(label)
        st.markdown("**No better than guessing**", help=f"{label_of(by)}: {rounded(value)}")


def _sides(remedy_: Remedy | None) -> tuple[str, str]:
    if remedy_ is None:
        return "As it stands", "Once it is mended"
    before, after = SIDES.get(remedy_.action, ("As it stands", "Once it is mended"))
    columns = f"‘{remedy_.columns[0]}’" if len(remedy_.columns) == 1 else f"these {len(remedy_.columns)} columns"
    return plain(before.format(columns=columns)), plain(after.format(columns=columns))


def _evidence(outcome: Outcome) -> None:
    for name, words in SHARES.items():
        value = outcome.evidence.get(name)
        if value is not None and 0 <= value <= 1:
            st.progress(value, text=f":small[{words}: {percent(value)}{_limits(outcome)}]")
            break
    counts = [f"{rounded(v)} {COUNTS[name][v != 1]}" for name, v in outcome.evidence.items() if name in COUNTS]
    if len(counts) > 1:  # a single one stands in the sentence
        st.caption(" · ".join(counts))


def _limits(outcome: Outcome) -> str:
    warning, stop = outcome.evidence.get("warning_from"), outcome.evidence.get("blocker_from")
    return f"; worth a look from {percent(warning)}, stop from {percent(stop)}" if warning and stop else ""


def _examples(outcome: Outcome) -> None:
    if outcome.examples:
        st.caption("Such as:  \n" + "  \n".join(plain(example) for example in outcome.examples))


def _ways_out(home: Home, asked: ProblemView, outcome: Outcome, kept: Override | None, key: str, fix: Fix) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if outcome.remedy is not None and st.button(
            plain(remedy(outcome.remedy)), key=f"fix:{key}", icon=":material/build:"
        ):
            fix(outcome)
        if outcome.severity is Severity.NOTE:
            return
        with st.popover("Change the reason" if kept else "Keep it anyway, because …", type="tertiary"):
            reason = st.text_area(
                "Your reason, for the reviewer",
                value=kept.reason if kept else "",
                key=f"reason:{key}",
                placeholder="Why is this acceptable here?",
            )
            if st.button("Keep it", key=f"keep:{key}"):
                with boundary():
                    # A new reason takes the place of the one that was given for the same.
                    about = kept or Override(code=outcome.code, column=next(iter(outcome.columns), None), reason="")
                    said = about.model_copy(update={"reason": (reason or "").strip()})
                    checks.override(home, asked.id, said)
                    st.rerun()
