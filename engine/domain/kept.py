"""The nouns of a decision as it travels in a project's file: what was answered, what then happened, its case."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from engine.domain.base import Noun
from engine.domain.left import LeftCase


def _of_our_clock(at: datetime) -> datetime:
    if at.tzinfo is not None:
        raise ValueError(f"{at} is of another clock")
    return at


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("a text holds what no database keeps")
    return text


Moment = Annotated[datetime, AfterValidator(_of_our_clock)]  # UTC, without zone
Words = Annotated[str, AfterValidator(_without_nul)]
Id = Annotated[Words, Field(min_length=1, max_length=200)]


class KeptOutcome(Noun):
    """What happened after a decision, as an application reported it or a person said."""

    source: Literal["application", "person"]
    outcome: Words
    at: Moment | None = None
    received: Moment


class KeptCase(Noun):
    """The case that a decision left to a person, with the row's values, and what was said of it."""

    body: LeftCase
    state: Literal["waiting", "answered", "unknowable", "known"]
    answer: Words | None = None
    note: Words = ""
    by: Words = ""
    answered_at: Moment | None = None


class KeptDecision(Noun):
    """A decision of one of the project's versions, by the id of that version."""

    id: Id
    version_id: Id
    at: Moment
    prediction: Words
    decision: Words
    trust: Literal["ok", "caution", "abstain"]
    reasons: Words
    key: Words | None = None
    application: Words = ""
    outcomes: tuple[KeptOutcome, ...] = ()
    case: KeptCase | None = None
