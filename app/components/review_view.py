"""What a reviewer sees: gaps, a checklist with its evidence, reasons given, the difference to the live version."""

from collections.abc import Iterator

import streamlit as st

from app import resources, state
from app.components import evidence_view, frame
from app.components.frame import section
from app.wizard import Step
from app.wording import METRIC_NAMES, STAGES, counted, metric, plain, said, since
from app.workflow import registry
from app.workflow.views import VersionView
from engine.domain.card import Card
from engine.domain.outcome import Severity, Verdict

COLORS = {"draft": "gray", "in review": "orange", "returned": "red", "approved": "green", "live": "green"}


def badge(shown: VersionView) -> None:
    """Show a version's name, stage, and who built it when."""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.badge(STAGES[shown.stage], color=COLORS.get(shown.stage, "gray"))  # type: ignore[arg-type]
        st.markdown(f"#### {plain(shown.reference)}", width="content", anchors=False)
        st.caption(f"built by {plain(shown.run.builder)}, {since(shown.created_at)}", width="content")


def gaps(card: Card, project_id: str) -> None:
    """Show what only a person can fill in."""
    if not card.gaps:
        st.success("The card has no gaps.", icon=":material/check_circle:")
        return
    listed = "\n".join(f"- {plain(gap)}" for gap in card.gaps)
    st.warning(f"**The card has {counted(len(card.gaps), 'gap')}**\n\n{listed}", icon=":material/edit_note:")
    st.page_link(
        frame.path(Step.DECIDE),
        label="Fill in what it is for, who owns it, until when",
        icon=":material/edit:",
        query_params=state.address(project=project_id),
    )


def checklist(card: Card) -> None:
    """Show what can be judged by a program, with the figures."""
    section("What speaks for it, and what against", help="Scored from the evidence; the reviewer judges the rest.")
    with st.container(gap="xsmall"):
        for good, text in _points(card):
            icon, word = (":material/check_circle:", "Yes") if good else (":material/error:", "**No**")
            st.markdown(f"{icon} {word} · {text}")


def _points(card: Card) -> Iterator[tuple[bool, str]]:
    evidence = card.evidence
    score, name = evidence.score, metric(card.problem.metric)
    rival = evidence_view.best(evidence, card.problem)
    if rival is not None and rival.difference is not None:
        yield (
            rival.difference[0] > 0,
            (
                f"Better than the best simple way: {name} {said(score.value)} against {said(rival.value)} "
                f"({plain(rival.label)})."
            ),
        )
    yield score.rows >= 200, f"Tested on enough rows: {score.rows:,}."
    yield evidence.test_looks == 1, f"The test rows were looked at once: {evidence.test_looks} so far."
    stops = [o for o in card.outcomes if o.verdict is Verdict.FLAGGED and o.severity is Severity.BLOCKER]
    yield not stops, f"No finding was kept against the checks: {len(stops)} kept."
    broken = [o.code for o in card.outcomes if o.verdict is Verdict.COULD_NOT_RUN]
    yield not broken, f"Every check ran: {', '.join(broken) or 'all did'}."
    judged = list(dict.fromkeys(f.column for f in evidence.fairness))
    yield bool(judged), f"Groups were compared: {plain(', '.join(judged)) or 'no column was marked as sensitive'}."
    yield not card.use.gaps(), f"It is said what it is for and until when: {counted(len(card.use.gaps()), 'gap')}."


def reasons(card: Card) -> None:
    """Show the findings that were kept, with the builder's reasons."""
    if not card.overrides:
        return
    section("Kept in spite of a finding")
    for override in card.overrides:
        about = f" ({plain(override.column)})" if override.column else ""
        st.markdown(f":material/edit_note: **{override.code}**{about}: {plain(override.reason)}")


def against_live(shown: VersionView) -> None:
    """Show the difference to the version that is live now."""
    others = [row for row in registry.every(resources.home()) if row.name == shown.name and row.number != shown.number]
    live = next((row for row in others if row.stage == "live"), None)
    if live is None or live.score is None or shown.run.evidence is None:
        return
    score = shown.run.evidence.score
    section("Against the version that is live")
    same = (
        ""
        if live.metric == score.metric and live.rows == score.rows
        else " Other rows or another measure: compare with care."
    )
    st.markdown(
        f"{plain(live.reference)} scores {said(live.score)} ({METRIC_NAMES.get(live.metric, live.metric)}), "
        f"this one {said(score.value)}.{same}"
    )
