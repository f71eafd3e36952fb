"""Combining: a second table's columns come to the rows of a first one, and the result is a dataset like any other."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from app.workflow import data, jobs, wizarding
from app.workflow.home import Home
from app.workflow.views import DatasetView, JobView
from engine.domain.dataset import Combination, Dataset, Matched, Measure, Reader, Recipe

if TYPE_CHECKING:
    import pandas as pd

Keys = Sequence[tuple[str, str]]


Wanted = Sequence[tuple[Measure, str | None]]


def suggest_keys(home: Home, base_id: str, other_id: str) -> tuple[tuple[str, str], ...]:
    """Propose the pairs of columns by which two datasets belong together, or none."""
    from engine.data.keys import candidates, suggest

    sides = []
    for dataset_id in (base_id, other_id):
        known = data.dataset(home, dataset_id)
        types = {c.name: c.type for c in known.contract.columns}
        sides.append((_frame(home, known, candidates(types)), types))
    (base, base_types), (other, other_types) = sides
    return suggest(base, other, base_types, other_types)


def match(
    home: Home, base_id: str, other_id: str, keys: Keys, *, time: str | None = None, other_time: str | None = None
) -> tuple[Matched, tuple[str, ...]]:
    """Count what the keys and times of two datasets match. Keeps nothing.

    Raises
    ------
    UnusableOption
        If two columns cannot be compared.
    """
    from engine.data.matching import match as matching

    base, other = data.dataset(home, base_id), data.dataset(home, other_id)
    left = [a for a, _ in keys] + ([time] if time else [])
    right = [b for _, b in keys] + ([other_time] if other_time else [])
    return matching(keys, _frame(home, base, left), _frame(home, other, right), time=time, other_time=other_time)


def said(found: Matched, other: DatasetView, keys: Keys, *, time: str | None, other_time: str | None) -> list[str]:
    """Say what keys and times match, a sentence each; plain text."""
    from engine.data import recipes

    return list(recipes.matching(keys, found, other.dataset.name, time=time, other_time=other_time))


def usual(
    other: DatasetView, keys: Keys, *, one_row: bool, time: str | None, other_time: str | None
) -> tuple[tuple[Measure, str | None], ...]:
    """Propose what to take of a second table, as pairs of a measure and a column."""
    from engine.data import recipes

    return recipes.usual(other.contract, [b for _, b in keys], one_row=one_row, other_time=other_time, time=time)


def measures(other: DatasetView, column: str, *, timed: bool) -> tuple[Measure, ...]:
    """Return how many values of a column can become one."""
    from engine.data import recipes

    return recipes.measures(other.contract.column(column).type, timed=timed)


def recipe(
    base: DatasetView, other: DatasetView, keys: Keys, wanted: Wanted, *, time: str | None, other_time: str | None
) -> tuple[Recipe, tuple[str, ...]]:
    """Return the recipe for what is wanted, with a sentence for each column that could not keep its name."""
    from engine.data import recipes

    added, notes = recipes.named(wanted, base.contract.names, other.dataset.name)
    return Recipe(keys=tuple(keys), added=added, time=time, other_time=other_time), notes


def bring_second(home: Home, project_id: str, file: BinaryIO, name: str) -> str:
    """Keep an uploaded second table and queue its reading; the project stays on its own. Returns the job's id."""
    path = wizarding.take_in(home, file)
    return jobs.add(home, jobs.INGEST, {"source": str(path), "name": name, "second": True}, project_id)


def second(reading: JobView | None) -> str | None:
    """Return the dataset that a reading brought as a second table, if it did."""
    result = (reading.result if reading else None) or {}
    return str(result["dataset_id"]) if result.get("second") else None


def start(home: Home, project_id: str, base_id: str, other_id: str, recipe: Recipe) -> str:
    """Queue the combining of two datasets for a project and return the job's id."""
    arguments = {"base": base_id, "other": other_id, "recipe": recipe.model_dump(mode="json")}
    return jobs.add(home, jobs.INGEST, arguments, project_id)


def perform(home: Home, arguments: Mapping[str, Any], *, project_id: str | None = None) -> DatasetView:
    """Do what ``start`` queued."""
    recipe = Recipe.model_validate(arguments["recipe"])
    return combine(home, arguments["base"], arguments["other"], recipe, project_id=project_id)


def combine(home: Home, base_id: str, other_id: str, recipe: Recipe, *, project_id: str | None = None) -> DatasetView:
    """Combine two datasets by a recipe and keep the result; the same two and the same recipe are one dataset.

    Raises
    ------
    UnusableOption, UnusableInput
        If the recipe does not suit the tables; see ``engine.data.combine.apply``.
    TamperedArtifact
        If a snapshot is not what was kept.
    """
    from engine.data import recipes
    from engine.data.combine import apply
    from engine.data.profile import describe

    base, other = data.dataset(home, base_id), data.dataset(home, other_id)
    made = apply(recipe, _frame(home, base, base.contract.names), _frame(home, other, needed(recipe)))
    types = {c.name: c.type for c in base.contract.columns}
    types |= recipes.types(recipe, {c.name: c.type for c in other.contract.columns})
    profile = describe(made.frame, types)
    combination = combination_of(base.dataset, other.dataset, recipe, made.matched)
    dataset = _dataset(base, other, combination, made.frame)
    contract = recipes.contract(made.frame, profile, base.contract, other.contract, combination)
    notes = (*recipes.told(combination), *made.notes)
    return data.put(home, dataset, profile, contract, made.frame, notes, project_id=project_id)


def needed(recipe: Recipe) -> tuple[str, ...]:
    """Return the columns of the second table that a recipe reads."""
    names = [b for _, b in recipe.keys] + [a.column for a in recipe.added] + [recipe.other_time]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def combination_of(base: Dataset, other: Dataset, recipe: Recipe, matched: Matched) -> Combination:
    """Return the lineage of a table that was made of two."""
    return Combination(
        base=base.id,
        base_name=base.name,
        other=other.id,
        other_name=other.name,
        recipe=recipe,
        matched=matched,
    )


def _dataset(base: DatasetView, other: DatasetView, made: Combination, frame: "pd.DataFrame") -> Dataset:
    # A column whose type a person corrected is another input, though the file is the same.
    inputs = [[view.dataset.id, [(c.name, c.type) for c in view.contract.columns]] for view in (base, other)]
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


def _frame(home: Home, known: DatasetView, names: Sequence[str]) -> "pd.DataFrame":
    from engine.data.contract import canonical
    from engine.errors import UnusableOption

    absent = [name for name in names if name not in known.contract.names]
    if absent:
        raise UnusableOption(
            f"{known.dataset.name!r} has no column called {absent[0]!r}.", fix="Choose one of its columns."
        )
    only = known.contract.only(tuple(dict.fromkeys(names)))
    return canonical(data.load(home, known.dataset.id, columns=only.names), only)
