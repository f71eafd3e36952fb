"""A model card as others see it, and to take along."""

import base64

import streamlit as st

from app import resources
from app.workflow.views import VersionView

MIME = {"html": "text/html", "md": "text/markdown", "json": "application/json"}
LABELS = {"html": "As a page (HTML)", "md": "As text (Markdown)", "json": "For programs (CycloneDX JSON)"}


def show(shown: VersionView) -> None:
    """Show the card in a frame of its own, which can reach nothing of this page."""
    html = resources.card(shown, "html")
    st.iframe("data:text/html;base64," + base64.b64encode(html.encode()).decode(), height=620, alt="The model card")


def downloads(shown: VersionView) -> None:
    """Offer the card in its three forms."""
    with st.container(horizontal=True):
        for form, label in LABELS.items():
            st.download_button(
                label,
                resources.card(shown, form),
                file_name=f"{shown.name}-{shown.number}-card.{form}",
                mime=MIME[form],
                key=f"card:{form}",
                on_click="ignore",
                icon=":material/download:",
            )
