"""Nouns of understanding: how good, compared with what, why, and for whom."""

from collections.abc import Iterable

from engine.domain.base import Noun
from engine.domain.fair import Fairness, Mitigations, Treated
from engine.domain.policy import Abstention

LOWER = frozenset({"brier", "log_loss", "rmse", "mae", "ece"})  # metrics of which less is better


class Estimate(Noun):
    """A metric's value as people read it, its 95 % bootstrap interval and the rows it was computed on."""

    metric: str
    value: float
    interval: tuple[float, float]
    rows: int


class Baseline(Noun):
    """What a simpler way scores on the same rows.

    ``difference`` is the paired 95 % interval of model minus baseline, positive where the model is better.
    """

    name: str  # "majority", "mean", "one_rule", "linear", "today"
    label: str
    value: float
    difference: tuple[float, float] | None = None
    rule: str = ""


def best(baselines: Iterable[Baseline], metric: str) -> Baseline | None:
    """Return the simpler way that does best by a metric; None if there is none."""
    sign = -1 if metric in LOWER else 1
    return max(baselines, key=lambda baseline: sign * baseline.value, default=None)


class Curve(Noun):
    """Points of a curve, at most 200, with what stands on the axes; ``low`` and ``high`` are a 95 % band, or empty."""

    name: str  # "roc", "precision_recall", "calibration", "gains", "residuals", "within"
    x: tuple[float, ...]
    y: tuple[float, ...]
    x_label: str = ""
    y_label: str = ""
    weight: tuple[float, ...] = ()  # rows behind each point, where that matters
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()

    def where(self, y: float) -> float | None:
        """Return the first x at which a rising curve is as high as ``y``; None where it nowhere is."""
        return next((at for at, height in zip(self.x, self.y, strict=True) if height >= y), None)


class Recalibration(Noun):
    """What a map over the chances does on the test rows; it was found on the choose rows and is part of the model.

    ``error`` is the calibration error, ``loss`` the Brier score (of several classes the log loss).
    """

    method: str  # "logistic", "isotonic", "temperature"
    error_before: Estimate
    error: Estimate
    loss_before: Estimate
    loss: Estimate
    sentence: str = ""


class Confusion(Noun):
    """Counts by actual class (rows) and predicted class (columns), both in the order of ``classes``."""

    classes: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


class Importance(Noun):
    """Mean absolute SHAP value of a column in the outcome's unit; shares add up to 1.

    ``interval`` is that of the share over resamples of the explained rows (95 %).
    """

    column: str
    value: float
    share: float
    interval: tuple[float, float] | None = None


class Related(Noun):
    """Columns that say much the same: the model may lean on one or the other of them.

    ``strength`` (0 to 1) is the weakest link that holds them together.
    """

    columns: tuple[str, ...]
    strength: float


class EffectPoint(Noun):
    """What a column's values around ``at`` (None: missing) contribute: the mean, and 10 % and 90 % of the rows."""

    at: str | float | None
    mean: float
    low: float
    high: float
    rows: int


class Effect(Noun):
    """How a column's value goes with its contribution to the answer ``of``, over the explained rows."""

    column: str
    of: str
    points: tuple[EffectPoint, ...]


class InteractionPoint(Noun):
    """The mean answer where the one column is ``at`` and the other ``beside``."""

    at: str | float | None
    beside: str | float | None
    answer: float


class Interaction(Noun):
    """Two columns that work together: what the first does to the answer ``of`` depends on the second.

    ``strength`` is Friedman and Popescu's H (2008): of how the answer varies with both, the share (of the standard
    deviation, 0 to 1) that neither brings alone.
    """

    columns: tuple[str, str]
    strength: float
    of: str
    points: tuple[InteractionPoint, ...]


class Explanation(Noun):
    """One answer and what led to it: ``base`` + contributions = ``value``, in the unit of the outcome."""

    of: str
    base: float
    value: float
    contributions: dict[str, float]


class ExplainedRow(Noun):
    """A test row, what the model says of it and why."""

    row: dict[str, str | float | None]
    actual: str
    explanation: Explanation


class Background(Noun):
    """The summarised rows that explanations compare with; made, not copied from people."""

    rows: tuple[dict[str, str | float | None], ...]
    weights: tuple[float, ...]
    described: str


class Likeness(Noun):
    """How far from every typical row a row may lie; ``spreads`` are the usual spreads of numbers and dates (ns)."""

    spreads: dict[str, float]
    limit: float


class Honesty(Noun):
    """What a test on rows drawn at random, with the leaks back in, would have promised, beside the honest one.

    Both are a quick model's, on the same rows with the same effort, so that only the way of testing differs.
    """

    metric: str
    greater_is_better: bool
    promised: float
    honest: float
    rows: int  # judged honestly
    far: bool  # whether the promise is far better
    columns: tuple[str, ...] = ()  # left out as leaks; back in for the promise
    standing: tuple[str, ...] = ()  # codes of leaks that were found and not fixed: the model's own score is a promise
    sentence: str = ""


class Slice(Noun):
    """A part of the data in which the model is worth little: found on other rows, confirmed on these."""

    conditions: tuple[str, ...]  # one or two, in words
    columns: tuple[str, ...]
    rows: int  # of the test rows
    share: float
    metric: str
    value: float
    elsewhere: float
    sentence: str


class ExpectedCost(Noun):
    """What the mistakes of several classes cost per row, decided by what they are expected to cost.

    Beside it always one class, ``single``, the cheapest on the choose rows, and the most probable class. ``against_``
    are the paired 95 % intervals of their cost minus ours, positive where ours is cheaper.
    """

    cost: Estimate
    single: str
    always: Estimate
    likeliest: Estimate
    against_always: tuple[float, float]
    against_likeliest: tuple[float, float]
    changed: float  # share of the rows for which another class than the most probable one costs least
    sentence: str = ""


class Evidence(Noun):
    """Everything measured on the test rows, which were scored once."""

    score: Estimate
    learn_score: float | None = None
    others: tuple[Estimate, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    simple_rows: int | None = None  # learn and choose rows that simpler ways learned from; None: the learn rows alone
    threshold: float | None = None  # yes/no: from which chance on a case was counted as picked
    curves: tuple[Curve, ...] = ()
    confusion: Confusion | None = None
    importance: tuple[Importance, ...] = ()
    related: tuple[Related, ...] = ()
    effects: tuple[Effect, ...] = ()  # of the strongest columns, for each class where several are told apart
    interactions: tuple[Interaction, ...] | None = None  # worth knowing; None: nobody has looked
    explained: tuple[ExplainedRow, ...] = ()
    background: Background | None = None
    likeness: Likeness | None = None
    explanation_method: str = ""
    fairness: tuple[Fairness, ...] = ()
    mitigations: tuple[Mitigations, ...] = ()
    treated: Treated | None = None  # where the policy has a threshold for each group
    expected_cost: ExpectedCost | None = None  # where the policy has costs of several classes
    judged: str = ""  # seal of the rows that were judged: another policy is judged on them anew
    slices: tuple[Slice, ...] = ()
    limits: tuple[Abstention, ...] = ()  # one for each coverage that can be chosen
    recalibration: Recalibration | None = None  # None: chances are served as the model gives them
    typical_error: float | None = None  # regression: 90 % of the choose rows lie within this of their prediction
    test_looks: int = 1
    honesty: Honesty | None = None  # None where the test was a random one and no leak was found
    headline: str = ""
    seconds: dict[str, float] = {}

    @property
    def no_better_than(self) -> Baseline | None:
        """The guess or the one rule that the model does not surely beat: then its reasons explain nothing."""
        for baseline in self.baselines:
            if baseline.name in {"majority", "mean", "one_rule"} and baseline.difference is not None:
                low, _ = baseline.difference
                if low <= 0:
                    return baseline
        return None
