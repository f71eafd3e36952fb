"""Wizard step: the card as others will see it, and the reviewer's decision."""

import streamlit as st

from app import resources
from app.components import card_view, compare_view, frame, readiness_view, review_view, verdict_form
from app.wizard import Step
from app.workflow import registry
from engine.domain.outcome import Override
from engine.domain.version import Stage

project, main, _ = frame.open_step(
    Step.REVIEW,
    "Would somebody else sign this?",
    "Whoever built a model is the last to see its weak spot. A second person reads the card, asks what is open, and "
    "approves it or sends it back.\n\nWhere there is nobody else, the card says that it was reviewed by its builder.",
)
home = resources.home()
shown = registry.show(home, str(project.version))
card = registry.card_of(shown)
note = ""
accepted: tuple[Override, ...] = ()

with main:
    review_view.badge(shown)
    review_view.talk(shown, card)
    review_view.gaps(card, project.id, changeable=shown.stage.may_change)
    review_view.checklist(card)
    readiness_view.show(shown, card)
    review_view.findings(card)
    compare_view.since_live(shown)
    with st.expander("The card as others will see it", icon=":material/description:"):
        card_view.show(shown)
        card_view.downloads(shown)
    if shown.stage is Stage.RETURNED:
        verdict_form.answer(home, shown, project.id)
    elif shown.stage.may_approve:
        note, accepted = verdict_form.ask(home, shown)

if shown.stage.may_approve:
    verdict_form.decide(home, shown, project.id, note, accepted)
elif shown.stage is not Stage.RETURNED:
    frame.go_on(Step.RELEASE, project.id)
