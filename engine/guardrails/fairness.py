"""FA: what could treat people differently."""

from collections.abc import Iterator

from engine.data.roles import sensitive
from engine.domain.outcome import Action, Remedy, Severity
from engine.guardrails.base import Case, Finding
from engine.problem.words import quoted


class SensitiveAttributes:
    """FA001: a column holds, or looks like, a sensitive attribute."""

    code, title, gate, needs_target = "FA001", "Sensitive attributes", None, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag columns named as sensitive and those that look like it."""
        said = case.asked.sensitive if case.asked else ()
        allowed = case.asked.use_sensitive if case.asked else ()
        target = case.asked.target if case.asked else None
        for name in case.contract.names:
            if name == target or name not in case.frame.columns:
                continue
            kind = sensitive(name, case.frame[name])
            if kind or name in said:
                yield self._finding(case, name, kind, allowed=name in allowed)

    def _finding(self, case: Case, name: str, kind: str | None, *, allowed: bool) -> Finding:
        what = f"{quoted(name)} looks like a sensitive attribute ({kind})" if kind else f"{quoted(name)} is sensitive"
        used = name in case.features
        if used and allowed:
            fix, remedy = "You asked for this: the card will show how groups fare, and a reviewer will ask why.", None
        elif used:
            fix = "Withhold it from the model, and use it to judge how groups fare."
            remedy = Remedy(action=Action.WITHHOLD, columns=(name,))
        else:
            fix, remedy = "Nothing: the model does not see it. Groups are compared by it where you say so.", None
        says = "and the model would use it" if used else "and it is withheld from the model"
        return Finding(
            severity=Severity.WARNING if used else Severity.NOTE,
            columns=(name,),
            problem=f"{what}, {says}.",
            fix=fix,
            evidence={"used_by_the_model": used, "groups": case.frame[name].nunique()},
            remedy=remedy,
        )
