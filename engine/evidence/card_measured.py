"""What was measured, as the card's templates show it: every figure with its neighbour, its interval or its rows."""

from typing import TypeVar

from engine.domain.card import Card
from engine.domain.evidence import Baseline, Effect, EffectPoint, Estimate, Evidence, Slice
from engine.domain.fair import Fairness, GroupRate
from engine.domain.problem import Task
from engine.evidence.card_parts import (
    Bar,
    Counted,
    Counts,
    Group,
    Judged,
    Measure,
    Measured,
    Moved,
    Point,
    Score,
    Truth,
    Weak,
)
from engine.policy.decision import outcome_at
from engine.problem.metric import decided_at, label_of, metric_for
from engine.problem.words import alike, between, listed, percent, points, quoted, rounded

_Reasons = TypeVar("_Reasons")
BAR = 300  # width of a bar at full length
_COLUMNS = 20  # that are listed by what they count
_FIRST = 2  # differences between groups that are told first: who is picked, who suffers mistakes


def measured(card: Card) -> Measured:
    """Return what the templates name of the evidence on the test rows."""
    return Measured(
        score=_score(card),
        others=[_estimate(e, card) for e in card.evidence.others],
        confusion=_confusion(card),
        slices=_slices(card),
        unexplained=unexplained(card.evidence),
        importance=_importance(card),
        related=_related(card),
        effects=[_effect(effect, card) for effect in _holding(card, card.evidence.effects)],
        background=card.evidence.background.described if card.evidence.background else "",
        fairness=_fairness(card),
        compared_at=_compared_at(card),
    )


def unexplained(evidence: Evidence) -> str:
    """Say why there are no reasons: the model does not surely beat something simple; nothing where it does."""
    simple = evidence.no_better_than
    if simple is None:
        return ""
    return (
        f"There is nothing to explain: it is not surely better than {simple.label}, so what it leans on may be chance."
    )


def simple_ways(evidence: Evidence) -> str:
    """Say which rows the simpler ways learned from; nothing where that was not kept."""
    if evidence.simple_rows is None:
        return ""
    return f"The simpler ways learned from {evidence.simple_rows:,} rows: those to learn from and those to choose by."


def _holding(card: Card, reasons: tuple[_Reasons, ...]) -> tuple[_Reasons, ...]:
    return () if card.evidence.no_better_than else reasons


def _score(card: Card) -> Score:
    evidence, problem = card.evidence, card.problem
    metric, score = metric_for(problem.metric, problem.task), evidence.score
    start = 0.5 if metric.name == "roc_auc" else 0.0  # a ranking no better than guessing has no length
    most = max([score.value, score.interval[1], *(b.value for b in evidence.baselines), start + 1e-9])

    def length(value: float) -> float:
        return round(BAR * min(max((value - start) / (most - start), 0.0), 1.0), 1)

    value, low, high, *simple = alike(score.value, *score.interval, beside=[b.value for b in evidence.baselines])
    bars = [
        Bar(
            label="this model",
            value=value,
            length=length(score.value),
            low=length(score.interval[0]),
            high=length(score.interval[1]),
            compared=f"95 % interval {low} to {high}",
        )
    ]
    for b, said in zip(evidence.baselines, simple, strict=True):
        bars.append(Bar(label=b.label, value=said, length=length(b.value), compared=_compared(b), rule=b.rule))
    return Score(
        metric=metric.label + decided_at(metric.name, problem.task),
        direction="higher is better" if metric.greater_is_better else "lower is better",
        start=rounded(start),
        bars=bars,
        width=BAR,
        simple=simple_ways(evidence),
        learn="" if evidence.learn_score is None else rounded(evidence.learn_score),
        typical="" if evidence.typical_error is None else rounded(evidence.typical_error),
        honest=evidence.honesty.sentence if evidence.honesty else "",
    )


def _compared(baseline: Baseline) -> str:
    if baseline.difference is None:
        return ""
    low, high = baseline.difference
    if low > 0:
        return f"model ahead by {between(low, high, 2)}"
    return (
        f"model behind by {between(-high, -low, 2)}" if high < 0 else f"no clear difference ({between(low, high, 2)})"
    )


def _estimate(estimate: Estimate, card: Card) -> Measure:
    label = label_of(estimate.metric) + decided_at(estimate.metric, card.problem.task)
    value, low, high = alike(estimate.value, *estimate.interval)
    return Measure(label=label, value=value, interval=f"{low} to {high}")


def _confusion(card: Card) -> Counted | None:
    """Return the counts of answers and truth: of a yes/no question as the policy decides now, not as it once did."""
    found, table, threshold = card.evidence.confusion, card.policy_on_test, card.policy.threshold
    if found is None:
        return None
    counts, caption = found.counts, ""
    if threshold is not None and table is not None and card.policy.group_thresholds is None:
        now = outcome_at(table, threshold, card.policy)
        right, wrong = int(now.hits), int(now.flagged - now.hits)
        counts = ((table.rows - table.positives - wrong, wrong), (table.positives - right, right))
        about = "" if threshold in table.thresholds else "about "
        caption = f"picked from a chance of {about}{rounded(threshold)} up"
    elif card.policy.costs is not None:
        caption = "by the most probable class; what is decided for is the one whose mistakes cost the least"
    elif card.evidence.threshold is not None:
        caption = f"picked from a chance of {rounded(card.evidence.threshold)} up, for everybody alike"
    rows = [
        Truth(truth=name, counts=[f"{n:,}" for n in row], rows=f"{sum(row):,}")
        for name, row in zip(found.classes, counts, strict=True)
    ]
    return Counted(classes=found.classes, rows=rows, caption=caption)


def _slices(card: Card) -> list[Weak]:
    return [_weak(part) for part in card.evidence.slices]


def _weak(part: Slice) -> Weak:
    there, elsewhere = alike(part.value, beside=[part.elsewhere])
    return Weak(
        where=" and ".join(part.conditions),
        sentence=part.sentence,
        rows=f"{part.rows:,} ({percent(part.share)})",
        metric=label_of(part.metric),
        there=there,
        elsewhere=elsewhere,
    )


def _importance(card: Card) -> list[Counts]:
    columns = _holding(card, card.evidence.importance)[:_COLUMNS]
    most = max((max(i.share, i.interval[1] if i.interval else 0.0) for i in columns), default=0.0) or 1.0
    return [
        Counts(
            column=i.column,
            share=percent(i.share),
            interval=f"{percent(i.interval[0])} to {percent(i.interval[1])}" if i.interval else "",
            moves=_moves(i.value, card),
            length=round(BAR * i.share / most, 1),
            low=round(BAR * i.interval[0] / most, 1) if i.interval else None,
            high=round(BAR * i.interval[1] / most, 1) if i.interval else None,
        )
        for i in columns
    ]


def _related(card: Card) -> list[str]:
    return [
        f"{listed(same.columns)} say much the same (at least {rounded(same.strength)} of 1): the model may lean on"
        " one or the other, so read their shares together."
        for same in _holding(card, card.evidence.related)
    ] + [
        f"{listed(pair.columns)} work together: {percent(pair.strength)} of how the answer{_for_class(pair.of, card)}"
        " varies with both comes from neither alone."
        for pair in _holding(card, card.evidence.interactions or ())
    ]


def _for_class(of: str, card: Card) -> str:
    """Say which class is meant, where several are told apart."""
    return f" for {quoted(of)}" if card.problem.task is Task.MULTICLASS else ""


def _moves(part: float, card: Card) -> str:
    """Say how far an answer moves: in points of a chance, or in the unit of the target."""
    if card.problem.task is Task.REGRESSION:
        return rounded(part)
    return points(part)


def _signed(part: float, card: Card) -> str:
    return ("+" if part > 0 else "") + _moves(part, card)


def _effect(effect: Effect, card: Card) -> Moved:
    least, most = (pick(effect.points, key=lambda point: point.mean) for pick in (min, max))
    return Moved(
        column=effect.column + _for_class(effect.of, card),
        sentence=f"from {_signed(least.mean, card)} ({_around(least)}) to {_signed(most.mean, card)} ({_around(most)})"
        if len(effect.points) > 1
        else f"{_signed(most.mean, card)}; it hardly varies here ({_around(most)})",
        points=[
            Point(
                at=_around(point),
                mean=_signed(point.mean, card),
                spread=f"{_signed(point.low, card)} to {_signed(point.high, card)}",
                rows=f"{point.rows:,}",
            )
            for point in effect.points
        ],
    )


def _around(point: EffectPoint) -> str:
    if point.at is None:
        return "missing"
    return rounded(point.at, 4) if isinstance(point.at, float) else quoted(str(point.at).partition("T00:00")[0])


def _fairness(card: Card) -> list[Judged]:
    found = []
    for column in dict.fromkeys(f.column for f in card.evidence.fairness):
        measures = [f for f in card.evidence.fairness if f.column == column]
        sentences = [f.sentence for f in measures if f.sentence]
        more = [] if measures[0].columns else _new(sentences[:_FIRST], sentences[_FIRST:])
        groups = [_group(g, card) for g in measures[0].groups]
        head = _head(measures[0], card)
        found.append(Judged(column=column, sentences=sentences[:_FIRST], more=more, head=head, groups=groups))
    return found


def _head(measure: Fairness, card: Card) -> list[str]:
    """Return what stands above the figures of groups, in the order of ``Group``."""
    rated = next((group.rated for group in measure.groups if group.rated), "")
    rate, error, predicted, came_true = {
        Task.BINARY: ("Picked", "Wrong answers", "Chance it gave", "Came true"),
        Task.MULTICLASS: (
            f"Given {quoted(rated)}" if rated else "Given the answer that differs most",
            "Decided wrongly" if card.policy.costs else "Wrong answers",
            "Chance of its best guess",
            "Best guess right",
        ),
        Task.REGRESSION: ("Average prediction", "Average error", "Predicted", "Came true"),
    }[card.problem.task]
    metric = metric_for(card.problem.metric, card.problem.task).label
    return ["Group", "Test rows", rate, "95 % interval", error, predicted, came_true, metric]


def _new(told: list[str], others: list[str]) -> list[str]:
    """Return what was not told already, be it as the beginning of a longer sentence."""
    return [text for text in others if not any(longer.startswith(text) for longer in told)]


def _compared_at(card: Card) -> str:
    """Say at which threshold groups were compared, where that is not how it decides now."""
    then, now = card.evidence.threshold, card.policy.threshold
    if then is None or (then == now and card.policy.group_thresholds is None):
        return ""
    since = "thresholds of their own" if card.policy.group_thresholds else f"a chance of {rounded(now or 0.0)}"
    return f"Groups were compared as picked from a chance of {rounded(then)} up; it decides by {since} now."


def _ends(group: GroupRate, card: Card) -> str:
    if group.interval is None or group.selection_rate is None:
        return ""
    if card.problem.task is not Task.REGRESSION:
        return " to ".join(map(percent, group.interval))
    return " to ".join(alike(group.selection_rate, *group.interval)[1:])


def _group(group: GroupRate, card: Card) -> Group:
    said = percent if card.problem.task is not Task.REGRESSION else rounded

    def told(value: float | None) -> str:
        return "" if value is None else said(value)

    return Group(
        group=group.group,
        rows=f"{group.rows:,}",
        rate=told(group.selection_rate),
        interval=_ends(group, card),
        error=told(group.error_rate),
        predicted=told(group.predicted),
        came_true=told(group.came_true),
        score="" if group.score is None else rounded(group.score),
        too_few=group.too_few,
    )
