"""The rows that a model was judged by, with its answers: so that another way to decide can be judged on them too."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.domain.problem import Problem
from engine.evidence.related import related
from engine.problem.rows import encode

Array = NDArray[np.float64]

_CHOOSE, _TEST = "choose.parquet", "test.parquet"
_CHANCE = "chance"
_BY = "by "  # before the name of a sensitive column, so that it is none of ours


@dataclass(frozen=True)
class Judged:
    """Rows, their answers, and the chance given for each by a model that did not learn from it.

    Of a yes/no question ``y`` is 1 where the answer is positive, and ``chance`` that of it; of several classes ``y`` is
    the class's number, and ``chance`` has shape (n, n_classes). ``frame`` holds the sensitive columns; ``entity``
    numbers whom each row is about, where rows of one belong together.
    """

    frame: pd.DataFrame
    y: Array
    chance: Array
    entity: NDArray[np.intp] | None = None


def judged(rows: pd.DataFrame, chance: Array, problem: Problem) -> Judged:
    """Keep of canonical rows and a model's chances what judging groups needs."""
    frame = rows[[name for name in problem.sensitive if name in rows.columns]].reset_index(drop=True)
    return Judged(frame, encode(rows, problem), chance, related(rows, problem))


def write(folder: Path, choose: Judged, test: Judged) -> None:
    """Write choose and test rows to a new folder."""
    folder.mkdir(parents=True)
    for name, part in ((_CHOOSE, choose), (_TEST, test)):
        _table(part).to_parquet(folder / name)


def read(folder: Path) -> tuple[Judged, Judged]:
    """Return the choose and the test rows of a folder whose seal was verified."""
    choose, test = (_judged(pd.read_parquet(folder / name)) for name in (_CHOOSE, _TEST))
    return choose, test


def _table(part: Judged) -> pd.DataFrame:
    chances = {_CHANCE: part.chance} if part.chance.ndim == 1 else _numbered(part.chance)
    known = {"y": part.y, **chances} | ({} if part.entity is None else {"entity": part.entity})
    return part.frame.add_prefix(_BY).assign(**known)


def _numbered(chance: Array) -> dict[str, Array]:
    return {f"{_CHANCE} {i}": column for i, column in enumerate(chance.T)}


def _judged(table: pd.DataFrame) -> Judged:
    several = [name for name in table.columns if name.startswith(f"{_CHANCE} ")]
    frame = table[[name for name in table.columns if name.startswith(_BY)]]
    entity = table["entity"].to_numpy(dtype=np.intp) if "entity" in table.columns else None
    return Judged(
        frame.rename(columns=lambda name: name.removeprefix(_BY)),
        table["y"].to_numpy(dtype=np.float64),
        table[several or _CHANCE].to_numpy(dtype=np.float64),
        entity,
    )
