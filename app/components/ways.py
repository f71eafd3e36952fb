"""By which way a model shall decide."""

from collections.abc import Mapping

import streamlit as st

from app.workflow.views import VersionView
from engine.domain.policy import PolicyKind


def chosen(shown: VersionView, ways: Mapping[PolicyKind, str], usual: PolicyKind, *, changeable: bool) -> PolicyKind:
    """Ask by which of the ways a version decides; the one it has now is chosen already, else ``usual``."""
    given = shown.policy.kind if shown.policy.kind in ways else usual
    return (
        st.segmented_control(
            "Decide by",
            list(ways),
            default=given,
            format_func=lambda kind: ways[kind],
            required=True,
            disabled=not changeable,
            key=f"way:{shown.id}" if changeable else f"way:{shown.id}:stands",
            persist_state="session",
        )
        or given
    )
