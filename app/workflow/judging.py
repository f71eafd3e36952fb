"""Judge: everything measured on the test rows, for the model that is chosen."""

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workflow import data, elsewhere, question
from app.workflow import training as train_
from app.workflow.home import Home
from app.workflow.views import RunView
from engine.domain.evidence import Background, Evidence, Recalibration
from engine.domain.outcome import Outcome
from engine.domain.policy import DecisionTable
from engine.domain.problem import Task
from store import artifacts, db, runs

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from app.workflow.training import Material
    from engine.evidence.judge import Clock
    from engine.evidence.judged import Judged
    from engine.training.baselines import FittedBaseline


def baselines(rows: "Material") -> "tuple[FittedBaseline, ...]":
    """Return the simple ways that a model must beat on the test rows.

    As what is served, they learn from the choose rows too: else a model that was refitted would be ahead of them by
    the rows it has seen, and in time by the latest ones.
    """
    import pandas as pd

    return _simple_ways(rows, pd.concat([rows.learn, rows.choose]))


def _simple_ways(rows: "Material", seen: "pd.DataFrame") -> "tuple[FittedBaseline, ...]":
    from engine.problem.rows import encode
    from engine.problem.today import today
    from engine.training.baselines import fit_baselines

    return fit_baselines(
        seen,
        encode(seen, rows.problem),
        problem=rows.problem,
        features=rows.features,
        contract=rows.contract,
        rule=today(rows.problem, rows.table_contract, rows.as_it_came),
    )


def best_simple_score(rows: "Material") -> float:
    """Return what the best of the simple ways scores on the choose rows, by the learn rows: what a search must beat."""
    from engine.problem.metric import metric_for
    from engine.problem.rows import encode

    metric = metric_for(rows.problem.metric, rows.problem.task)
    answers = encode(rows.choose, rows.problem)
    scores = [metric.function(answers, way.predict(rows.choose)) for way in _simple_ways(rows, rows.learn)]
    return max(scores) if metric.greater_is_better else min(scores)


def judge(
    model: Any, foreseen: "NDArray[np.float64]", rows: "Material"
) -> "tuple[Evidence, dict[str, DecisionTable], tuple[Judged, Judged] | None]":
    """Return the evidence on the test rows, what every threshold brings on choose and test rows, and these rows.

    The rows, choose and test, are kept where there are classes, to judge another way of deciding by.
    The threshold at which groups are compared comes from the choose rows, by ``foreseen``, what the model answered
    for them before it learned from them: the policy stands before the test is scored.
    """
    from engine.evidence.judge import Clock
    from engine.evidence.judge import judge as evidence_of
    from engine.evidence.judged import judged
    from engine.evidence.mitigation import mitigations
    from engine.evidence.rejudge import under
    from engine.evidence.related import related
    from engine.policy.beside import beside
    from engine.policy.decision import decide, tabulate
    from engine.problem.rows import encode

    problem, features = rows.problem, list(rows.features)
    tables: dict[str, DecisionTable] = {}
    threshold, kept = None, None
    if problem.task is Task.BINARY:
        together = related(rows.choose, problem)
        y, chance = encode(rows.choose, problem), foreseen[:, 1]
        table = tabulate(y, chance, groups=together)
        tables["choose"] = beside(table, y, chance, today=_done_today(rows, rows.choose), groups=together)
        policy = decide(tables["choose"], problem)
        threshold = policy.threshold
    clock = Clock()
    with clock("answers"):
        answers = model.predict(rows.test[features])
    evidence = evidence_of(
        model.predict,
        answers=answers,
        learn=rows.learn,
        test=rows.test,
        problem=problem,
        features=rows.features,
        contract=rows.contract,
        baselines=baselines(rows),
        threshold=threshold,
        seed=problem.seed,
        choose=(rows.choose, foreseen),
    )
    evidence = evidence.model_copy(update={"simple_rows": len(rows.learn) + len(rows.choose)})
    if model.recalibration is not None:
        evidence = evidence.model_copy(update={"recalibration": _recalibration(model, answers, rows)})
    if problem.task is Task.BINARY:
        # Exact wherever a policy can come to lie: at what the choose rows propose, and at whole percents by hand.
        exact = (*tables["choose"].thresholds, *(percent / 100 for percent in range(101)))
        together = related(rows.test, problem)
        y, chance = encode(rows.test, problem), answers[:, 1]
        table = tabulate(y, chance, also=exact, groups=together)
        tables["test"] = beside(table, y, chance, today=_done_today(rows, rows.test), groups=together)
    found = _by_the_choose_rows(foreseen, answers, rows, evidence.background, clock)
    if problem.task is Task.BINARY:
        with clock("mitigations"):
            kept = (judged(rows.choose, foreseen[:, 1], problem), judged(rows.test, answers[:, 1], problem))
            found["mitigations"] = mitigations(kept[0], problem, policy)
    if problem.task is Task.MULTICLASS:
        kept = (judged(rows.choose, foreseen, problem), judged(rows.test, answers, problem))
        with clock("costs"):
            evidence = under(evidence, kept[1], problem, decide(None, problem), choose=kept[0])
    return evidence.model_copy(update={**found, "seconds": {**clock.seconds, **evidence.seconds}}), tables, kept


def _done_today(rows: "Material", part: "pd.DataFrame") -> "NDArray[np.bool_] | None":
    """Return whom today's rule acts on among some rows; None where there is none, or it only ranks them."""
    from engine.problem.today import Says, today

    rule = today(rows.problem, rows.table_contract, rows.as_it_came)
    return rule.apply(part) == 1 if rule is not None and rule.says is Says.CLASS else None


def _recalibration(model: Any, answers: "NDArray[np.float64]", rows: "Material") -> Recalibration:
    """Return what the map over the model's chances does on the test rows."""
    from engine.evidence.calibration import moved
    from engine.evidence.related import related
    from engine.evidence.score import draw
    from engine.problem.rows import encode

    test, problem = rows.test, rows.problem
    draws = draw(len(test), seed=problem.seed, groups=related(test, problem))
    before = model.as_fitted(test[list(rows.features)])
    return moved(encode(test, problem), before, answers, problem, method=model.recalibration.method, draws=draws)


def _by_the_choose_rows(
    foreseen: "NDArray[np.float64]",
    answers: "NDArray[np.float64]",
    rows: "Material",
    background: Background | None,
    clock: "Clock",
) -> dict[str, Any]:
    """Return what is found on the choose rows: when to abstain, what is unlike them, where the model is weak."""
    from engine.evidence.abstaining import on_test
    from engine.evidence.likeness import calibrate as calibrated
    from engine.evidence.slices import Scored, weak_slices
    from engine.policy.abstention import COVERAGES, calibrate
    from engine.problem.rows import encode

    problem = rows.problem
    y = encode(rows.choose, problem)
    found: dict[str, Any] = {}
    with clock("abstention"):
        limits = (calibrate(y, foreseen, problem, coverage=coverage) for coverage in COVERAGES)
        found["limits"] = tuple(on_test(each, rows.test, answers, problem) for each in limits)
    with clock("slices"):
        found["slices"] = weak_slices(
            Scored(rows.choose, y, foreseen),
            Scored(rows.test, encode(rows.test, problem), answers),
            problem=problem,
            columns=tuple(dict.fromkeys((*rows.features, *problem.sensitive))),
        )
    if background is not None:
        with clock("likeness"):
            found["likeness"] = calibrated(background, rows.learn, rows.choose)
    if problem.task is Task.REGRESSION:
        found["typical_error"] = _split_conformal(abs(y - foreseen))
    return found


def honest(evidence: Evidence, rows: "Material", outcomes: Iterable[Outcome]) -> Evidence:
    """Return the evidence with what a random split would have promised, where that is another matter."""
    import pandas as pd

    from engine.evidence.honesty import honesty

    began = time.perf_counter()
    found = honesty(
        pd.concat([rows.learn, rows.choose]),
        rows.test,
        contract=rows.table_contract,
        problem=rows.problem,
        outcomes=tuple(outcomes),
    )
    seconds = {**evidence.seconds, "honesty": round(time.perf_counter() - began, 3)}
    return evidence.model_copy(update={"honesty": found, "seconds": seconds})


def _split_conformal(off: "NDArray[np.float64]", coverage: float = 0.9) -> float:
    """Return the half width that covers new rows at ``coverage`` (split conformal prediction, Lei et al. 2018)."""
    import numpy as np

    rank = min(1.0, np.ceil((len(off) + 1) * coverage) / len(off))
    return float(np.quantile(off, rank, method="higher"))


def perform(
    home: Home, run_id: str, model: str
) -> "tuple[RunView, Evidence, dict[str, DecisionTable], tuple[Judged, Judged] | None]":
    """Judge another model of a run. Runs in a child process of the worker."""
    from engine.training import predictor

    run = train_.run(home, run_id)
    asked = question.problem_view(home, run.problem_id)
    folder = sealed(home, run_id)
    rows = train_.material(data.load(home, asked.dataset_id), asked.contract, asked.problem, run.plan)
    fitted = folder / train_.MODEL
    answers = predictor.foreseen(fitted, model)
    evidence, tables, kept = judge(predictor.open_model(fitted, model), answers, rows)
    before = run.evidence
    known = {"test_looks": before.test_looks + 1, "honesty": before.honesty} if before else {}
    return run, evidence.model_copy(update=known), tables, kept


def sealed(home: Home, run_id: str, *, to_open: bool = True) -> Path:
    """Return a run's folder after checking its seal. The only way to a model, where it is ``to_open``."""
    with db.reading(home.engine) as session:
        digest = runs.get(session=session, run_id=run_id).digest
    folder = artifacts.verify(elsewhere.settled(home, run_id, digest or ""), expected=digest or "", key=home.key)
    return elsewhere.require_own(folder) if to_open else folder
