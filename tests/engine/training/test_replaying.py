"""What a run fitted is fitted once more, whatever the clock did to it."""

import json
import os
import time
from types import SimpleNamespace

import numpy as np
import pytest
from lightgbm import Booster

from engine.domain.problem import Split, SplitKind, Task
from engine.domain.run import Plan, Quality
from engine.errors import Refused, TamperedArtifact
from engine.problem.split import cut
from engine.training import predictor, presets, replaying, steps
from tests.engine.training.test_predictor import INTERRUPTED, ODD, asked, fitted, table

pytestmark = INTERRUPTED

SLOW = 0.02  # seconds a tree of LightGBM takes here, so that the clock ends it long before it has learned enough


@pytest.fixture
def slow(monkeypatch):
    """A machine so slow that no model gets as far as it wants to."""
    update = Booster.update
    monkeypatch.setattr(Booster, "update", lambda *args, **kwargs: time.sleep(SLOW) or update(*args, **kwargs))
    return monkeypatch


def again(problem, done, folder, **other) -> SimpleNamespace:
    frame = table(900)
    parts = cut(frame, problem)
    record = steps.read(done.folder, done.fitted.chosen).model_copy(update=other)
    differs = replaying.replay(
        frame.iloc[parts.learn], frame.iloc[parts.choose], problem=problem, features=tuple(ODD),
        plan=Plan(seed=3), steps=record, folder=folder,
    )  # fmt: skip
    return SimpleNamespace(differs=differs, record=record, folder=folder)


def apart(done, replayed) -> dict[str, float]:
    """Return how far the answers lie apart: of the model, of its parts, and before it saw the choose rows."""
    places, chosen = (done.folder, replayed.folder), done.fitted.chosen
    found = {
        name: np.subtract(*(predictor.open_model(place, name).as_fitted(done.test) for place in places))
        for name in steps.read(done.folder, done.fitted.chosen).served()
    }
    found[chosen] = np.subtract(*(predictor.open_model(place, chosen).at_length(done.test) for place in places))
    found["before"] = np.subtract(*(predictor.foreseen(place, chosen) for place in places))
    return {name: float(np.abs(difference).max()) for name, difference in found.items()}


@pytest.mark.training
def test_what_the_clock_ended_is_fitted_again_exactly(tmp_path, slow) -> None:
    slow.setattr("engine.training.presets._SHARE", 0.05)
    problem = asked(Task.REGRESSION, split=Split(kind=SplitKind.TIME, columns=("since",)))
    done = fitted(problem, tmp_path / "model", minutes=0.1, rows=table(900))
    slow.undo()
    replayed = again(problem, done, tmp_path / "again")
    assert replayed.differs == ()
    assert all(far <= 1e-6 for far in apart(done, replayed).values()), apart(done, replayed)

    part = replayed.record.parts[0]
    part = part.model_copy(update={"trained": tuple(dict.fromkeys(far, 3) for far in part.trained), "refitted": None})
    parts = (part, *replayed.record.parts[1:])
    other = again(problem, done, tmp_path / "other", parts=parts, cut="another", threads=99)
    assert "99 threads" in other.differs[0]
    assert "not the same" in other.differs[1]
    assert apart(done, other)["before"] > 1e-3


@pytest.mark.training
def test_folds_that_the_clock_ended_are_fitted_again_exactly(tmp_path, slow) -> None:
    slow.setattr("engine.training.presets.affordable_folds", lambda *_: 2)
    slow.setattr("engine.training.presets._SHARE", 0.05)
    slow.setattr("engine.training.presets._portfolio", presets._quick)
    problem = asked(Task.BINARY, split=Split(kind=SplitKind.GROUP, columns=("who",)))
    done = fitted(problem, tmp_path / "model", quality=Quality.BALANCED, minutes=0.1, rows=table(900))
    slow.undo()
    replayed = again(problem, done, tmp_path / "again")
    assert replayed.differs == ()
    assert all(far <= 1e-6 for far in apart(done, replayed).values()), apart(done, replayed)


def test_the_record_of_the_steps_is_read_or_refused(tmp_path) -> None:
    assert steps.read(tmp_path, "WeightedEnsemble_L2_FULL") is None
    part = steps.Part(name="LightGBM_BAG_L1", kind="GBM", settings={"seed": 1}, trained=({"num_boost_round": 7},) * 2)
    part = part.model_copy(update={"refitted": {"num_boost_round": 8}})
    said = steps.Steps(
        chosen="WeightedEnsemble_L2_FULL", searched="WeightedEnsemble_L2", seed=1, threads=2, folds=2, text=True,
        cut="", parts=(part,), weights={"LightGBM_BAG_L1": 1.0},
    )  # fmt: skip
    steps.write(tmp_path, [said])
    assert steps.read(tmp_path, said.chosen) == said
    assert steps.read(tmp_path, "another") is None
    assert said.served() == ("LightGBM_BAG_L1_FULL",)
    assert said.hyperparameters() == {"GBM": [{"seed": 1, "ag_args": {"name": "LightGBM"}}]}
    assert said.limits() == {
        "LightGBM_BAG_L1/S1F1": {"num_boost_round": 7},
        "LightGBM_BAG_L1/S1F2": {"num_boost_round": 7},
        "LightGBM_BAG_L1_FULL/S1F1": {"num_boost_round": 8},
    }
    (tmp_path / steps.FILE).write_text(json.dumps({"chosen": 1}))
    with pytest.raises(TamperedArtifact, match="cannot be read"):
        steps.read(tmp_path, said.chosen)


FEW = dict.fromkeys(("GBM", "GBM_PREP"), "num_boost_round") | {"CAT": "iterations"}
FEW |= dict.fromkeys(("XGB", "RF", "XT"), "n_estimators")  # what bounds the trees of each family


def offered(quality: Quality = Quality.BEST) -> presets.Hyperparameters:
    """All that a training of that quality may fit."""
    given = presets.recipe(
        Plan(quality=quality, minutes=9, seed=3), task=Task.BINARY, rows=900, columns=4, n_classes=2, rarest=9,
        forward=True,
    )  # fmt: skip
    return given.hyperparameters


@pytest.mark.parametrize("folds", [0, 3])
@pytest.mark.parametrize("kind", FEW)
def test_what_another_installation_fitted_is_known_as_ours(kind: str, folds: int) -> None:
    """As AutoGluon itself records settings; what is set for folds together stands there only where there were some."""
    from autogluon.tabular.registry import ag_model_registry

    given = offered()
    assert set(given) == set(FEW), "a family that nobody has seen replayed"
    for setting in given[kind]:
        own = {name: value for name, value in setting.items() if name not in {"ag_args", "ag_args_ensemble"}}
        fitted_ = ag_model_registry.key_to_cls(kind)(path="", name="m", problem_type="binary", hyperparameters=own)
        together = setting.get("ag_args_ensemble", {}) if folds else {}
        part = steps.Part(name="m", kind=kind, settings=steps._set(fitted_), ensemble=together, trained=({},))
        said = steps.Steps(
            chosen="m", searched="m", seed=3, threads=1, folds=folds, text=True, cut="", parts=(part,)
        )  # fmt: skip
        said.require_ours(given)
        odd = part.model_copy(update={"settings": {**part.settings, "train_dir": "elsewhere"}})
        with pytest.raises(Refused, match="settings that this version of Handrail does not use"):
            said.model_copy(update={"parts": (odd,)}).require_ours(given)


@pytest.mark.soak
@pytest.mark.training
@pytest.mark.skipif(
    os.environ.get("HANDRAIL_SOAK") != "full", reason="two families in the tests above; all of them here"
)
@pytest.mark.parametrize("kind", FEW)
def test_each_family_is_fitted_again_exactly(kind: str, tmp_path, monkeypatch) -> None:
    few = offered()[kind][-1] | {FEW[kind]: 20}
    monkeypatch.setattr(presets, "_quick", lambda *_: {kind: [few]})
    problem = asked(Task.BINARY, split=Split(kind=SplitKind.RANDOM))
    done = fitted(problem, tmp_path / "model", minutes=0.3, rows=table(900))
    replayed = again(problem, done, tmp_path / "again")
    assert [part.kind for part in replayed.record.parts] == [kind]
    assert replayed.differs == ()
    assert all(far <= 1e-6 for far in apart(done, replayed).values()), apart(done, replayed)
