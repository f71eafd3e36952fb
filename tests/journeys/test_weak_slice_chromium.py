"""In a browser: an analyst finds where the model fails, what it leans on and why it answered one row as it did."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from app.workflow import registry
from engine.domain.evidence import Effect, EffectPoint, Importance, Slice
from engine.evidence.slices import Scored, weak_slices
from tests.app.prepared import EVIDENCE, NASTY, PROBLEM, prepare
from tests.journeys.browsing import in_front, running

pytestmark = pytest.mark.browser


def answered(seed: int) -> Scored:
    """Three thousand customers whose chance the model knows, but for men who call often: there it is a coin's."""
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"calls": rng.integers(0, 10, 3000).astype(float), "sex": rng.choice(["f", "m"], 3000)})
    chance = frame["calls"].to_numpy() / 10 + 0.05
    weak = ((frame["sex"] == "m") & (frame["calls"] >= 5)).to_numpy()
    yes = np.where(weak, rng.random(3000) < 0.15, rng.random(3000) < chance).astype(float)
    return Scored(frame.astype({"sex": object}), yes, np.column_stack([1 - chance, chance]))


def found() -> tuple[Slice, ...]:
    slices = weak_slices(answered(1), answered(2), problem=PROBLEM, columns=("calls", "sex"))
    assert slices
    return slices


def effect() -> Effect:
    parts = ((0.5, -0.2), (4.0, 0.0), (8.0, 0.25))
    points = tuple(EffectPoint(at=at, mean=by, low=by - 0.05, high=by + 0.05, rows=60) for at, by in parts)
    return Effect(column="calls", of="yes", points=points)


def test_an_analyst_finds_where_the_model_fails_and_why(chromium: str, home: Path, free_port: int) -> None:
    weak = found()[0]
    assert set(weak.columns) == {"calls", "sex"}
    shares = (("calls", 0.6), (NASTY, 0.3), ("since", 0.1))
    evidence = EVIDENCE.model_copy(
        update={
            "slices": (weak,),
            "effects": (effect(),),
            "interactions": (),
            "importance": tuple(
                Importance(column=name, value=0.1, share=share, interval=(share / 2, share + 0.1))
                for name, share in shares
            ),
        }
    )
    opened, project_id = prepare(home, "trained", evidence=evidence)
    (home / "logs").rmdir()
    with running(home, free_port) as address, in_front(chromium, address) as analyst:
        analyst.tab.goto(f"{address}/understand?project={project_id}")
        analyst.sees("Where it fails")
        analyst.sees("the model is hardly better than a guess")
        said = analyst.tab.inner_text("body")
        assert "‘sex’ is ‘m’" in said
        assert re.search(r"ROC AUC 0\.\d+ there, 0\.\d+ elsewhere", said)
        assert "Found on other rows, and confirmed on the 400 test rows" in said
        analyst.sees("It leans most on calls (60 %)")
        analyst.unfolds("How the answer goes with one column")
        analyst.sees("calls around 8 raises the answer by 25 points")
        analyst.sees("no two work together enough to be worth knowing")
        analyst.unfolds("Why it answered one row as it did")
        analyst.sees("It says 90 % for “yes”; typical is 25 %")
        thumb = analyst.tab.get_by_role("slider", name="Why did it answer one row as it did?")
        thumb.focus()
        thumb.press("ArrowLeft")
        analyst.sees("It says 40 % for “yes”; typical is 25 %")
    card = registry.render(registry.card(opened, "leaving:1"), "md")
    assert "EV005" in card
    assert "hardly better than a guess" in card
