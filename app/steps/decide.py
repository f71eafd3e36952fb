"""Wizard step: what to do with an answer, and who may use it for what."""

import streamlit as st

from app import resources
from app.components import abstain_form, boundary, decision_view, drafting, frame, mitigation_form, use_form, what_if
from app.wizard import Step
from app.workflow import registry, wizarding

project, main, _ = frame.open_step(
    Step.DECIDE,
    "What happens with its answers?",
    "An answer alone changes nothing: somebody must decide what is done with it, and which cases are better left to a "
    "person. What mistakes cost, or how many cases you can handle, decides that better than a feeling.\n\n"
    "What the model is for, and until when, protects those who use it later.",
)
home = resources.home()
shown = registry.show(home, str(project.version))
open_ = shown.stage.may_change
asked = use_form.begun(shown) if open_ else shown

with main:
    if not open_:
        st.info(f"{shown.reference} is {shown.stage}: how it decides stands.", icon=":material/lock:")
    policy, refusal = decision_view.ask(asked, changeable=open_)
    policy = mitigation_form.ask(asked, policy, changeable=open_)
    above = st.container()  # filled last: it says who handles the cases that are left, which is asked for below
    use = use_form.ask(asked, changeable=open_)
    with above:
        policy = abstain_form.ask(asked, policy, to=use.abstained_to, changeable=open_)
        what_if.show(shown, policy)

if open_:
    use_form.keep(shown, policy, use)

if not open_:
    frame.go_on(Step.REVIEW, project.id)
elif frame.action("Keep this and go to the review", closed=refusal, note=use_form.left(use)):
    with boundary.boundary(), st.spinner("Counting what that brings on the test rows…"):
        wizarding.decide(home, shown, policy, use)
        drafting.sent(Step.DECIDE, project.id)
        frame.go(Step.REVIEW, project.id)
