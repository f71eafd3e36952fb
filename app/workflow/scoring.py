"""Score a file: next week's spreadsheet in, the same back, ranked, with decision, trust and reasons."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.workflow import jobs, judging, orders, packing, registry, stages
from app.workflow.home import Home
from app.workflow.views import JobView
from engine.domain.dataset import Reading
from engine.domain.run import Progress
from store import artifacts, db, models, releases
from store import jobs as store_jobs


def start(home: Home, reference: str, source: Path, name: str, *, form: str = "xlsx", explain: bool = True) -> str:
    """Put the scoring of an uploaded file into the queue and return its job's id."""
    shown = stages.require_in_use(home, reference)
    order = orders.Score(reference=shown.reference, source=str(source), name=name, form=form, explain=explain)
    return jobs.add(home, order, shown.run.project_id)


def score(
    home: Home,
    reference: str,
    source: Path,
    out: Path,
    *,
    work: Path,
    explain: bool = False,
    ranked: bool = False,
    on_progress: Callable[[Progress], None] = lambda _: None,
) -> dict[str, Any]:
    """Score a file with a version, released or not; the answers of one that is not approved say so.

    Returns
    -------
    dict
        What the batch counted: rows, decisions, trust, seconds.
    """
    from engine.serving.batch import score_file

    shown = stages.require_in_use(home, reference)
    on_progress(Progress(stage="Checking the seal"))
    opened = package(home, reference, work)
    on_progress(Progress(stage="Reading the file"))
    return score_file(
        opened,
        source,
        out,
        explain=explain,
        ranked=ranked,
        reading=_reading(home, reference),
        retired=shown.retired_at.date() if shown.retired_at else None,
        memory_gb=home.settings.memory_gb,
        on_rows=lambda done, all_: on_progress(
            Progress(stage=f"Scoring the rows: {done:,} of {all_:,}", done=done / max(1, all_))
        ),
    )


def _reading(home: Home, reference: str) -> Reading:
    """Return how the table was read that the version learned from: what a person said, and each column's decimals."""
    learned = registry.show(home, reference).dataset.dataset
    return (learned.reading or Reading()).model_copy(update={"decimals": learned.reader.decimals})


def package(home: Home, reference: str, work: Path) -> Path:
    """Return a version's package after checking its seal: of its release, or else put together in ``work``.

    Raises
    ------
    NotFound
        If there is no such model or version.
    TamperedArtifact
        If the files are not what was sealed.
    """
    shown = registry.show(home, reference)
    with db.reading(home.engine) as session:
        version = models.find(session=session, reference=reference)
        release = releases.newest(session=session, version_id=version.id)
    if release is not None:
        from engine.serving.bento import package_of

        return package_of(artifacts.verify(home.release(release.id), expected=release.digest, key=home.key))
    shutil.rmtree(work / "package", ignore_errors=True)
    return packing.assemble(home, shown, judging.sealed(home, shown.run.id), work / "package")


def of_version(home: Home, reference: str) -> list[JobView]:
    """Return the files scored with a version, newest first."""
    with db.reading(home.engine) as session:
        found = store_jobs.of_kind(session=session, kind=orders.SCORE)
        return [jobs.view(session, row) for row in found if row.arguments.get("reference") == reference]


def result_path(home: Home, job_id: str) -> Path | None:
    """Return where a scored file lies, if it does."""
    folder = home.scored(job_id)
    return next((p for p in sorted(folder.iterdir()) if p.is_file()), None) if folder.is_dir() else None
