"""US: what the answer is used for, and whose data it takes."""

from collections.abc import Iterator

from engine.data.roles import personal, sensitive
from engine.domain.dataset import Role
from engine.domain.outcome import Action, Remedy, Severity
from engine.guardrails.base import Case, Finding, NotApplicable
from engine.guardrails.fields import about_people, field_of
from engine.problem.words import listed, quoted

_HEAD = 2_000
_FEWEST_COLUMNS = 3


class SensitiveField:
    """US001: a decision about people in a sensitive field."""

    code, title, gate, needs_target = "US001", "A sensitive field", None, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag by the question's words and the target's name, else by several column names; only about people."""
        question = case.problem.question
        asked = " ".join((question.text, question.who, question.moment, question.action, case.purpose))
        if not _about_people(case, asked):
            return
        field, words = field_of((asked, case.problem.target), fewest=1)
        severity = Severity.WARNING
        if not field:
            field, words = field_of(case.contract.names, fewest=_FEWEST_COLUMNS)
            severity = Severity.NOTE
        if field:
            yield Finding(
                severity=severity,
                problem=f"This looks like a decision about people in the field of {field} ({listed(sorted(words))}):"
                " a wrong answer can do them lasting harm, and in many countries the law has its say.",
                fix="Let a person decide in the end, say so in the use contract, and ask whoever is responsible for"
                " data protection.",
                evidence={"words": len(words)},
            )


class UseGaps:
    """US002: the use contract has a gap."""

    code, title, gate, needs_target = "US002", "Gaps in the use contract", None, True

    _words = {
        "purpose": "what the model is for",
        "not_for": "what it must not be used for",
        "owner": "who owns it",
        "may_act": "who may act on its answers",
        "valid_until": "until when it may be used",
        "review_on": "when it is looked at again",
        "abstained_to": "who handles the cases it does not answer",
    }

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag the fields nobody has filled in."""
        if case.gaps is None:
            raise NotApplicable("Who may use the model for what is asked later.")
        if case.gaps:
            missing = ", ".join(self._words.get(gap, gap) for gap in case.gaps)
            yield Finding(
                severity=Severity.WARNING,
                problem=f"Nobody has said yet: {missing}.",
                fix="Fill it in before others rely on the model; until then the card shows the gap.",
                evidence={"gaps": len(case.gaps)},
            )


class PersonalData:
    """US003: personal data among the columns."""

    code, title, gate, needs_target = "US003", "Personal data", None, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag columns that name people or how to reach them."""
        target = case.asked.target if case.asked else None
        for column in case.contract.columns:
            if column.name == target or column.name not in case.frame.columns:
                continue
            kind = personal(column.name, case.frame[column.name])
            if column.role is not Role.PERSONAL and not kind:
                continue
            used = column.name in case.features
            says = "and the model would use it" if used else "and it is withheld from the model"
            yield Finding(
                severity=Severity.WARNING if used else Severity.NOTE,
                columns=(column.name,),
                problem=f"{quoted(column.name)} holds personal data ({kind or 'as you said'}), {says}.",
                fix="Withhold it: a model needs to know what people do, not who they are."
                if used
                else "Nothing, unless the column is not needed at all: then leave it out of the file.",
                evidence={"used_by_the_model": used},
                remedy=Remedy(action=Action.WITHHOLD, columns=(column.name,)) if used else None,
            )


def _about_people(case: Case, asked: str) -> bool:
    """Whether rows seem to be people: by a sensitive or personal column, or by a word for people in the question."""
    names = [n for n in case.contract.names if n in case.frame.columns]
    head = case.frame.head(_HEAD)
    said = bool(case.problem.sensitive) or about_people(asked)
    return said or any(sensitive(n, head[n]) or personal(n, head[n]) for n in names)
