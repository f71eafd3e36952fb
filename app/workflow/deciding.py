"""Decide: what to do with an answer, and who may use it for what."""

from app.workflow import registry
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.policy import Policy, UseContract
from engine.errors import Refused
from store import db, models, runs

CHANGEABLE = (models.DRAFT, models.RETURNED)


def set_policy(home: Home, reference: str, policy: Policy) -> VersionView:
    """Replace a draft's policy. The test rows were scored before, so this is counted as one more look at them.

    Raises
    ------
    Refused
        If the version is approved or in review: what was reviewed stands.
    """
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        _require_changeable(version.name, version.number, version.stage)
        if Policy.model_validate(version.policy) != policy:
            run = runs.get(session=session, run_id=version.run_id)
            evidence = dict(run.evidence or {})
            evidence["test_looks"] = int(evidence.get("test_looks", 1)) + 1
            run.evidence = evidence
            session.add(run)
        models.decide(session=session, version=version, policy=policy)
    return registry.show(home, reference)


def set_use(home: Home, reference: str, use: UseContract) -> VersionView:
    """Replace a draft's use contract.

    Raises
    ------
    Refused
        If the version is approved or in review: what was reviewed stands.
    """
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        _require_changeable(version.name, version.number, version.stage)
        models.decide(session=session, version=version, use=use)
    return registry.show(home, reference)


def _require_changeable(name: str, number: int, stage: str) -> None:
    if stage not in CHANGEABLE:
        raise Refused(
            f"{name}:{number} is {stage}: what was reviewed stands.",
            fix="Train again, or have the reviewer return it, to change how it decides.",
        )
