"""EV: what the evidence says of the model, once there is one."""

from engine.domain.evidence import Evidence, Honesty
from engine.domain.outcome import Gate, Outcome, Severity, Verdict


class RandomFlatters:
    """EV006: a random split scores far better than the honest one."""

    code, title = "EV006", "What a random split would promise"
    gate: Gate | None = None

    def check(self, evidence: Evidence) -> Outcome:
        """Say how far a promise on rows drawn at random lies from what the honest test shows.

        It is a note where the model was judged honestly, and a warning where a leak was found and kept.
        """
        found = evidence.honesty
        if found is None:
            plain = "The test rows were drawn at random, and no leak was found."
            return self._outcome(Verdict.NOT_APPLICABLE, problem=plain)
        if not found.far:
            return self._outcome(Verdict.PASSED, rows=found.rows)
        return self._outcome(Verdict.FLAGGED, rows=found.rows, found=found)

    def _outcome(self, verdict: Verdict, *, rows: int = 0, problem: str = "", found: Honesty | None = None) -> Outcome:
        plain = Outcome(code=self.code, title=self.title, verdict=verdict, rows_examined=rows, problem=problem)
        if found is None:
            return plain
        standing = ", ".join(found.standing)
        fix = (
            f"Fix what {standing} found and train again; until then count on the lower figure."
            if found.standing
            else "Nothing needs to be done: the model was judged the honest way. Tell it to whoever expects more."
        )
        return plain.model_copy(
            update={
                "severity": Severity.WARNING if found.standing else Severity.NOTE,
                "columns": found.columns,
                "problem": found.sentence,
                "fix": fix,
                "evidence": {"promised": found.promised, "honest": found.honest, "rows": float(found.rows)},
            }
        )


EVALUATIONS = (RandomFlatters(),)


def judged(evidence: Evidence) -> tuple[Outcome, ...]:
    """Return what the evidence of a model lets the guardrails say, in order of their codes."""
    return tuple(guardrail.check(evidence) for guardrail in EVALUATIONS)
