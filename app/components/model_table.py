"""Versions as a table; a click opens one."""

from collections.abc import Sequence

import streamlit as st

from app import state
from app.components import frame, opened
from app.wording import STAGES, since
from app.workflow.views import VersionRow
from engine.domain.version import Stage
from engine.problem.metric import label_of
from engine.problem.words import alike

ORDER = (Stage.IN_REVIEW, Stage.RETURNED, Stage.APPROVED, Stage.DRAFT, Stage.LIVE, Stage.RETIRED)


def show(rows: Sequence[VersionRow]) -> None:
    """Show versions, those that need somebody first; a selected row leads to its page."""
    ordered = sorted(rows, key=lambda row: ORDER.index(row.stage))
    opened.rows(
        [_cells(row) for row in ordered],
        [state.address(model=row.reference) for row in ordered],
        leads_to=frame.MODEL,
        key="models",
        columns={
            "Score": st.column_config.TextColumn(help="On rows the model had never seen, with the 95 % interval."),
            "Best simple way": st.column_config.TextColumn(
                help="What a guess, one rule, a linear model or today's way scores on the same rows: the best of them."
            ),
            "Tested on": st.column_config.NumberColumn(help="So many rows.", format="localized"),
        },
        alt="Every model version with its stage, score and age",
    )


def _cells(row: VersionRow) -> dict[str, object]:
    score, simple = _scored(row)
    return {
        "Model": row.reference,
        "Stage": STAGES[row.stage],
        "Predicts": row.target,
        "Judged by": label_of(row.metric),
        "Score": score,
        "Best simple way": simple,
        "Tested on": row.rows,
        "Made": since(row.created_at),
    }


def _scored(row: VersionRow) -> tuple[str, str]:
    """Say a version's score with its interval, and what the best simple way scores."""
    if row.score is None:
        return "", ""
    rivals = [row.rival] if row.rival else []
    score, *ends = alike(row.score, *(row.interval or ()), beside=[rival.value for rival in rivals])
    simple = f"{ends.pop()} ({rivals[0].label})" if rivals else ""
    return f"{score} ({' to '.join(ends)})" if ends else score, simple
