"""Conclude: what a training produced is sealed, decides as was said of it, and becomes a version."""

from pathlib import Path
from typing import Any

from app.workflow import mitigating, projects
from app.workflow.home import Home
from app.workflow.orders import Train
from app.workflow.training import Trained
from engine.domain.run import JobState
from store import artifacts, db, models, runs
from store import jobs as store_jobs
from store import projects as store_projects


def conclude(home: Home, run_id: str, trained: Trained, folder: Path, order: Train, work: Path) -> dict[str, Any]:
    """Seal a run's model, make it a version, and end the job. Returns its result.

    Parameters
    ----------
    home : Home
        Where all is kept.
    run_id : str
        The run, which is its job as well.
    trained : Trained
        What came out of the training.
    folder : Path
        Its files; they are moved away.
    order : Train
        What was queued: the version's name, use contract, and the policy that its own one follows.
    work : Path
        The job's folder for what is not finished.
    """
    digest = artifacts.keep(folder, home.run(run_id), key=home.key)
    policy, evidence = mitigating.settled(
        trained.evidence, trained.tables.get("choose"), trained.material.problem, order.decided, trained.judged
    )
    evidence = mitigating.keep(home, run_id, evidence, trained.judged, work)
    with db.writing(home.engine) as session:
        runs.conclude(
            session=session,
            run_id=run_id,
            fitted=trained.fitted,
            evidence=evidence,
            tables=trained.tables,
            contract=trained.material.contract,
            digest=digest,
        )
        project_id = runs.get(session=session, run_id=run_id).project_id
        project = store_projects.get(session=session, project_id=project_id)
        name = order.name or projects.model_of(session, project)
        version = models.add(session=session, name=name, run_id=run_id, policy=policy, use=order.use)
        result = {"model": version.reference}
        store_jobs.finish(session=session, job_id=run_id, state=JobState.DONE, result=result)
    return result
