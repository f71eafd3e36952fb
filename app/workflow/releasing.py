"""Release: a Bento that serves, or a wheel that another program carries, once it proved itself in a clean process."""

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.workflow import jobs, judging, orders, packing, registry, seen
from app.workflow import training as train_
from app.workflow.home import Home
from app.workflow.views import JobView, VersionView
from engine.domain.run import JobState, Progress
from engine.domain.service import Form, Verification
from engine.domain.version import Stage
from engine.errors import NotFound, NotVerified, Refused, TamperedArtifact
from store import artifacts, db, models, releases, reviews
from store import jobs as store_jobs
from store.tables import Release

CALLED = {Form.SERVICE: "service", Form.WHEEL: "package"}  # in words for people
_AS = {Form.SERVICE: "", Form.WHEEL: f" --as {Form.WHEEL}"}  # and as a command takes it


def start(home: Home, reference: str, form: Form = Form.SERVICE) -> str:
    """Put a release into the queue and return its job's id.

    Raises
    ------
    Refused
        If the version is not approved.
    """
    shown = require_approved(home, reference)
    order = orders.Release(reference=shown.reference, form=form, by=home.settings.user)
    return jobs.add(home, order, shown.run.project_id)


def standing(home: Home, reference: str, form: Form = Form.SERVICE) -> Verification | None:
    """Return how a version proved itself if it need not be built again; None where it must.

    It must where it never was, where it was approved anew since, where the program or its libraries are others now,
    or where the files are no longer what was sealed.

    Raises
    ------
    Refused
        If the version is not approved.
    """
    shown = require_approved(home, reference)
    with db.reading(home.engine) as session:
        release = releases.newest(session=session, version_id=shown.id, form=form)
        if release is None or reviews.since(session=session, release=release):
            return None
    from engine.serving.pins import fingerprint

    proof = releases.of(release)
    if proof.built_from != fingerprint():
        return None
    try:
        _sealed(home, release)
    except TamperedArtifact:
        return None
    return proof


def require_approved(home: Home, reference: str) -> VersionView:
    """Return a version that may be released.

    Raises
    ------
    Refused
        If the version is not approved.
    """
    shown = registry.show(home, reference)
    _require_releasable(shown.reference, shown.stage)
    return shown


def _require_releasable(reference: str, stage: Stage) -> None:
    if not stage.may_serve:
        raise Refused(
            f"{reference} is {stage}, and only approved versions are released.",
            fix=f"Have it reviewed first, in the step Review (handrail approve {reference} --note ...).",
        )


def _require_as_built(session: Session, shown: VersionView, form: Form) -> None:
    if what := seen.moved(session, shown):
        raise Refused(
            f"{shown.reference} was changed while it was built ({what}): what was built is not what was approved.",
            fix=f"Build it again, in the step Release (handrail release {shown.reference}{_AS[form]}).",
        )


def building(home: Home, reference: str, form: Form) -> JobView | None:
    """Return the newest job that builds, or built, a version in a form."""
    with db.reading(home.engine) as session:
        found = store_jobs.of_kind(session=session, kind=orders.RELEASE)
        of_it = (row for row in found if row.arguments.get("reference") == reference)
        newest = next((row for row in of_it if row.arguments.get("form", Form.SERVICE) == form), None)
        return jobs.view(session, newest) if newest else None


@dataclass(frozen=True)
class Embedded:
    """A version's wheel: the module that a program imports, and how it proved itself."""

    module: str
    wheel: str
    verification: Verification
    released_at: datetime


def embedded(home: Home, shown: VersionView) -> Embedded | None:
    """Return the wheel of a version, if it has one as it was approved last."""
    from engine.serving.wheel import file_name, module_of

    with db.reading(home.engine) as session:
        release = releases.newest(session=session, version_id=shown.id, form=Form.WHEEL)
        if release is None or reviews.since(session=session, release=release):
            return None
        proof, at = releases.of(release), release.created_at
    return Embedded(module_of(shown.name), file_name(shown.reference), proof, at)


@dataclass(frozen=True)
class Built:
    """What was built in its work folder and proved itself, not yet published."""

    shown: VersionView
    folder: Path
    verification: Verification


def build(
    home: Home, reference: str, folder: Path, on_progress: Callable[[Progress], None], form: Form = Form.SERVICE
) -> Built:
    """Build a version's Bento, or its wheel, in ``folder`` and verify it. Runs in a child process of the worker.

    Raises
    ------
    NotVerified
        If its answers in a clean process differ from the original, unshrunk predictor's by more than 1e-9.
    """
    import pandas as pd

    from engine.serving import bento, wheel
    from engine.serving.verify import verify
    from engine.training import predictor

    shown = require_approved(home, reference)
    on_progress(Progress(stage="Checking the seal"))
    run_folder = judging.sealed(home, shown.run.id)
    on_progress(Progress(stage="Packing the model"))
    package = packing.assemble(home, shown, run_folder, folder / "package")
    rows = pd.read_parquet(run_folder / train_.GOLDEN)
    assert shown.run.fitted is not None  # noqa: S101 - an approved version was fitted
    expected = predictor.open_model(run_folder / train_.MODEL, shown.run.fitted.chosen).at_length(rows)
    predictor.settle(package / "model", rows, expected)
    on_progress(Progress(stage=f"Building the {CALLED[form]}"))
    to = folder / form.value
    built = bento.build(package, to) if form is Form.SERVICE else wheel.build(package, to)
    on_progress(Progress(stage="Loading it elsewhere and comparing 100 rows"))
    verification = verify(built, rows, expected)
    if not verification.passed:
        raise NotVerified(
            f"The exported {CALLED[form]} answers differently from the model: by up to "
            f"{verification.largest_difference:.2g} on {verification.rows} rows.",
            fix="It was not released. Train again, or choose another model of the run.",
        )
    # What was just proved stands on its card too.
    packing.write_card(home, shown, bento.package_of(built) if form is Form.SERVICE else package, verification)
    # What was built lists its files: the same ones once more, but for the card.
    wheel.build(package, to) if form is Form.WHEEL else bento.list_files(built)
    shutil.rmtree(package)
    return Built(shown, to, verification)


def publish(home: Home, job_id: str, built: Built, *, seconds: float = 0.0, by: str = "") -> dict[str, Any]:
    """Seal what proved itself and put it in its place, and end the job, which took so many seconds. Returns its result.

    The first that is released to serve goes live, ``by`` who asked for it, unless its time is over; later ones wait.

    Raises
    ------
    Refused
        If the version was returned or retired while it was built, or changed and approved anew.
    """
    digest, proof = artifacts.keep(built.folder, home.release(job_id), key=home.key), built.verification
    result = {"reference": built.shown.reference, "verification": proof.model_dump(mode="json"), "seconds": seconds}
    try:
        with db.writing(home.engine) as session:
            db.alone(session)  # a review in this moment comes before it or after it
            version = models.find(session=session, reference=built.shown.reference)
            _require_releasable(built.shown.reference, Stage(version.stage))
            _require_as_built(session, built.shown, proof.form)
            releases.add(session=session, release_id=job_id, version=version, verification=proof, digest=digest)
            in_use = (built.shown.use.valid_until or date.max) >= date.today()
            if in_use and proof.form is Form.SERVICE and models.live(session=session, name=version.name) is None:
                models.stage(session=session, version=version, stage=Stage.LIVE, by=by or home.settings.user)
            # In the same transaction: a worker that is lost now must not release it once more.
            store_jobs.finish(session=session, job_id=job_id, state=JobState.DONE, result=result)
    except Refused:
        shutil.rmtree(home.release(job_id))
        raise
    return result


def released(home: Home, reference: str, form: Form = Form.SERVICE) -> Path:
    """Return the Bento of a released version, or its wheel, after checking its seal.

    Raises
    ------
    NotFound
        If the version was not released so.
    TamperedArtifact
        If the files are not what was released.
    """
    with db.reading(home.engine) as session:
        version = models.find(session=session, reference=reference)
        release = releases.newest(session=session, version_id=version.id, form=form)
    if release is None:
        raise NotFound(
            f"{version.reference} has not been released{_AS[form] and f' as a {form}'}.",
            fix=f"Release it first, in the step Release (handrail release {version.reference}{_AS[form]}).",
        )
    folder = _sealed(home, release)
    return folder if form is Form.SERVICE else next(folder.glob("*.whl"))


def _sealed(home: Home, release: Release) -> Path:
    return artifacts.verify(home.release(release.id), expected=release.digest, key=home.key)


def withdrawal(home: Home, shown: VersionView) -> Path:
    """Return the file that tells the services of a version that it is retired; it is there where it is."""
    from engine.serving.withdrawn import withdraw

    file = home.withdrawn(shown.run.id)
    if shown.retired_at is not None and not file.exists():
        withdraw(file, shown.retired_at.date())
    return file


def require_place(to: Path, form: Form) -> None:
    """Refuse a place to copy to: the folder of a Bento that is not empty, or a file.

    Raises
    ------
    Refused
        Saying which.
    """
    if to.exists() and not to.is_dir():
        raise Refused(f"{to} is no folder.", fix="Name a folder with -o; what is put into it has names of its own.")
    if form is Form.SERVICE and to.exists() and any(to.iterdir()):
        raise Refused(f"The folder {to} is not empty.", fix="Name a new folder with -o.")


def export(home: Home, reference: str, to: Path, form: Form = Form.SERVICE) -> Path:
    """Copy a released Bento to a folder of the person's own, or a wheel into one.

    Raises
    ------
    Refused
        As ``require_place``.
    """
    from engine.serving.bento import readable

    source = released(home, reference, form)
    require_place(to, form)
    if form is Form.WHEEL:
        to.mkdir(parents=True, exist_ok=True)
        return Path(shutil.copy2(source, to / source.name))
    try:
        shutil.copytree(source, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns(artifacts.MANIFEST))
        readable(to)
    except BaseException:
        shutil.rmtree(to, ignore_errors=True)  # half a Bento is none, and in the way of the next try
        raise
    return to


def zipped(home: Home, reference: str) -> bytes:
    """Return a released Bento as a zip file; whoever unpacks it can read it.

    Raises
    ------
    NotFound, TamperedArtifact
        As ``released``.
    """
    from engine.serving.zipped import pack

    buffer = io.BytesIO()
    pack(released(home, reference), buffer, without=(artifacts.MANIFEST,))
    return buffer.getvalue()
