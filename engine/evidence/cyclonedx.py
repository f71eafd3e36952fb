"""The model card for machines: CycloneDX 1.6 with a ``modelCard``."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from engine.domain.card import Card
from engine.domain.evidence import Estimate
from engine.domain.fair import GroupRate
from engine.domain.outcome import Verdict
from engine.domain.policy import Abstention, Policy
from engine.domain.problem import Task
from engine.domain.version import Reference
from engine.evidence.card_measured import unexplained
from engine.evidence.readiness import readiness
from engine.evidence.retrained import called
from engine.policy.allowed import restricted, said
from engine.policy.by_cost import in_words
from engine.policy.fair import for_card
from engine.problem.changes import changed, kept_apart
from engine.problem.metric import decided_at

Json = dict[str, Any]

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ANSWERS = {
    Task.BINARY: "binary classification",
    Task.MULTICLASS: "multiclass classification",
    Task.REGRESSION: "regression",
}


def to_cyclonedx(card: Card) -> Json:
    """Return the card as a CycloneDX 1.6 document; what the format has no place for stands in ``properties``."""
    model = Reference.parse(card.model)
    reference, data = f"model:{card.model}", f"dataset:{card.dataset.id}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": uuid5(NAMESPACE_URL, f"handrail:{card.model}:{card.dataset.sha256}:{card.seal}").urn,
        "version": 1,
        "metadata": {
            "timestamp": card.created.isoformat(),
            "tools": {"components": [{"type": "application", "name": "Handrail"}]},
            "component": {"type": "application", "name": model.name, "version": str(model.number)},
        },
        "components": [
            {
                "type": "machine-learning-model",
                "bom-ref": reference,
                "name": model.name,
                "version": str(model.number),
                "description": card.evidence.headline,
                "modelCard": {
                    "modelParameters": _parameters(card, data),
                    "quantitativeAnalysis": {"performanceMetrics": _metrics(card)},
                    "considerations": _considerations(card),
                    "properties": _properties(card),
                },
            },
            _dataset(card, data),
        ],
    }


def _parameters(card: Card, data: str) -> Json:
    features = card.problem.features(card.contract)
    answer = card.problem.target
    if card.problem.task is not Task.REGRESSION:
        answer += f": probability of each of {', '.join(card.problem.classes)}"
    return {
        "approach": {"type": "supervised"},
        "task": _ANSWERS[card.problem.task],
        "architectureFamily": "AutoGluon tabular",
        "modelArchitecture": card.fitted.chosen,
        "datasets": [{"ref": data}],
        "inputs": [{"format": f"{c.name}: {c.type}"} for c in card.contract.columns if c.name in features],
        "outputs": [{"format": answer}],
    }


def _dataset(card: Card, reference: str) -> Json:
    dataset = card.dataset
    found: Json = {
        "type": "data",
        "bom-ref": reference,
        "name": dataset.name,
        "data": [{"type": "dataset", "name": dataset.name, "sensitiveData": list(card.problem.sensitive)}],
        "properties": [
            _property("rows", dataset.rows),
            _property("columns", dataset.columns),
            _property("rejected_rows", dataset.reader.rejected_rows),
        ],
    }
    if _SHA256.fullmatch(dataset.sha256):
        found["hashes"] = [{"alg": "SHA-256", "content": dataset.sha256}]
    return found


def _metrics(card: Card) -> list[Json]:
    evidence = card.evidence
    task = card.problem.task
    found = [_metric(e, f"test rows{decided_at(e.metric, task)}") for e in (evidence.score, *evidence.others)]
    if evidence.learn_score is not None:
        found.append(_value(evidence.score.metric, evidence.learn_score, "learn rows"))
    found.extend(_value(evidence.score.metric, b.value, f"test rows, baseline: {b.name}") for b in evidence.baselines)
    if brought := evidence.expected_cost:
        always = f"test rows, always {brought.single}"
        found += [_metric(brought.cost, "test rows, as decided"), _metric(brought.always, always)]
        found.append(_metric(brought.likeliest, "test rows, the most probable class"))
    for measure in evidence.fairness:
        found.append(_value(measure.measure, measure.value, f"test rows, by {measure.column}", measure.interval))
    for column in dict.fromkeys(f.column for f in evidence.fairness):
        first = next(f for f in evidence.fairness if f.column == column)
        for group in first.groups:
            found.extend(_group(group, column, card.problem.metric))
    for part in evidence.slices:
        where = " and ".join(part.conditions)
        found.append(_value(part.metric, part.value, f"{part.rows} test rows where {where}"))
        found.append(_value(part.metric, part.elsewhere, f"test rows other than where {where}"))
    for limits in evidence.limits:
        found += _abstaining(limits)
    return found


def _abstaining(limits: Abstention) -> Iterator[Json]:
    sure = f"choose rows, coverage {limits.coverage:g}"
    yield _value("abstained", limits.abstained, sure)
    if limits.answered is not None:
        yield _value("answered_rows", limits.answered, sure)
    if limits.error_answered is not None:
        yield _value("error_where_it_answers", limits.error_answered, sure)
    yield _value("error_if_it_answered_all", limits.error, sure)
    if test := limits.tested:
        sure = f"test rows, coverage {limits.coverage:g}"
        yield _value("abstained", 1 - test.answered / test.rows, sure)
        yield _value("answered_rows", test.answered, sure)
        if test.covered is not None and test.half_width is not None:
            yield _value("within_range", test.covered, sure, test.covered_interval)
            yield _value("mean_half_width", test.half_width, sure)
        if test.error_answered is not None:
            yield _value("error_where_it_answers", test.error_answered, sure, test.interval)
        yield _value("error_if_it_answered_all", test.error, sure)


def _group(group: GroupRate, column: str, metric: str) -> Iterator[Json]:
    where = f"{group.rows} test rows where {column} = {group.group}"
    for name, value, interval in (
        ("selection_rate", group.selection_rate, group.interval),
        ("error_rate", group.error_rate, None),
        ("predicted", group.predicted, None),
        ("came_true", group.came_true, None),
        (metric, group.score, None),
    ):
        if value is not None:
            yield _value(name, value, where, interval)


def _metric(estimate: Estimate, where: str) -> Json:
    return _value(estimate.metric, estimate.value, where, estimate.interval)


def _value(name: str, value: float, where: str, interval: tuple[float, float] | None = None) -> Json:
    found: Json = {"type": name, "value": repr(value), "slice": where}
    if interval is not None:
        found["confidenceInterval"] = {"lowerBound": repr(interval[0]), "upperBound": repr(interval[1])}
    return found


def _considerations(card: Card) -> Json:
    limits = [f"Not for: {card.use.not_for}"] if card.use.not_for else []
    limits += [f"Only for {c.name}: {said(c)}" for c in restricted(card.contract, card.use.allowed).columns]
    limits += [o.problem or o.title for o in card.outcomes if o.verdict is Verdict.FLAGGED]
    limits += list(card.gaps)
    return {
        "users": [card.use.owner] if card.use.owner else [],
        "useCases": [card.use.purpose] if card.use.purpose else [],
        "technicalLimitations": limits,
        "performanceTradeoffs": [card.policy.sentence] if card.policy.sentence else [],
        "ethicalConsiderations": [
            {"name": f"{o.code}: {o.problem or o.title}", "mitigationStrategy": _answered(card, o.code, o.columns)}
            for o in card.outcomes
            if o.verdict is Verdict.FLAGGED and o.code[:2] in {"FA", "US"}
        ],
        "fairnessAssessments": [{"groupAtRisk": f.column, "harms": f.sentence} for f in card.evidence.fairness],
    }


def _answered(card: Card, code: str, columns: tuple[str, ...]) -> str:
    said = [v.reason for v in card.overrides if v.code == code and (v.column is None or v.column in columns)]
    return " ".join(said) or "none written down"


def _properties(card: Card) -> list[Json]:
    use, policy = card.use, card.policy
    found = [
        _property("stage", card.stage),
        _property("headline", card.evidence.headline),
        _property("metric", card.problem.metric),
        _property("test_rows", card.evidence.score.rows),
        _property("test_looks", card.evidence.test_looks),
        *([_property("honesty", card.evidence.honesty.sentence)] if card.evidence.honesty else []),
        _property("kept_apart", kept_apart(card.problem)),
        *(_property("change", what) for _, what in changed(card.problem.remedies)),
        _property("policy", policy.kind),
        _property("threshold", "" if policy.threshold is None else repr(policy.threshold)),
        _property("costs", _costs(policy)),
        _property("valid_until", use.valid_until or ""),
        _property("review_on", use.review_on or ""),
        _property("may_act", use.may_act),
        _property("abstained_to", use.abstained_to),
        _property("when_over", use.when_over),
        _property("explanation_method", card.evidence.explanation_method),
        _property("explanation_background", card.evidence.background.described if card.evidence.background else ""),
        _property("seal", card.seal),
    ]
    if card.plan.treats_alike:
        found.append(_property("groups:To treat groups alike", called(card.plan)))
    found += [_property(f"groups:{label}", text) for label, text in for_card(policy, card.evidence.treated)]
    found += _reasons(card)
    found += _ready(card)
    found += [_property(f"check:{o.code}", f"{o.verdict}{_on(o.columns)}") for o in card.outcomes]
    found += [_property(f"override:{v.code}", v.reason) for v in card.overrides]
    found += [_property("gap", gap) for gap in card.gaps]
    for review in card.reviews:
        by = " (reviewed by its builder)" if review.by_builder else ""
        found.append(_property("review", f"{review.decision} by {review.reviewer}{by}: {review.note}"))
    found += [_property(f"version:{name}", version) for name, version in sorted(card.fitted.versions.items())]
    return found


def _costs(policy: Policy) -> str:
    if policy.costs is not None:
        return in_words(policy.costs)
    if policy.cost_wrong_yes is None or policy.cost_missed_yes is None:
        return ""
    return f"a wrong yes costs {policy.cost_wrong_yes:g}; a missed yes costs {policy.cost_missed_yes:g}"


def _reasons(card: Card) -> list[Json]:
    """Return what the model leans on; where it beats nothing simple, only that its reasons explain nothing."""
    if said := unexplained(card.evidence):
        return [_property("unexplained", said)]
    evidence, found = card.evidence, []
    for i in evidence.importance:
        found.append(_property(f"importance:{i.column}", repr(i.share)))
        if i.interval is not None:
            found.append(_property(f"importance_interval:{i.column}", f"{i.interval[0]!r} to {i.interval[1]!r}"))
    found += [_property("related", f"{', '.join(r.columns)} ({r.strength!r})") for r in evidence.related]
    found += [
        _property("interaction", f"{', '.join(pair.columns)} on {pair.of} ({pair.strength!r})")
        for pair in evidence.interactions or ()
    ]
    for effect in evidence.effects:
        points = [point.model_dump(mode="json") for point in effect.points]
        found.append(_property(f"effect:{effect.column}:{effect.of}", json.dumps(points, ensure_ascii=False)))
    return found


def _ready(card: Card) -> list[Json]:
    ready = readiness(card)
    found = [_property("ml_test_score", f"{ready.score:g}")]
    found += [_property(f"ml_test_score:{section}", f"{points:g}") for section, points in ready.sections.items()]
    for test in ready.tests:
        said = f"{test.answer.by}, {test.answer.at:%Y-%m-%d}" if test.answer else "" if test.asked else test.evidence
        found.append(_property(f"ml_test:{test.test}", f"{test.done.value}: {test.title}. {said}".strip()))
    return found


def _on(columns: tuple[str, ...]) -> str:
    return f" ({', '.join(columns)})" if columns else ""


def _property(name: str, value: object) -> Json:
    return {"name": f"handrail:{name}", "value": str(value)}
