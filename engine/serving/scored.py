"""Answers as columns of a table: what ``handrail score`` adds to a file."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.evidence import Explanation
from engine.domain.problem import Task
from engine.domain.service import Served
from engine.serving import trust
from engine.serving.answers import Answers, Words
from engine.serving.trust import Flag

BECAUSE = ("because_1", "because_2", "because_3")
_CHUNK = 100_000  # many enough that the model's own speed counts
_EXPLAINED = 200  # an explanation costs hundreds of answers: whoever waits hears more often how far it is


def table(
    served: Served,
    frame: pd.DataFrame,
    told: Answers,
    marked: NDArray[np.bool_] | None = None,
    explanations: Sequence[Explanation] | None = None,
    *,
    unlike: NDArray[np.bool_],
) -> pd.DataFrame:
    """Return one row of answers for each row of a canonical frame.

    Columns: ``prediction``; ``probability_<class>`` for each class, or ``low`` and ``high``; ``decision``; ``trust``;
    ``reasons``; with explanations ``because_1`` to ``because_3``. ``marked`` rows have a cell that could not be read;
    ``unlike`` ones are like nothing in training when their values are taken together. Words of which there are few are
    categories: what is made of them is made once for each.
    """
    columns: dict[str, object] = {"prediction": told.raw if told.labels is None else told.labels.column()}
    if served.task is Task.REGRESSION:
        columns |= {"low": told.raw - told.half_widths, "high": told.raw + told.half_widths}
    else:
        columns |= {f"probability_{name}": told.raw[:, i] for i, name in enumerate(served.classes)}
    found = trust.noted(served, {n: frame[n].to_numpy() for n in served.asked.names})
    standing = trust.standing(served, datetime.now(UTC).date())
    trusted = trust.levels(found, told.abstained, unlike=unlike, standing=standing, marked=marked)
    columns["decision"] = told.decisions if told.decided is None else told.decided.column()
    columns["trust"] = trusted.column()
    columns["reasons"] = _codes(found, [reason.code for reason in standing], told.abstained, unlike)
    if explanations is not None:
        because = [_because(served, frame, i, explanation) for i, explanation in enumerate(explanations)]
        columns |= {name: [words[k] for words in because] for k, name in enumerate(BECAUSE)}
    return pd.DataFrame(columns, index=frame.index)


def _codes(
    found: Sequence[Flag], standing: Sequence[str], abstained: NDArray[np.bool_], unlike: NDArray[np.bool_]
) -> "pd.Categorical[Any]":
    """Return the reasons of each row as text, such as ``uncertain; missing:job; out_of_range:age``."""
    said = [(np.ones(len(unlike), dtype=bool), code) for code in standing]
    said += [(abstained, "uncertain"), (unlike, trust.UNLIKE.code)]
    said += [(flag.rows, f"{flag.code}:{flag.column.name}") for flag in found]
    # Rows with the same reasons share their text: most have none, and the others few different ones.
    which, each = np.zeros(len(unlike), dtype=np.int64), [""]
    for rows, code in said:
        if rows.any():
            known, where = np.unique(which[rows], return_inverse=True)
            which[rows] = len(each) + where
            each += [f"{each[one]}; {code}" if each[one] else code for one in known]
    return Words(tuple(each), which).column()


def _because(served: Served, frame: pd.DataFrame, i: int, explanation: Explanation) -> list[str]:
    """Return the three strongest reasons in plain words; blank where a column made no difference."""
    strongest = sorted(explanation.contributions.items(), key=lambda item: -abs(item[1]))[: len(BECAUSE)]
    words = [
        f"{name} {_value(frame[name].iat[i])} {'raises' if amount > 0 else 'lowers'} it by {_amount(served, amount)}"
        for name, amount in strongest
        if _matters(served, amount)
    ]
    return words + [""] * (len(BECAUSE) - len(words))


def _matters(served: Served, amount: float) -> bool:
    return abs(amount) >= (0.0005 if served.task is not Task.REGRESSION else 1e-12)


def _amount(served: Served, amount: float) -> str:
    size = abs(amount)
    if served.task is Task.REGRESSION:
        return f"{size:.4g}" if size < 1e4 else f"{size:,.0f}"
    points = size * 100
    return f"{points:.0f} points" if points >= 1.5 else f"{points:.1f} points"


def _value(value: object) -> str:
    if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return "(missing)"
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat() if value == value.normalize() else value.isoformat(sep=" ")
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value:.6g}"
    text = str(value)
    return text if len(text) <= 40 else text[:39] + "…"


def chunks(rows: int, *, explain: bool = False) -> list[slice]:
    """Return the pieces a large table is answered in."""
    size = _EXPLAINED if explain else _CHUNK
    return [slice(start, min(start + size, rows)) for start in range(0, rows, size)]
