"""A threshold for each group: which one decides a row, and what must be said of deciding so."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.dataset import NUMERIC, ColumnContract
from engine.domain.fair import GroupKind, GroupThresholds, Mitigation, Mitigations, Treated
from engine.domain.policy import Policy
from engine.evidence.groups import MISSING, grouped
from engine.policy.fair_measure import WORDS
from engine.problem.words import percent, quoted

CAUTION = (
    "Deciding by a person's group needs to know the group at each decision, and the law may forbid it even where it "
    "makes things fairer, as often in lending, hiring, housing and insurance: ask a lawyer first."
)


def row_thresholds(policy: Policy, values: "pd.Series[Any] | None") -> NDArray[np.float64]:
    """Return the threshold that decides each row of a yes/no question, shape (n,).

    Parameters
    ----------
    values : Series
        The column whose groups have thresholds, canonical; may be None where the policy has one threshold for all, and
        the array then has one element.
    """
    common = 0.5 if policy.threshold is None else policy.threshold
    if policy.group_thresholds is None or values is None:
        return np.full(1, common, dtype=np.float64)
    by = policy.group_thresholds
    told = grouped(values, by.rule).map(by.thresholds)
    return np.asarray(told.fillna(common), dtype=np.float64)


def without_group(by: GroupThresholds, values: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Return which rows say no group that was seen, so that the threshold for all decides them."""
    if by.rule.kind is not GroupKind.VALUE or by.rule.rest:
        return values.isna().to_numpy()
    told = grouped(values, by.rule)
    return (values.isna() | ~told.isin([*by.rule.names, MISSING])).to_numpy()


def told(by: GroupThresholds, common: float | None) -> str:
    """Say every group's threshold, and that of everybody else."""
    each = ", ".join(f"{quoted(name)} from {percent(min(at, 1.0))}" for name, at in by.thresholds.items())
    return f"{each}; everybody else from {percent(min(0.5 if common is None else common, 1.0))}"


def with_thresholds(policy: Policy, found: Mitigations, chosen: Mitigation, column: ColumnContract) -> Policy:
    """Return the policy with the thresholds of a candidate; without them where it has one threshold for all.

    Parameters
    ----------
    column : ColumnContract
        Of the table: what a value of the groups' column is. Nothing of its rows but the groups' names is kept.
    """
    if chosen == found.candidates[0] or found.rule is None:
        return policy.model_copy(update={"group_thresholds": None})
    asked = ColumnContract(
        name=column.name,
        type=column.type,
        role=column.role,
        required=False,
        missing_rate=column.missing_rate,
        levels=found.rule.names if found.rule.kind is GroupKind.VALUE and column.type not in NUMERIC else None,
        unit=column.unit,
        note=column.note,
        read_as=column.read_as,
    )
    by = GroupThresholds(column=asked, rule=found.rule, thresholds=chosen.thresholds)
    picked = f"Of 1,000 cases, {1000 * (chosen.picked or 0):,.0f} would be picked ({policy.yes}). "
    said = f"{picked}By {quoted(column.name)}, each group has its own threshold, {chosen.sentence}"
    return policy.model_copy(update={"group_thresholds": by, "sentence": said})


def for_card(policy: Policy, treated: Treated | None) -> list[tuple[str, str]]:
    """Return what a card says of how groups are treated, as labels and sentences; nothing where all are alike."""
    said = []
    if policy.fairness is not None:
        measure = policy.fairness.measure
        term = f"{WORDS[measure]} ({measure.replace('_', ' ')})"
        said.append(("The difference that matters", f"{term}. {policy.fairness.why}"))
    by = policy.group_thresholds
    if by is None:
        return said
    name = quoted(by.column.name)
    said.append((f"Thresholds by {name}", told(by, policy.threshold)))
    if treated is not None:
        share = treated.hits / treated.flagged if treated.flagged else 0.0
        found = treated.hits / treated.positives if treated.positives else 0.0
        said.append(("Groups on the test rows", treated.sentence))
        said.append(
            (
                "On the test rows",
                f"{treated.flagged:,} of {treated.rows:,} picked, {treated.hits:,} rightly ({percent(share)}); "
                f"{percent(found)} of all real cases found",
            )
        )
    said.append(("Needed at each decision", f"{name}; without it the threshold for everybody else decides"))
    said.append(("Caution", CAUTION))
    return said
