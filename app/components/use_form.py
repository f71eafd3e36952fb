"""The use contract: what a model is for, what not, who owns it, until when."""

from contextlib import suppress
from dataclasses import replace
from datetime import date, timedelta

import streamlit as st
from pydantic import ValidationError

from app.components import allowed_form, drafting
from app.components.frame import section
from app.wizard import Step
from app.workflow.views import VersionView
from engine.domain.policy import Policy, UseContract, WhenOver

FIELDS = {
    "purpose": "what it is for",
    "not_for": "what it is not for",
    "owner": "who owns it",
    "may_act": "who may act on it",
    "valid_until": "until when it may be used",
    "review_on": "when it is looked at again",
    "abstained_to": "who handles what it does not answer",
}


OVER = {WhenOver.FLAG: "Every answer says so", WhenOver.REFUSE: "It refuses to answer"}


def begun(shown: VersionView) -> VersionView:
    """Return a version as a draft would have it decide and be used; as it is where there is none."""
    kept = drafting.begun(Step.DECIDE, shown.run.project_id)
    if kept.get("version") != shown.id:
        return shown
    with suppress(ValidationError):
        use = UseContract.model_validate(kept.get("use"))
        policy = Policy.model_validate(kept["policy"]) if kept.get("policy") else shown.policy
        return replace(shown, policy=policy, use=use)
    return shown


def keep(shown: VersionView, policy: Policy, use: UseContract) -> None:
    """Keep how a version shall decide and be used as a draft, where that is another way than it has."""
    if (policy, use) == (shown.policy, shown.use):
        drafting.taken_back(Step.DECIDE, shown.run.project_id, version=shown.id)
        return
    kept = {"version": shown.id, "use": use.model_dump(mode="json")}
    if policy != shown.policy:
        kept["policy"] = policy.model_dump(mode="json")
    drafting.keep(Step.DECIDE, shown.run.project_id, kept)


def ask(shown: VersionView, *, changeable: bool) -> UseContract:
    """Ask for the use contract, pre-filled with what the question says already."""
    key = f"use:{shown.id}" if changeable else f"use:{shown.id}:stands"  # not what was tried and never kept
    return _fields(shown, shown.use, key, frozen=not changeable)


def _fields(shown: VersionView, use: UseContract, key: str, *, frozen: bool) -> UseContract:
    section("Who may use it for what", help="The *use contract*. It stands on the card and in every answer's service.")
    purpose = st.text_area(
        "It is for",
        use.purpose or _purpose(shown),
        height=80,
        disabled=frozen,
        key=f"{key}:purpose",
        persist_state="session",
        max_chars=500,
    )
    first, second = st.columns(2)
    not_for = first.text_input(
        "It must not be used for",
        use.not_for,
        placeholder="setting anybody's price",
        disabled=frozen,
        key=f"{key}:not_for",
        persist_state="session",
        max_chars=300,
    )
    abstained = second.text_input(
        "Who handles the cases it does not answer",
        use.abstained_to,
        placeholder="the service desk, by hand",
        disabled=frozen,
        key=f"{key}:abstained",
        persist_state="session",
        max_chars=200,
        help="Where it is not as sure as is asked for above, the model abstains.",
    )
    owner = first.text_input(
        "Who owns it",
        use.owner,
        placeholder="a team or a role",
        disabled=frozen,
        key=f"{key}:owner",
        persist_state="session",
        max_chars=120,
    )
    may_act = second.text_input(
        "Who may act on its answers",
        use.may_act,
        placeholder="the call centre; nobody by it alone",
        disabled=frozen,
        key=f"{key}:may_act",
        persist_state="session",
        max_chars=200,
    )
    until = first.date_input(
        "It may be used until",
        use.valid_until or (date.today() + timedelta(days=365)),
        disabled=frozen,
        key=f"{key}:until",
        persist_state="session",
        min_value=None,
        format="YYYY-MM-DD",
        help="The world changes; a model does not.",
    )
    review = second.date_input(
        "Somebody looks at it again on",
        use.review_on or (date.today() + timedelta(days=182)),
        disabled=frozen,
        key=f"{key}:review",
        persist_state="session",
        min_value=None,
        format="YYYY-MM-DD",
        help="Whether what it was approved for still holds.",
    )
    over = st.segmented_control(
        "Once it may no longer be used, or is retired",
        list(OVER),
        default=use.when_over,
        format_func=OVER.__getitem__,
        required=True,
        disabled=frozen,
        key=f"{key}:over",
        persist_state="session",
    )
    contract = shown.run.contract
    limits = allowed_form.ask(contract, use.allowed, key, frozen=frozen) if contract else use.allowed
    said = {
        "allowed": limits,
        "purpose": (purpose or "").strip(),
        "not_for": (not_for or "").strip(),
        "owner": (owner or "").strip(),
        "may_act": (may_act or "").strip(),
        "valid_until": until if isinstance(until, date) else None,
        "review_on": review if isinstance(review, date) else None,
        "abstained_to": (abstained or "").strip(),
        "when_over": over or use.when_over,
    }
    return use.model_copy(update=said)


def left(use: UseContract) -> str:
    """Say which gaps the card would show; nothing where there are none."""
    missing = [FIELDS[name] for name in use.gaps()]
    return f"The card will show gaps: {', '.join(missing)}." if missing else ""


def _purpose(shown: VersionView) -> str:
    question, target = shown.problem.problem.question, shown.problem.problem.target
    parts = [f"For each {question.who}" if question.who else "", f"when {question.moment}" if question.moment else ""]
    said = ", ".join(part for part in parts if part)
    action = f", so that we can {question.action}" if question.action else ""
    return f"{said}: predict {target}{action}." if said else f"Predict {target}{action}."
