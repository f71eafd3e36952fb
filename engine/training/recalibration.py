"""A monotone map over a model's chances, where they cannot be taken at their word: part of what is served.

It is found on the choose rows, which also set thresholds and conformal limits. So that these do not rest on chances
that a map made from the very same answers, each choose row gets its recalibrated chances from a map that was found on
the other rows (cross-fitting); what is served is the map found on all of them.
"""

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.domain.base import Noun
from engine.domain.problem import Problem, Task
from engine.evidence.calibration import OFF, calibration_error
from engine.evidence.score import difference, draw, resampled

Array = NDArray[np.float64]
Groups = NDArray[np.intp]

_FILE = "recalibration.json"
_FOLDS, _FEWEST = 5, 100  # rows, below which no map is looked for
_EPS = 1e-6
_WORTH_STEPS = 0.99  # steps make cases alike that were not: they must be a hundredth better than a smooth map


class Method(StrEnum):
    """How chances are moved."""

    LOGISTIC = "logistic"  # a curve over their log-odds (Platt 1999)
    ISOTONIC = "isotonic"  # the best steps that only rise (Zadrozny and Elkan 2002)
    TEMPERATURE = "temperature"  # several classes: one number that makes all chances bolder or shyer (Guo et al. 2017)


class Map(Noun):
    """What becomes of a chance. Classes of equal order stay in order, but for steps, which make some alike."""

    method: Method
    slope: float = 1.0  # of the log-odds; for several classes, of the logarithms
    shift: float = 0.0
    at: tuple[float, ...] = ()  # steps: chances, and what they become; straight in between
    becomes: tuple[float, ...] = ()

    def apply(self, p: Array) -> Array:
        """Return recalibrated chances, shape (n, n_classes), rows adding up to 1."""
        if self.method is Method.TEMPERATURE:
            raised = np.exp(self.slope * np.log(np.clip(p, 1e-300, 1.0))) * (p > 0)
            return np.asarray(raised / raised.sum(axis=1, keepdims=True))
        if self.method is Method.LOGISTIC:
            yes = 1 / (1 + np.exp(-(self.slope * _log_odds(p[:, 1]) + self.shift)))
        else:
            yes = np.interp(p[:, 1], self.at, self.becomes)
        return np.column_stack([1 - yes, yes])


def recalibrated(
    answers: Mapping[str, Array], y: Array, problem: Problem, groups: Groups | None = None
) -> tuple[dict[str, Map], dict[str, Array]]:
    """Find a map for every model whose chances cannot be taken at their word.

    Parameters
    ----------
    answers : mapping of str to array
        What each model said of the choose rows before it learned from them, shape (n, n_classes).
    y : array of shape (n,)
        Class numbers.
    groups : array of shape (n,), optional
        Number of the entity each row belongs to: an entity's rows share a fold.

    Returns
    -------
    tuple
        The maps by model, none where the chances hold, or no map makes them surely better; and the answers, where
        there is a map each row's from a map that did not see its entity.
    """
    if problem.task is Task.REGRESSION or len(y) < _FEWEST:
        return {}, dict(answers)
    draws = draw(len(y), seed=problem.seed, groups=groups)
    maps, told = {}, dict(answers)
    for name, p in answers.items():
        if calibration_error(y, p, draws).interval[0] < OFF or not _rises(y, p):
            continue
        apart = _parts(len(y), groups, problem.seed)
        ways = (_temperature,) if problem.task is Task.MULTICLASS else (_logistic, _isotonic)
        crossed = [(way, _crossed(way, y, p, apart)) for way in ways]
        best, moved = crossed[0]
        for way, other in crossed[1:]:
            if _loss(y, other) < _WORTH_STEPS * _loss(y, moved):
                best, moved = way, other
        before, after = (resampled("log_loss", y, said, draws) for said in (p, moved))
        if difference("log_loss", problem.task, after, before)[0] > 0:
            maps[name], told[name] = best(y, p), moved
    return maps, told


def write(folder: Path, maps: Mapping[str, Map]) -> None:
    """Write maps beside their models; nothing where there are none."""
    if maps:
        said = {name: found.model_dump(mode="json", exclude_defaults=True) for name, found in maps.items()}
        (folder / _FILE).write_text(json.dumps(said, indent=1), encoding="utf-8")
    else:
        (folder / _FILE).unlink(missing_ok=True)


def read(folder: Path, model: str) -> Map | None:
    """Return the map of a model in a folder, None where its chances are served as they are."""
    file = folder / _FILE
    said = json.loads(file.read_text(encoding="utf-8")).get(model) if file.is_file() else None
    return None if said is None else Map.model_validate(said)


def _parts(rows: int, groups: Groups | None, seed: int) -> Groups:
    units = rows if groups is None else int(groups.max()) + 1
    part: Groups = np.random.default_rng(seed).permutation(units) % _FOLDS
    return part if groups is None else part[groups]


def _crossed(way: Callable[[Array, Array], Map], y: Array, p: Array, part: Groups) -> Array:
    moved = p.copy()
    for k in range(_FOLDS):
        inside, others = part == k, part != k
        if inside.any() and len(np.unique(y[others])) > 1:
            moved[inside] = way(y[others], p[others]).apply(p[inside])
    return moved


def _loss(y: Array, p: Array) -> float:
    return float(-np.log(np.clip(p[np.arange(len(y)), y.astype(int)], 1e-15, 1)).mean())


def _log_odds(p: Array) -> Array:
    p = np.clip(p, _EPS, 1 - _EPS)
    return np.asarray(np.log(p / (1 - p)))


def _logistic(y: Array, p: Array) -> Map:
    from sklearn.linear_model import LogisticRegression

    curve = LogisticRegression(C=1e4).fit(_log_odds(p[:, 1])[:, None], y)
    # A slope below 0 would turn the order around: then the chances say nothing, and all get the same.
    slope, usual = float(curve.coef_[0, 0]), float(np.clip(y.mean(), _EPS, 1 - _EPS))
    if slope <= 0:
        return Map(method=Method.LOGISTIC, slope=0.0, shift=float(np.log(usual / (1 - usual))))
    return Map(method=Method.LOGISTIC, slope=slope, shift=float(curve.intercept_[0]))


def _rises(y: Array, p: Array) -> bool:
    """Return whether what is chancier comes true more often.

    Where it does not, a map could only make all chances alike, and would do so to what the model still learns from
    these very rows.
    """
    return p.shape[1] > 2 or _logistic(y, p).slope > 0


def _isotonic(y: Array, p: Array) -> Map:
    from sklearn.isotonic import IsotonicRegression

    # Nobody is sure after so many rows: a chance of 0 or 1 would lose without bound.
    sure = 1 / (len(y) + 2)
    steps = IsotonicRegression(y_min=sure, y_max=1 - sure, out_of_bounds="clip").fit(p[:, 1], y)
    return Map(
        method=Method.ISOTONIC,
        at=tuple(float(v) for v in steps.X_thresholds_),
        becomes=tuple(float(v) for v in steps.y_thresholds_),
    )


def _temperature(y: Array, p: Array) -> Map:
    from scipy.optimize import minimize_scalar

    def loss(power: float) -> float:
        return _loss(y, Map(method=Method.TEMPERATURE, slope=float(np.exp(power))).apply(p))

    found = minimize_scalar(loss, bounds=(-3.0, 3.0), method="bounded")
    return Map(method=Method.TEMPERATURE, slope=float(np.exp(found.x)))
