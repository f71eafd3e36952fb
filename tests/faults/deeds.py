"""What Handrail does, with AutoGluon and BentoML played by a few small files: so that it can be broken off anywhere.

Everything that makes a deed durable is the real thing: sealing, moving into place, the registry and its record.
"""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from app import child, settings
from app.workflow import (
    elsewhere,
    erasing,
    jobs,
    judging,
    orders,
    registry,
    releasing,
    reproducing,
    reviewing,
    stages,
    training,
    wizarding,
)
from app.workflow.backup import backup
from app.workflow.home import Home, open_home
from app.workflow.restoring import restore
from engine.domain.card import Done
from engine.domain.outcome import Override
from engine.domain.run import Plan
from engine.domain.service import Verification
from engine.domain.version import Stage
from engine.evidence.judged import Judged
from store import artifacts, db, models, releases, runs
from store import jobs as store_jobs
from tests.app.prepared import CONTRACT, EVIDENCE, FITTED, PROBLEM, TABLE, again, prepare

PROOF = Verification(rows=100, largest_difference=0.0, passed=True)
LIVE, APPROVED, DRAFT, ASKED = "leaving:1", "leaving:2", "leaving:3", "leaving:4"
ROWS = "id;calls;left\n" + "".join(f"{n};{n % 7};{'yes' if n % 3 else 'no'}\n" for n in range(60))


@dataclass(frozen=True)
class Deed:
    """How a deed is got ready, done, and told to be done; a job's id is the answer of what got it ready."""

    ready: Callable[[Home], Any]
    do: Callable[[Home, Any], object]
    done: Callable[[Home, Any], bool]
    job: bool = False


def template(folder: Path) -> None:
    """A home with a live version, an approved and released one, a draft, and one in review."""
    home, project_id = prepare(folder, "released")
    again(home, project_id, "approved")
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=APPROVED)
        releases.add(session=session, release_id="0", version=version, verification=PROOF, digest="x")
    for _ in (DRAFT, ASKED):
        again(home, project_id, "decided")
    reviewing.submit(home, ASKED)
    home.engine.dispose()


def files(folder: Path, *names: str) -> None:
    """Write a few files as a model or a service has them."""
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * 100)


def judged() -> tuple[Judged, Judged]:
    """Rows that a model was judged by."""
    rng = np.random.default_rng(0)
    sex = rng.choice(["f", "m"], 40)
    part = Judged(pd.DataFrame({"sex": sex}, dtype=object), rng.integers(0, 2, 40) * 1.0, rng.random(40))
    return part, part


def play() -> None:
    """Put small files in the place of AutoGluon and BentoML, in this process."""

    def train(home: Home, run_id: str, folder: Path, *_: object) -> training.Trained:
        files(folder, "model/learner.pkl", "model/models/a/model.pkl", "golden.parquet", "held.parquet")
        material: Any = SimpleNamespace(problem=PROBLEM, contract=CONTRACT)
        return training.Trained(FITTED, EVIDENCE, {"choose": TABLE, "test": TABLE}, material, judged())

    def perform(home: Home, run_id: str, model: str) -> object:
        run = training.run(home, run_id)
        evidence = EVIDENCE.model_copy(update={"test_looks": EVIDENCE.test_looks + 1})
        return run, evidence, {"choose": TABLE, "test": TABLE}, judged()

    def build(home: Home, reference: str, folder: Path, *_: object) -> releasing.Built:
        shown = releasing.require_approved(home, reference)
        files(folder / "bento", "bento.yaml", "src/package/served.json", "src/package/model/learner.pkl")
        return releasing.Built(shown, folder / "bento", PROOF)

    training.train, judging.perform, releasing.build = train, perform, build  # type: ignore[assignment]


def _queued(order: orders.Order) -> Callable[[Home], str]:
    return lambda home: jobs.add(home, order, _project(home))


def _project(home: Home) -> str:
    return registry.show(home, LIVE).run.project_id


def _ingest(home: Home) -> str:
    path = home.uploads() / "upload"
    path.write_text(ROWS)
    return jobs.add(home, orders.ReadFile(source=str(path), name="more.csv"), _project(home))


def _upload(home: Home, _: object) -> str:
    path = home.path.parent / "more.csv"
    path.write_text(ROWS)
    with path.open("rb") as file:
        return wizarding.bring(home, _project(home), file, "more.csv")


def _queue_training(home: Home) -> str:
    return training.start(home, registry.show(home, DRAFT).run.problem_id, Plan(), name="leaving")


def _problem_open(home: Home) -> None:
    """Accept what closes the training."""
    from app.workflow import checks

    checks.override(home, registry.show(home, DRAFT).run.problem_id, Override(code="LK007", reason="it does not"))


def _train(home: Home) -> str:
    _problem_open(home)
    return _queue_training(home)


def _judge(home: Home) -> str:
    shown = registry.show(home, DRAFT)
    return jobs.add(home, orders.Judge(run_id=shown.run.id, model="CatBoost_FULL"), shown.run.project_id)


def _stage(reference: str, stage: str) -> Callable[[Home, object], bool]:
    return lambda home, _: registry.show(home, reference).stage == stage


def _erase(home: Home, _: object) -> None:
    erasing.erase(home, _project(home))


def _gone(home: Home, _: object) -> bool:
    return not registry.every(home)


def _back_up(home: Home, _: object) -> None:
    backup(home, home.path.parent / "kept.tar")


def _restore(home: Home, _: object) -> None:
    next(restore(settings.load(home.path.parent / "again"), home.path.parent / "kept.tar"))


def _restored(home: Home, _: object) -> bool:
    return (home.path.parent / "again").exists()


def _first(home: Home, _: object) -> None:
    open_home(settings.load(home.path.parent / "first"))


def nothing(_: Home) -> None:
    """There is nothing to get ready."""


def perform(home: Home, job_id: str) -> None:
    """Do a job as the worker does."""
    child.main(str(home.path), job_id)


def over(home: Home, job_id: str) -> bool:
    """Whether a job is final."""
    with db.reading(home.engine) as session:
        return store_jobs.get(session=session, job_id=job_id).state not in store_jobs.ALIVE


def _approve(home: Home, _: object) -> None:
    reviewing.approve(home, ASKED, note="it holds")


def _return(home: Home, _: object) -> None:
    reviewing.send_back(home, ASKED, note="why?")


def _answered(home: Home, _: object) -> bool:
    return bool(registry.show(home, DRAFT).answers)


def _from_elsewhere(home: Home) -> str:
    """Take a model's code away, as where it came in a file from elsewhere."""
    run_id = registry.show(home, DRAFT).run.id
    files(home.work("w"), "model/learner.pkl", "model/steps.json", "golden.parquet")
    elsewhere.strip(home.work("w"), "another")
    digest = artifacts.keep(home.work("w"), home.run(run_id), key=home.key)
    with db.writing(home.engine) as session:
        runs.reseal(session=session, run_id=run_id, digest=digest, by="")
    return run_id


def _adopt(home: Home, run_id: str) -> None:
    folder = judging.sealed(home, run_id, to_open=False)
    with tempfile.TemporaryDirectory(dir=home.path / "work") as work:
        files(Path(work) / "model", "learner.pkl")
        reproducing._adopt(home, run_id, folder, Path(work) / "model")


def _adopted(home: Home, run_id: str) -> bool:
    return not elsewhere.is_marked(judging.sealed(home, run_id, to_open=False))


TEST = "model_2"

DEEDS = {
    "training": Deed(_train, perform, over, job=True),
    "releasing": Deed(_queued(orders.Release(reference=APPROVED)), perform, over, job=True),
    "approving": Deed(nothing, _approve, _stage(ASKED, Stage.APPROVED)),
    "judging another model": Deed(_judge, perform, over, job=True),
    "erasing": Deed(lambda h: stages.retire(h, LIVE), _erase, _gone),
    "reading a file": Deed(_ingest, perform, over, job=True),
    "promoting": Deed(nothing, lambda h, _: stages.promote(h, APPROVED), _stage(APPROVED, Stage.LIVE)),
    "uploading": Deed(nothing, _upload, lambda h, _: bool(jobs.alive(h))),
    "retiring": Deed(nothing, lambda h, _: stages.retire(h, LIVE), _stage(LIVE, Stage.RETIRED)),
    "returning": Deed(nothing, _return, _stage(ASKED, Stage.RETURNED)),
    "asking for a training": Deed(_problem_open, lambda h, _: _queue_training(h), lambda h, _: bool(jobs.alive(h))),
    "submitting": Deed(nothing, lambda h, _: reviewing.submit(h, DRAFT), _stage(DRAFT, Stage.IN_REVIEW)),
    "answering": Deed(nothing, lambda h, _: reviewing.answer(h, DRAFT, TEST, Done.BY_HAND), _answered),
    "rolling back": Deed(
        lambda h: stages.promote(h, APPROVED), lambda h, _: stages.rollback(h, "leaving"), _stage(LIVE, Stage.LIVE)
    ),
    "backing up": Deed(nothing, _back_up, lambda h, _: (h.path.parent / "kept.tar").exists()),
    "restoring": Deed(lambda h: _back_up(h, None), _restore, _restored),
    "fitting again what came from elsewhere": Deed(_from_elsewhere, _adopt, _adopted),
    "the first start": Deed(nothing, _first, lambda h, _: False),
}
