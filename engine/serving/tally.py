"""What was said of the rows of a file, counted."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from engine.domain.problem import Task
from engine.domain.service import Served


@dataclass
class Tally:
    """What was said of some rows, counted."""

    rows: int = 0
    decisions: Counter[str] = field(default_factory=Counter)
    trust: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    unreadable: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, answers: pd.DataFrame, unreadable: Mapping[str, int], task: Task) -> "Tally":
        """Count answers as ``Scorer.score_frame`` gives them, and the cells that could not be read, by column."""
        reasons = Counter[str]()
        for text, rows in _counted(answers["reasons"]).items():
            for code in {code.partition(":")[0]: None for code in text.split("; ") if code}:
                reasons[code] += rows
        return cls(
            rows=len(answers),
            decisions=Counter() if task is Task.REGRESSION else _counted(answers["decision"]),
            trust=_counted(answers["trust"]),
            reasons=reasons,
            unreadable=Counter(unreadable),
        )

    def add(self, other: "Tally") -> None:
        """Count what was said of other rows too."""
        self.rows += other.rows
        for mine, theirs in (
            (self.decisions, other.decisions),
            (self.trust, other.trust),
            (self.reasons, other.reasons),
            (self.unreadable, other.unreadable),
        ):
            mine.update(theirs)

    def summary(self, served: Served) -> dict[str, Any]:
        """Return the counts, with the model they are of."""
        return {
            "model": served.model,
            "rows": self.rows,
            "flagged": self.decisions[served.policy.yes] if served.task is Task.BINARY else None,
            "decisions": dict(self.decisions.most_common()),
            "trust": dict(self.trust),
            "reasons": dict(self.reasons),
            "unreadable": dict(self.unreadable),
        }


def _counted(words: "pd.Series[str]") -> Counter[str]:
    return Counter({str(word): count for word, count in words.value_counts().items() if count})
