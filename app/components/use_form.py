"""The use contract: what a model is for, what not, who owns it, until when."""

from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

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
    ask = _Asking(key, frozen)
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
    said: dict[str, object] = {
        "purpose": (purpose or "").strip(),
        "not_for": ask.line(first, "not_for", "It must not be used for", use.not_for, "setting anybody's price", 300),
        "abstained_to": ask.line(
            second,
            "abstained",
            "Who handles the cases it does not answer",
            use.abstained_to,
            "the service desk, by hand",
            200,
            help="Where it is not as sure as is asked for above, the model abstains.",
        ),
        "owner": ask.line(first, "owner", "Who owns it", use.owner, "a team or a role", 120),
        "may_act": ask.line(
            second, "may_act", "Who may act on its answers", use.may_act, "the call centre; nobody by it alone", 200
        ),
        "valid_until": ask.day(
            first, "until", "It may be used until", use.valid_until, 365, "The world changes; a model does not."
        ),
        "review_on": ask.day(
            second,
            "review",
            "Somebody looks at it again on",
            use.review_on,
            182,
            "Whether what it was approved for still holds.",
        ),
        "when_over": _over(use, key, frozen=frozen),
    }
    contract = shown.run.contract
    if contract:
        said["allowed"] = allowed_form.ask(contract, use.allowed, key, frozen=frozen)
    return use.model_copy(update=said)


@dataclass(frozen=True)
class _Asking:
    """What the fields have in common: the beginning of their keys, and whether they only show what stands."""

    key: str
    frozen: bool

    def line(
        self, where: DeltaGenerator, name: str, label: str, now: str, such_as: str, most: int, help: str | None = None
    ) -> str:
        said = where.text_input(
            label,
            now,
            placeholder=such_as,
            disabled=self.frozen,
            key=f"{self.key}:{name}",
            persist_state="session",
            max_chars=most,
            help=help,
        )
        return (said or "").strip()

    def day(self, where: DeltaGenerator, name: str, label: str, now: date | None, ahead: int, help: str) -> date | None:
        """Ask for a day; where none is said yet, propose one some days ahead."""
        said = where.date_input(
            label,
            now or (date.today() + timedelta(days=ahead)),
            disabled=self.frozen,
            key=f"{self.key}:{name}",
            persist_state="session",
            min_value=None,
            format="YYYY-MM-DD",
            help=help,
        )
        return said if isinstance(said, date) else None


def _over(use: UseContract, key: str, *, frozen: bool) -> WhenOver:
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
    return over or use.when_over


def left(use: UseContract) -> str:
    """Say which gaps the card would show, and which days cannot be meant; nothing where there are none."""
    missing = [FIELDS[name] for name in use.gaps()]
    said = [f"The card will show gaps: {', '.join(missing)}."] if missing else []
    return " ".join([*said, use.out_of_date(date.today())]).strip()


def _purpose(shown: VersionView) -> str:
    question, target = shown.problem.problem.question, shown.problem.problem.target
    parts = [f"For each {question.who}" if question.who else "", f"when {question.moment}" if question.moment else ""]
    said = ", ".join(part for part in parts if part)
    action = f", so that we can {question.action}" if question.action else ""
    return f"{said}: predict {target}{action}." if said else f"Predict {target}{action}."
