"""How closely many rows are explained, so that the reasons for a long file are there in time."""

from dataclasses import dataclass

import numpy as np

from engine.domain.evidence import Background
from engine.evidence.explanation import EXACT_UP_TO
from engine.problem.words import counted

SECONDS = 60.0  # that the reasons for one file may take, about, on the machine that trained the model
_MS_PER_ROW = 0.04  # of a model whose speed nobody noted
_FEWEST_TYPICAL = 1


@dataclass(frozen=True)
class Effort:
    """What ``explain`` is given for each row, and how that is said: empty where nothing was saved."""

    background: Background
    permutations: int = 2
    exact_up_to: int = EXACT_UP_TO
    described: str = ""


def answers_in_time(ms_per_row: float | None) -> int:
    """Return how many answers a model gives in the time for one file.

    Its speed is the one that was noted when it was trained, so that the same file gets the same reasons on any machine.
    """
    return int(1000 * SECONDS / max(_MS_PER_ROW if ms_per_row is None else ms_per_row, 1e-3))


def affordable(rows: int, columns: int, background: Background, *, most: int) -> Effort:
    """Return the closest explanation that ``rows`` rows can have with ``most`` answers of the model.

    First the values are estimated from permutations instead of every coalition of columns, then from one pair of them
    instead of two a typical row, then from fewer typical rows, at least one.
    """
    each, typical = most / max(1, rows), len(background.rows)
    if columns <= EXACT_UP_TO and 2**columns * typical <= each:
        return Effort(background)
    walk = 2 * (columns + 1)
    if columns > EXACT_UP_TO and 2 * walk * typical <= each:
        return Effort(background)
    pairs = next((pairs for pairs in (2, 1) if pairs * walk * typical <= each), 1)
    kept = min(typical, max(_FEWEST_TYPICAL, int(each // walk)))
    said = f"Estimated for so many rows from {counted(pairs, 'pair')} of permutations"
    said += f" of the columns against {counted(kept, 'typical row')}."
    return Effort(_fewer(background, kept), permutations=pairs, exact_up_to=0, described=said)


def _fewer(background: Background, count: int) -> Background:
    """Return so many of the typical rows: they stand in the order of the model's answers, so those from equal parts."""
    if count >= len(background.rows):
        return background
    places = ((2 * np.arange(count) + 1) * len(background.rows)) // (2 * count)
    weights = np.asarray(background.weights)[places]
    return background.model_copy(
        update={
            "rows": tuple(background.rows[i] for i in places),
            "weights": tuple(float(weight) for weight in weights / weights.sum()),
        }
    )
