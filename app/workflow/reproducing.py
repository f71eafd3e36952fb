"""Reproduce: fit a version's model again from its record, and compare the answers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workflow import data, judging, registry, reviewing, training
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.run import Fitted, Progress
from engine.errors import Failed, NotFound

if TYPE_CHECKING:
    from engine.training.steps import Steps

SAME = 1e-6
_SERVED, _BEFORE, _PART = "as it is served", "before it learned from the choose rows", "a part of it"


def reproduce(home: Home, reference: str) -> dict[str, Any]:
    """Fit a version's model again from its record, in the same number of steps, and compare the answers.

    A run that is older than the record of its steps is trained again as it was then, by the clock.

    Returns
    -------
    dict
        ``model``; ``replayed``, whether its steps were on record; ``same`` (largest difference at most 1e-6);
        ``largest_difference``, None where there is nothing to compare; ``rows`` whose answers were compared;
        ``compared``: a list of ``model``, ``what``, ``rows`` and ``difference`` for the model and each of its parts;
        ``differs``: a sentence for whatever was not as it was.

    Raises
    ------
    TamperedArtifact
        If the model is not what was sealed.
    """
    from engine.training import described, steps

    shown = registry.show(home, reference)
    fitted = shown.run.fitted
    if fitted is None:
        raise NotFound(f"{shown.reference} has no model on record.", fix="Train again.")
    folder = judging.sealed(home, shown.run.id) / training.MODEL
    described.check_versions(folder)
    record = steps.read(folder, fitted.chosen)
    here = described.versions()
    differs = [
        f"{name} was {version} and is {here.get(name, 'absent')}."
        for name, version in fitted.versions.items()
        if here.get(name) != version
    ]
    with tempfile.TemporaryDirectory(dir=home.path / "work") as work:
        again = Path(work) / "model"
        try:
            differs += _fit(home, shown, record, again)
            compared = list(_compared(folder, again, fitted, record, _golden(home, shown)))
        except Failed as error:
            compared = []
            differs.append(error.problem)
    largest = max((each["difference"] for each in compared), default=None)
    same = largest is not None and largest <= SAME
    rows = max((each["rows"] for each in compared), default=0)
    reviewing.reproduced(home, shown.reference, rows=rows, largest=largest, same=same)
    return {
        "model": shown.reference,
        "replayed": record is not None,
        "same": same,
        "largest_difference": largest,
        "rows": rows,
        "compared": compared,
        "differs": differs,
    }


def _fit(home: Home, shown: VersionView, record: "Steps | None", folder: Path) -> list[str]:
    """Fit the model again in ``folder``; return what was not as it was."""
    from engine.training import predictor, replaying

    plan = shown.run.plan
    material = training.material(
        data.load(home, shown.problem.dataset_id), shown.problem.contract, shown.problem.problem, plan
    )
    rows = {"problem": material.problem, "features": material.features, "plan": plan, "folder": folder}
    if record is not None:
        return list(replaying.replay(material.learn, material.choose, steps=record, **rows))
    predictor.fit(material.learn, material.choose, on_progress=_ignore, should_stop=lambda: False, **rows)
    return []


def _golden(home: Home, shown: VersionView) -> Any:
    import pandas as pd

    return pd.read_parquet(home.run(shown.run.id) / training.GOLDEN)


def _compared(
    folder: Path, again: Path, fitted: Fitted, record: "Steps | None", golden: Any
) -> Iterator[dict[str, Any]]:
    """Yield how far the answers of two fits lie apart, model by model."""
    import numpy as np

    from engine.training import predictor

    def apart(model: str, what: str, before: Any, after: Any) -> dict[str, Any]:
        difference = float(np.abs(before - after).max()) if before.shape == after.shape else float("inf")
        return {"model": model, "what": what, "rows": len(before), "difference": difference}

    chosen, places = fitted.chosen, (folder, again)
    yield apart(chosen, _SERVED, *(predictor.open_model(place, chosen).at_length(golden) for place in places))
    if record is None:
        return
    yield apart(chosen, _BEFORE, *(predictor.foreseen(place, chosen) for place in places))
    for part in record.served() if record.weights else ():
        yield apart(part, _PART, *(predictor.open_model(place, part).as_fitted(golden) for place in places))


def _ignore(_progress: Progress) -> None:
    """Nobody watches a reproduction."""
