"""Verify the seals, and train again from the record."""

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.workflow import data, judging, registry, releasing, training
from app.workflow.home import Home
from engine.domain.run import Progress
from engine.errors import NotFound

SAME = 1e-6


def verify(home: Home, reference: str | None) -> Iterator[str]:
    """Check the seals of a version, or of every version; yields a line for each that is whole.

    Raises
    ------
    TamperedArtifact
        At the first folder that is not what was sealed.
    """
    wanted = [registry.show(home, reference).reference] if reference else [r.reference for r in registry.every(home)]
    for name in wanted:
        shown = registry.show(home, name)
        data.load(home, shown.problem.dataset_id, columns=(shown.problem.contract.names[0],))
        judging.sealed(home, shown.run.id)
        parts = "data, model"
        if shown.release_id:
            releasing.released(home, name)
            parts += ", release"
        yield f"{name}: {parts} as sealed."
    if not wanted:
        yield "There is nothing sealed yet."


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
    material = training.material(frame, shown.problem.contract, shown.problem.problem)
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
    return {
        "model": shown.reference,
        "same": largest <= SAME,
        "largest_difference": largest if math.isfinite(largest) else None,  # there is nothing to compare
        "rows": len(rows),
        "differs": differs,
    }


def _ignore(_progress: Progress) -> None:
    """Nobody watches a reproduction."""
