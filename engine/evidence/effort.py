"""How closely many rows are explained, so that the reasons for a long file are there in time."""

from dataclasses import dataclass

import numpy as np

from engine.domain.evidence import Background
from engine.evidence.explanation import EXACT_UP_TO
from engine.problem.words import counted

# Answers that a model is asked for, for the reasons of one file: half a minute with most models, minutes with a blend.
MOST_ANSWERS = 1_500_000
_FEWEST_TYPICAL = 3


@dataclass(frozen=True)
class Effort:
    """What ``explain`` is given for each row, and how that is said: empty where nothing was saved."""

    background: Background
    permutations: int = 2
    exact_up_to: int = EXACT_UP_TO
    described: str = ""


def affordable(rows: int, columns: int, background: Background, *, most: int = MOST_ANSWERS) -> Effort:
    """Return the closest explanation that ``rows`` rows can have with ``most`` answers of the model.

    The choice rests on counts alone, so that the same file gets the same reasons on any machine. First the values are
    estimated from permutations instead of every coalition of columns, then from one pair of them instead of two a
    typical row, then from the typical rows that stand for most others, at least three.
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
    return Effort(_heaviest(background, kept), permutations=pairs, exact_up_to=0, described=said)


def _heaviest(background: Background, count: int) -> Background:
    """Return the typical rows that stand for most others."""
    if count >= len(background.rows):
        return background
    places = np.sort(np.argsort(-np.asarray(background.weights), kind="stable")[:count])
    weights = np.asarray(background.weights)[places]
    return background.model_copy(
        update={
            "rows": tuple(background.rows[i] for i in places),
            "weights": tuple(float(weight) for weight in weights / weights.sum()),
        }
    )
