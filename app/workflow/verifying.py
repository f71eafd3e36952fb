"""Verify the seals, and train again from the record."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.workflow import data, judging, registry, reviewing, training
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.run import Progress
from engine.errors import NotFound
from store import artifacts, datasets, db, models, releases, runs, standing

SAME = 1e-6


def verify(home: Home, reference: str | None) -> Iterator[str]:
    """Check the record, and the seals of a version or of everything; yields a line for each that is whole.

    Raises
    ------
    TamperedRecord
        At the first entry of the record, or row of the registry, that is not what was written.
    TamperedArtifact
        At the first folder that is not what was sealed.
    """
    wanted = registry.show(home, reference) if reference else None
    with db.reading(home.engine) as session:
        entries, head = standing.check(session=session)
        folders = list(_folders(home, session, wanted))
    yield f"The record: {entries} entries in an unbroken chain; the last one is {head[:16]}."
    for name, folder, digest in folders:
        artifacts.verify(folder, expected=digest, key=home.key)
        yield f"{name}: as sealed."
    if not folders:
        yield "There is nothing sealed yet."


def _folders(home: Home, session: Session, wanted: VersionView | None) -> Iterator[tuple[str, Path, str]]:
    """Yield the sealed folders of a version, or of everything: what each is, where it lies, its digest."""
    for dataset in datasets.every(session=session):
        if wanted is None or dataset.id == wanted.dataset.dataset.id:
            yield f"The table {dataset.name}", home.dataset(dataset.id), dataset.digest
    for run in runs.concluded(session=session):
        version = models.of_run(session=session, run_id=run.id)
        name = f"{version.name}:{version.number}" if version else f"The training {run.id}"
        if wanted is None or run.id == wanted.run.id:
            yield f"{name}, the model", home.run(run.id), run.digest or ""
            if judged := (run.evidence or {}).get("judged"):
                yield f"{name}, the rows it was judged by", home.judged(run.id, judged), judged
        for release in releases.of_version(session=session, version_id=version.id) if version else ():
            if wanted is None or release.version_id == wanted.id:
                yield f"{name}, the release {release.id}", home.release(release.id), release.digest


def reproduce(home: Home, reference: str) -> dict[str, Any]:
    """Train a version again from its record and compare the answers on its golden rows.

    Returns
    -------
    dict
        ``same`` (largest difference at most 1e-6), ``largest_difference``, ``rows``, and ``differs``: what of the
        record is not as it was.
    """
    import numpy as np
    import pandas as pd

    from engine.training import predictor

    shown = registry.show(home, reference)
    fitted = shown.run.fitted
    if fitted is None:
        raise NotFound(f"{shown.reference} has no model on record.", fix="Train again.")
    folder = judging.sealed(home, shown.run.id)
    rows = pd.read_parquet(folder / training.GOLDEN)
    before = predictor.open_model(folder / training.MODEL, fitted.chosen).predict(rows)
    frame = data.load(home, shown.problem.dataset_id)
    material = training.material(frame, shown.problem.contract, shown.problem.problem, shown.run.plan)
    differs = []
    with tempfile.TemporaryDirectory(dir=home.path / "work") as work:
        again = predictor.fit(
            material.learn,
            material.choose,
            problem=material.problem,
            features=material.features,
            plan=shown.run.plan,
            folder=Path(work) / "model",
            on_progress=_ignore,
            should_stop=lambda: False,
        )
        if fitted.chosen in [row.model for row in again.leaderboard]:
            after = predictor.open_model(Path(work) / "model", fitted.chosen).predict(rows)
            largest = float(np.abs(before - after).max())
        else:
            largest = float("inf")
            differs.append(f"The model {fitted.chosen} was not fitted this time: the clock ended training earlier.")
    differs += [
        f"{name} was {version} and is {again.versions.get(name, 'absent')}."
        for name, version in fitted.versions.items()
        if again.versions.get(name) != version
    ]
    if largest > SAME and not differs:
        differs.append("The training was limited by the clock, so it stopped at another place.")
    found = largest if math.isfinite(largest) else None  # there is nothing to compare
    reviewing.reproduced(home, shown.reference, rows=len(rows), largest=found, same=largest <= SAME)
    return {
        "model": shown.reference,
        "same": largest <= SAME,
        "largest_difference": found,
        "rows": len(rows),
        "differs": differs,
    }


def _ignore(_progress: Progress) -> None:
    """Nobody watches a reproduction."""
