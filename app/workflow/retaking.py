"""Take another model of a run than the recommended one: it is judged, and takes the place of the present one."""

from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.workflow import jobs, judging, mitigating, orders, question, training
from app.workflow.home import Home
from app.workflow.views import RunView
from engine.domain.policy import Policy
from engine.domain.run import JobState
from engine.domain.version import Stage
from engine.errors import Refused, UnusableOption
from store import db, models, runs
from store import jobs as store_jobs
from store.tables import Version


def start(home: Home, run_id: str, model: str) -> str:
    """Take another model of a run: it is judged anew, which looks at the test rows once more.

    Raises
    ------
    UnusableOption
        If the run has no such model, or its version is in review or was approved.
    """
    run = training.run(home, run_id)
    names = [row.model for row in run.fitted.leaderboard] if run.fitted else []
    if model not in names:
        raise UnusableOption(f"This run has no model {model!r}.", fix=f"Choose one of: {', '.join(names)}.")
    with db.writing(home.engine) as session:
        db.alone(session)
        _require_open(session, run_id)
        return jobs.queue(session, orders.Judge(run_id=run_id, model=model), run.project_id)


def _require_open(session: Session, run_id: str) -> Version | None:
    """Return the version that a run became, if it did, where its model may still be another one."""
    version = models.of_run(session=session, run_id=run_id)
    if version is not None and not Stage(version.stage).may_change:
        raise UnusableOption(
            f"{version.reference} is {version.stage}: its model stands.",
            fix="Train again to make a new version with another model.",
        )
    return version


def require_none(session: Session, run: RunView, reference: str) -> None:
    """Refuse while another model of a run waits to be judged, or is being judged: the version is about to change.

    Raises
    ------
    Refused
        Saying which model was taken.
    """
    alive = store_jobs.alive(session=session, project_id=run.project_id, kinds=(orders.JUDGE,))
    taken = [job.arguments["model"] for job in alive if job.arguments.get("run_id") == run.id]
    if taken:
        raise Refused(
            f"Another model ({taken[-1]}) was taken for {reference} and is still being judged.",
            fix="Wait until that is done and look at it again, or cancel it: the step Train shows how far it is.",
        )


def take(home: Home, job_id: str, run_id: str, model: str, work: Path) -> dict[str, Any]:
    """Judge another model of a run, put it in the place of the present one, and end the job. Returns its result.

    Raises
    ------
    UnusableOption
        If its version was handed in or approved meanwhile: what was reviewed stands, and what was judged is lost.
    Refused
        If it was decided otherwise in the moment between, which what was judged knows nothing of.
    """
    run, evidence, tables, kept = judging.perform(home, run_id, model)
    with db.reading(home.engine) as session:
        version = _require_open(session, run_id)
        before = Policy.model_validate(version.policy) if version is not None else None
    problem = question.problem_view(home, run.problem_id).problem
    policy, evidence = mitigating.settled(evidence, tables.get("choose"), problem, before, kept)
    evidence = mitigating.keep(home, run_id, evidence, kept, work)
    assert run.fitted is not None  # noqa: S101 - judged runs were fitted
    assert run.contract is not None  # noqa: S101 - and have one
    rows = tuple(r.model_copy(update={"chosen": r.model == model}) for r in run.fitted.leaderboard)
    said = {"leaderboard": rows, "chosen": model, "reason": "Taken by hand instead of the recommended one."}
    result = {"run_id": run_id, "model": model}
    with db.writing(home.engine) as session:
        db.alone(session)  # of two who decide at once, the second finds what the first decided
        version = _require_open(session, run_id)
        if version is not None and Policy.model_validate(version.policy) != before:
            raise Refused(f"How {version.reference} decides was changed in this moment.", fix="Take the model again.")
        runs.conclude(
            session=session,
            run_id=run_id,
            fitted=run.fitted.model_copy(update=said),
            evidence=evidence,
            tables=tables,
            contract=run.contract,
            digest=runs.get(session=session, run_id=run_id).digest or "",
        )
        if version is not None:
            models.decide(session=session, version=version, policy=policy)
        store_jobs.finish(session=session, job_id=job_id, state=JobState.DONE, result=result)
    return result
