"""Combining: a second table's columns come to the rows of a first one, and the result is a dataset like any other."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from app.workflow import data, jobs, orders, wizarding
from app.workflow.home import Home
from app.workflow.views import DatasetView, JobView
from engine.domain.dataset import ColumnType, Combination, DataContract, Dataset, Matched, Measure, Reader, Recipe
from engine.errors import UnusableOption

if TYPE_CHECKING:
    import pandas as pd

Keys = Sequence[tuple[str, str]]
Wanted = Sequence[tuple[Measure, str | None]]


@dataclass(frozen=True)
class Side:
    """One of two tables: what is understood of it, and what returns the columns of a contract as canonical ones."""

    dataset: Dataset
    contract: DataContract
    load: "Callable[[DataContract], pd.DataFrame]"

    @property
    def types(self) -> dict[str, ColumnType]:
        """The type of each column."""
        return {c.name: c.type for c in self.contract.columns}

    def rows(self, names: Sequence[str]) -> "pd.DataFrame":
        """Return some columns of the table.

        Raises
        ------
        UnusableOption
            If one of them is absent.
        """
        absent = [name for name in names if name not in self.contract.names]
        if absent:
            raise UnusableOption(
                f"{self.dataset.name!r} has no column called {absent[0]!r}.", fix="Choose one of its columns."
            )
        return self.load(self.contract.only(tuple(dict.fromkeys(names))))


def side(home: Home, known: DatasetView) -> Side:
    """Return a dataset that is kept as one of two tables; its rows are read where they are asked for."""
    from engine.data.contract import canonical

    def load(only: DataContract) -> "pd.DataFrame":
        return canonical(data.load(home, known.dataset.id, columns=only.names), only)

    return Side(known.dataset, known.contract, load)


def _sides(home: Home, base_id: str, other_id: str) -> tuple[Side, Side]:
    return side(home, data.dataset(home, base_id)), side(home, data.dataset(home, other_id))


def suggest_keys(
    home: Home, base_id: str, other_id: str, *, time: str | None = None, other_time: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Propose the pairs of columns by which two datasets belong together, or none."""
    return _suggested(*_sides(home, base_id, other_id), time, other_time)


def _suggested(base: Side, other: Side, time: str | None, other_time: str | None) -> tuple[tuple[str, str], ...]:
    from engine.data.keys import candidates, suggest

    types, other_types = base.types, other.types
    types.pop(time or "", None)  # what must lie before is no key
    other_types.pop(other_time or "", None)
    return suggest(base.rows(candidates(types)), other.rows(candidates(other_types)), types, other_types)


def match(
    home: Home, base_id: str, other_id: str, keys: Keys, *, time: str | None = None, other_time: str | None = None
) -> tuple[Matched, tuple[str, ...]]:
    """Count what the keys and times of two datasets match. Keeps nothing.

    Raises
    ------
    UnusableOption
        If two columns cannot be compared.
    """
    return _matched(*_sides(home, base_id, other_id), keys, time, other_time)


def _matched(
    base: Side, other: Side, keys: Keys, time: str | None, other_time: str | None
) -> tuple[Matched, tuple[str, ...]]:
    from engine.data.matching import match as matching

    left = base.rows([a for a, _ in keys] + ([time] if time else []))
    right = other.rows([b for _, b in keys] + ([other_time] if other_time else []))
    return matching(keys, left, right, time=time, other_time=other_time)


def said(found: Matched, other: DatasetView, keys: Keys, *, time: str | None, other_time: str | None) -> list[str]:
    """Say what keys and times match, a sentence each; plain text."""
    from engine.data import recipes

    return list(recipes.matching(keys, found, other.dataset.name, time=time, other_time=other_time))


def usual(
    other: DataContract, keys: Keys, *, one_row: bool, time: str | None, other_time: str | None
) -> tuple[tuple[Measure, str | None], ...]:
    """Propose what to take of a second table, as pairs of a measure and a column."""
    from engine.data import recipes

    return recipes.usual(other, [b for _, b in keys], one_row=one_row, other_time=other_time, time=time)


def measures(other: DatasetView, column: str, *, timed: bool) -> tuple[Measure, ...]:
    """Return how many values of a column can become one."""
    from engine.data import recipes

    return recipes.measures(other.contract.column(column).type, timed=timed)


def plan(
    base: Side,
    other: Side,
    *,
    keys: Keys = (),
    wanted: Wanted = (),
    time: str | None = None,
    other_time: str | None = None,
) -> tuple[Recipe, tuple[str, ...]]:
    """Return the recipe for what is wanted, with a sentence for each column that could not keep its name.

    What nobody said is proposed: the keys, and what to take of the second table. Keeps nothing.

    Raises
    ------
    UnusableOption
        If no key is found, or nothing stands beside it, or a column is absent or cannot be compared.
    """
    from engine.data import recipes

    keys = tuple(keys) or _suggested(base, other, time, other_time)
    if not keys:
        raise UnusableOption(
            "No column was found that names the same thing in both tables.", fix="Name the key with --on COL=OTHER_COL."
        )
    if not wanted:
        found, _ = _matched(base, other, keys, time, other_time)
        one_row = not found.other_keys_twice
        wanted = usual(other.contract, keys, one_row=one_row, time=time, other_time=other_time)
    if not wanted:
        raise UnusableOption(
            f"There is nothing to take from {other.dataset.name!r} beside its key.",
            fix="Name columns with --take or --last.",
        )
    added, notes = recipes.named(wanted, base.contract.names, other.dataset.name)
    return Recipe(keys=keys, added=added, time=time, other_time=other_time), notes


def bring_second(home: Home, project_id: str, file: BinaryIO, name: str) -> str:
    """Keep an uploaded second table and queue its reading; the project stays on its own. Returns the job's id."""
    path = wizarding.take_in(home, file)
    return jobs.add(home, orders.ReadFile(source=str(path), name=name, second=True), project_id)


def second(reading: JobView | None) -> str | None:
    """Return the dataset that a reading brought as a second table, if it did."""
    result = (reading.result if reading else None) or {}
    return str(result["dataset_id"]) if result.get("second") else None


def start(home: Home, project_id: str, base_id: str, other_id: str, recipe: Recipe) -> str:
    """Queue the combining of two datasets for a project and return the job's id."""
    return jobs.add(home, orders.Combine(base=base_id, other=other_id, recipe=recipe), project_id)


def combine(home: Home, base_id: str, other_id: str, recipe: Recipe, *, project_id: str | None = None) -> DatasetView:
    """Combine two datasets by a recipe and keep the result; the same two and the same recipe are one dataset.

    Raises
    ------
    UnusableOption, UnusableInput
        As ``put_together``.
    TamperedArtifact
        If a snapshot is not what was kept.
    """
    from engine.data import recipes
    from engine.data.profile import describe

    base, other = _sides(home, base_id, other_id)
    made = put_together(base, other, recipe)
    profile = describe(made.frame, made.types)
    dataset = _dataset(base, other, made.lineage, made.frame)
    contract = recipes.contract(made.frame, profile, base.contract, other.contract, made.lineage)
    return data.put(home, dataset, profile, contract, made.frame, made.notes, project_id=project_id)


@dataclass(frozen=True)
class Together:
    """A table that was made of two: its rows, the type of each column, how it was made, a sentence for each fact."""

    frame: "pd.DataFrame"
    types: dict[str, ColumnType]
    lineage: Combination
    notes: tuple[str, ...]


def put_together(base: Side, other: Side, recipe: Recipe) -> Together:
    """Combine two tables by a recipe. Keeps nothing.

    Raises
    ------
    UnusableOption, UnusableInput
        If the recipe does not suit the tables; see ``engine.data.combine.apply``.
    """
    from engine.data import recipes
    from engine.data.combine import apply

    made = apply(recipe, base.rows(base.contract.names), other.rows(_needed(recipe)))
    lineage = Combination(
        base=base.dataset.id,
        base_name=base.dataset.name,
        other=other.dataset.id,
        other_name=other.dataset.name,
        recipe=recipe,
        matched=made.matched,
    )
    types = base.types | recipes.types(recipe, other.types)
    return Together(made.frame, types, lineage, (*recipes.told(lineage), *made.notes))


def _needed(recipe: Recipe) -> tuple[str, ...]:
    """Return the columns of the second table that a recipe reads."""
    names = [b for _, b in recipe.keys] + [a.column for a in recipe.added] + [recipe.other_time]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def _dataset(base: Side, other: Side, made: Combination, frame: "pd.DataFrame") -> Dataset:
    # A column whose type a person corrected is another input, though the file is the same.
    inputs = [[part.dataset.id, list(part.types.items())] for part in (base, other)]
    whole = json.dumps([inputs, made.recipe.model_dump(mode="json")], sort_keys=True)
    sha256 = hashlib.sha256(whole.encode()).hexdigest()
    return Dataset(
        id=sha256[:20],
        name=f"{base.dataset.name} + {other.dataset.name}",
        rows=len(frame),
        columns=frame.shape[1],
        sha256=sha256,
        reader=Reader(kind="combined"),
        made_of=made,
    )
