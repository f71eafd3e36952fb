"""What names a version, and its life: the stages at which it stands, and the ways from one to the next."""

from enum import StrEnum
from typing import NamedTuple


class Reference(NamedTuple):
    """What names a version: its model, and which one of it. Written ``name:number``."""

    name: str
    number: int

    def __str__(self) -> str:
        return f"{self.name}:{self.number}"

    @classmethod
    def parse(cls, text: str) -> "Reference":
        """Read ``name:number``.

        Raises
        ------
        ValueError
            If it is written otherwise.
        """
        name, _, number = text.rpartition(":")
        if not name or not (number.isascii() and number.isdecimal()):
            raise ValueError(f"{text!r} is no name:number")
        return cls(name, int(number))


class Stage(StrEnum):
    """Where a version stands, in the words that the registry and its record keep."""

    DRAFT = "draft"
    IN_REVIEW = "in review"
    RETURNED = "returned"
    APPROVED = "approved"
    LIVE = "live"
    RETIRED = "retired"

    @property
    def may_change(self) -> bool:
        """Whether how it decides, who may use it and which model it is may still change: it is not handed over."""
        return self in leading_to(Stage.IN_REVIEW)

    @property
    def may_approve(self) -> bool:
        """Whether a reviewer may approve it."""
        return self in leading_to(Stage.APPROVED)

    @property
    def may_serve(self) -> bool:
        """Whether it may be released and go live, and answers as an approved one."""
        return self in {Stage.APPROVED, Stage.LIVE}

    @property
    def was_approved(self) -> bool:
        """Whether its review is behind it."""
        return self.may_serve or self is Stage.RETIRED


MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.DRAFT: frozenset({Stage.IN_REVIEW, Stage.APPROVED, Stage.RETURNED, Stage.RETIRED}),
    Stage.IN_REVIEW: frozenset({Stage.APPROVED, Stage.RETURNED, Stage.RETIRED}),
    Stage.RETURNED: frozenset({Stage.IN_REVIEW, Stage.RETIRED}),
    Stage.APPROVED: frozenset({Stage.LIVE, Stage.RETURNED, Stage.RETIRED}),
    Stage.LIVE: frozenset({Stage.APPROVED, Stage.RETIRED}),
    Stage.RETIRED: frozenset(),
}


def leading_to(stage: Stage) -> tuple[Stage, ...]:
    """Return the stages from which a person brings a version to this one.

    That a live one is approved again is nobody's verdict: another one went live in its place.
    """
    by_itself = {(Stage.LIVE, Stage.APPROVED)}
    return tuple(at for at, to in MOVES.items() if stage in to and (at, stage) not in by_itself)
