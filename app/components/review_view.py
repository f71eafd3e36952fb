"""What a reviewer sees: gaps, a checklist with its evidence, reasons given, the difference to the live version."""

from collections.abc import Iterator, Sequence

import streamlit as st

from app.components import frame
from app.components.frame import section
from app.wizard import Step
from app.wording import STAGES, VERDICTS, plain, short, since
from app.workflow import origin
from app.workflow.views import VersionRow, VersionView
from engine.domain.card import Card
from engine.domain.evidence import best
from engine.domain.outcome import Severity, Verdict
from engine.domain.version import Stage
from engine.problem.metric import label_of
from engine.problem.words import alike, counted

TALK = {"approved": ":material/verified:", "returned": ":material/help:", "answered": ":material/reply:"}
FOUND = {word: icon for icon, word, _ in VERDICTS.values()}
ENOUGH = 200  # test rows
COLORS = {Stage.IN_REVIEW: "orange", Stage.RETURNED: "red", Stage.APPROVED: "green", Stage.LIVE: "green"}


def badge(shown: VersionView) -> None:
    """Show a version's name, stage, and who built it when."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(STAGES[shown.stage], color=COLORS.get(shown.stage, "gray"))  # type: ignore[arg-type]
        st.markdown(f"#### {plain(shown.reference)}", width="content", anchors=False)
        st.caption(f"built by {plain(shown.run.builder)}, {since(shown.created_at)}", width="content")


def rows(found: Sequence[VersionRow]) -> None:
    """Show versions in a list, each with a link to its own review."""
    for row in found:
        with st.container(border=True):
            name, about, when = st.columns([2, 3, 1.6], vertical_alignment="center")
            name.page_link(
                frame.path(Step.REVIEW),
                label=f"**{plain(row.reference)}**",
                icon=":material/rate_review:",
                query_params=frame.address(Step.REVIEW, row.project_id, row.reference),
            )
            about.markdown(f"predicts {plain(row.target)}")
            when.caption(f"built by {plain(row.builder)}, {since(row.created_at)}")


def talk(shown: VersionView, card: Card) -> None:
    """Show what reviewers decided and asked, and what the builder answered, the last on top of all."""
    for entry in reversed(shown.reviews):
        own = " (its builder)" if entry.by_builder else ""
        said = f"**{entry.decision.title()}** by {plain(entry.reviewer)}{own}, {since(entry.at)}: {plain(entry.note)}"
        if entry is shown.reviews[-1]:
            st.info(said, icon=TALK[entry.decision])
        else:
            st.markdown(f"{TALK[entry.decision]} {said}")
        for override in entry.accepted:
            columns = override.about(card.outcomes)
            about = f" ({plain(', '.join(columns))})" if columns else ""
            st.markdown(f":material/check: Accepted: **{override.code}**{about}, because: {plain(override.reason)}")


def gaps(card: Card, project_id: str, *, changeable: bool) -> None:
    """Show what only a person can fill in, and where; that nobody has reviewed it yet is what this step is for.

    What is said of its use can only be filled in while it is ``changeable``.
    """
    from engine.evidence.card import NOT_REVIEWED

    left = [gap for gap in card.gaps if gap != NOT_REVIEWED]
    if not left:
        st.success("The card has no gaps.", icon=":material/check_circle:")
        return
    listed = "\n".join(f"- {plain(gap)}" for gap in left)
    st.warning(f"**The card has {counted(len(left), 'gap')}**\n\n{listed}", icon=":material/edit_note:")
    if not card.problem.question.moment:
        _to(Step.QUESTION, "Say when the decision is made", card, project_id)
    if card.use.gaps() and changeable:
        _to(Step.DECIDE, "Fill in what it is for, who owns it, until when", card, project_id)


def _to(step: Step, label: str, card: Card, project_id: str) -> None:
    named = frame.address(step, project_id, card.model)
    st.page_link(frame.path(step), label=label, icon=":material/edit:", query_params=named)


def checklist(card: Card) -> None:
    """Show what can be judged by a program, with the figures."""
    section("What speaks for it, and what against", help="Told by the evidence; the reviewer judges the rest.")
    with st.container(gap="xsmall"):
        for good, text in _points(card):
            icon, word = (":material/check_circle:", "For it") if good else (":material/error:", "**Against it**")
            st.markdown(f"{icon} {word}: {text}")


def _points(card: Card) -> Iterator[tuple[bool, str]]:
    evidence = card.evidence
    yield from _better(card)
    few = evidence.score.rows < ENOUGH
    yield not few, f"It was tested on {counted(evidence.score.rows, 'row')}{': too few to be sure' if few else ''}."
    looks = evidence.test_looks
    yield looks == 1, f"The test rows were looked at {'once' if looks == 1 else f'{looks} times: they may flatter it'}."
    yield from _stops(card)
    broken = sorted({o.code for o in card.outcomes if o.verdict is Verdict.COULD_NOT_RUN})
    yield not broken, f"{', '.join(broken)} could not be checked." if broken else "Every check ran."
    judged = list(dict.fromkeys(f.column for f in evidence.fairness))
    single = [plain(short(name, 40)) for name in judged if name in card.problem.sensitive]
    pairs = f", and by {counted(len(judged) - len(single), 'pair')} of them" if len(judged) > len(single) else ""
    yield (
        bool(judged),
        f"Groups were compared by {', '.join(single)}{pairs}."
        if judged
        else "No column was named to compare groups by.",
    )
    left = card.use.gaps()
    yield (
        not left,
        f"The use contract has {counted(len(left), 'gap')}." if left else "It is said what it is for, and until when.",
    )


def _better(card: Card) -> Iterator[tuple[bool, str]]:
    rival = best(card.evidence.baselines, card.problem.metric)
    if rival is None or rival.difference is None:
        return
    better, name = rival.difference[0] > 0, label_of(card.problem.metric)
    how = "better" if better else "not surely better"
    ours, theirs = alike(card.evidence.score.value, beside=[rival.value])
    yield better, f"It is {how} than the best simple way, {plain(rival.label)}: {name} {ours} against {theirs}."


def _stops(card: Card) -> Iterator[tuple[bool, str]]:
    stops = [o for o in card.outcomes if o.verdict is Verdict.FLAGGED and o.severity is Severity.BLOCKER]
    codes = ", ".join(sorted({o.code for o in stops}))
    yield not stops, f"The checks say Stop: {codes}." if stops else "No check says Stop."


def findings(card: Card) -> None:
    """Show what was found and why it was kept, in its builder's words and a reviewer's; notes are folded away."""
    found, moot = origin.findings(card), origin.moot(card)
    if not found and not moot:
        return
    section("What was found, and why it was kept")
    notes = [(name, said) for word, name, said in found if word == "Note"]
    with st.container(gap="xsmall"):
        for word, name, said in found:
            if word != "Note":
                st.markdown(f"{FOUND[word]} {word}: **{plain(name)}** {plain(said)}")
        for name, said in moot:
            st.markdown(f":material/edit_note: **{plain(name)}** {plain(said)}")
    if notes:
        with st.expander(counted(len(notes), "note")):
            for name, said in notes:
                st.markdown(f"**{plain(name)}** {plain(said)}")
