"""Reproduce: fit a version's model again from its record, and compare the answers."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workflow import data, elsewhere, judging, registry, reviewing, training
from app.workflow.home import Home
from engine.domain.run import Plan, Progress
from engine.errors import Failed, NotFound
from store import artifacts, db, runs

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
        ``largest_difference``, None where no answers of the model as it is served are there to compare;
        ``rows`` whose answers were compared;
        ``compared``: a list of ``model``, ``what``, ``rows`` and ``difference`` for the model and each of its parts;
        ``differs``: a sentence for whatever was not as it was; ``adopted``: whether the model came from elsewhere
        and, the answers being the same, the one fitted here took its place.

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
    folder = judging.sealed(home, shown.run.id, to_open=False)
    described.check_versions(folder / training.MODEL)
    record = steps.read(folder / training.MODEL, fitted.chosen)
    here, beside = described.versions(), described.tools()  # what the model does not depend on may differ
    differs = [
        f"{name} was {version} and is {here.get(name, 'absent')}."
        for name, version in fitted.versions.items()
        if name not in beside and here.get(name) != version
    ]
    rows = training.material(
        data.load(home, shown.problem.dataset_id), shown.problem.contract, shown.problem.problem, shown.run.plan
    )
    with tempfile.TemporaryDirectory(dir=home.path / "work") as work:
        again = Path(work) / training.MODEL
        try:
            own, memory_gb = not elsewhere.is_marked(folder), home.settings.memory_gb
            differs += _fit(rows, shown.run.plan, record, again, own=own, memory_gb=memory_gb)
            compared = list(_compared(folder, again, fitted.chosen, record, rows))
        except Failed as error:
            compared = []
            differs.append(error.problem)
        served = any(each["what"] == _SERVED for each in compared)
        if compared and not served:
            differs.append(
                "No answers of the model as it is served came with it: whether they are the same is not known."
            )
        largest = max(each["difference"] for each in compared) if served else None
        same = served and all(each["difference"] <= SAME for each in compared)  # no number is not the same
        adopted = same and elsewhere.is_marked(folder)
        if adopted:
            _adopt(home, shown.run.id, folder, again)
    count = max((each["rows"] for each in compared), default=0)
    reviewing.reproduced(home, shown.reference, rows=count, largest=largest, same=same)
    return {
        "model": shown.reference,
        "replayed": record is not None,
        "same": same,
        "largest_difference": largest,
        "rows": count,
        "compared": compared,
        "differs": differs,
        "adopted": adopted,
    }


def _fit(
    rows: training.Material, plan: Plan, record: "Steps | None", folder: Path, *, own: bool, memory_gb: float | None
) -> tuple[str, ...]:
    """Fit the model again in ``folder``; return what was not as it was."""
    from engine.training import predictor, replaying

    about: dict[str, Any] = {"problem": rows.problem, "features": rows.features, "plan": plan, "folder": folder}
    about |= {"memory_gb": memory_gb}
    if record is not None:
        return replaying.replay(rows.learn, rows.choose, steps=record, own=own, **about)
    predictor.fit(rows.learn, rows.choose, on_progress=_ignore, should_stop=lambda: False, **about)
    return ()


def _compared(
    folder: Path, again: Path, chosen: str, record: "Steps | None", rows: training.Material
) -> Iterator[dict[str, Any]]:
    """Yield how far the answers of two fits lie apart, model by model.

    Of a model from elsewhere, which is not opened, the answers that were written down are compared.
    """
    import numpy as np
    import pandas as pd

    from engine.evidence.held import answers, held
    from engine.training import predictor

    def apart(model: str, what: str, before: Any, after: Any) -> dict[str, Any]:
        difference = (
            float(np.abs(before - after).max()) if len(before) and before.shape == after.shape else float("inf")
        )
        return {"model": model, "what": what, "rows": len(before), "difference": difference}

    places, ours = (folder / training.MODEL, again), predictor.open_model(again, chosen)
    told = held(folder, chosen) if elsewhere.is_marked(folder) else None
    if told is not None:
        yield apart(chosen, _SERVED, answers(told), ours.at_length(rows.test.loc[told["row"]]))
    elif not elsewhere.is_marked(folder):
        golden = pd.read_parquet(folder / training.GOLDEN)
        yield apart(chosen, _SERVED, predictor.open_model(places[0], chosen).at_length(golden), ours.at_length(golden))
        for part in record.served() if record and record.weights else ():
            yield apart(part, _PART, *(predictor.open_model(place, part).as_fitted(golden) for place in places))
    if record is not None:
        yield apart(chosen, _BEFORE, *(predictor.foreseen(place, chosen) for place in places))


def _adopt(home: Home, run_id: str, folder: Path, model: Path) -> None:
    """Put a model that was fitted again here in the place of one from elsewhere that is not opened.

    Raises
    ------
    NotFound
        If the run was erased meanwhile.
    """
    whole = elsewhere.adopted(folder, model, model.parent / run_id)
    digest = artifacts.seal(whole, key=home.key, place=folder.name)
    with db.writing(home.engine) as session:
        runs.reseal(session=session, run_id=run_id, digest=digest, by=home.settings.user)
        artifacts.publish(whole, home.adopted(run_id))  # the folder that is on record until now stays where it is
    elsewhere.settled(home, run_id, digest)


def _ignore(_progress: Progress) -> None:
    """Nobody watches a reproduction."""
