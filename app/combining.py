"""What ``handrail combine`` and ``handrail datasets`` do between their options and their report."""

import json
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from app.settings import Settings
from app.workflow import catalogue, combining, data, registry
from app.workflow.home import Home, open_home
from engine.domain.base import Noun
from engine.domain.dataset import Combination, DataContract, Measure, Recipe
from engine.errors import NotFound, UnusableOption
from engine.problem import words

_COLUMNS = (Measure.SUM, Measure.MEAN, Measure.MINIMUM, Measure.MAXIMUM, Measure.LAST)


def combine_files(chosen: Settings, base: Path, other: Path, out: Path, given: dict[str, Any]) -> dict[str, Any]:
    """Combine two files, as the options say or as a dataset was combined, and write the result. Keeps nothing."""
    from engine.data import recipes
    from engine.data.contract import canonical
    from engine.data.read import read_file
    from engine.data.written import checked, write

    checked(out)
    sides = []
    like = _like(open_home(chosen), given["like"]) if given["like"] else None
    for file, corrected in zip((base, other), like[1] if like else (None, None), strict=True):
        if file.exists() and out.exists() and out.samefile(file):
            raise UnusableOption(f"{str(out)!r} is one of the files to combine.", fix="Name another file with -o.")
        read = read_file(file, limit_bytes=chosen.max_file_mb * 1_000_000)
        dataset, _, contract = data.describe(read, file.name)
        if corrected is not None:
            contract = _as_before(contract, corrected)
        sides.append(combining.Side(dataset, contract, partial(canonical, read.frame)))
    left, right = sides
    recipe, notes = (like[0].recipe, ()) if like else _plan(given, left, right)
    made = combining.put_together(left, right, recipe)
    if marked := write(made.frame, made.types, out):
        notes += (
            f"In {words.listed(marked)} text begins like a formula: an apostrophe stands before it, so that no "
            f"spreadsheet runs it. A file that ends in .parquet keeps it as it is.",
        )
    return {
        "file": str(out),
        "rows": len(made.frame),
        "columns": list(made.frame.columns),
        "matched": _dump(made.lineage.matched),
        "notes": [*made.notes, *notes],
        "known_after": list(recipes.known(recipe)),
        "recipe": _dump(recipe),
    }


def listed(home: Home) -> dict[str, Any]:
    """Return the datasets of a home, newest first, with the projects that use them."""
    rows = []
    for entry in catalogue.every(home):
        dataset = entry.known.dataset
        rows.append(
            {key: getattr(dataset, key) for key in ("id", "name", "rows", "columns", "sha256")}
            | {"kind": dataset.reader.kind, "made_of": _dump(dataset.made_of) if dataset.made_of else None}
            | {"projects": [name for _, name in entry.projects], "models": [name for name, _ in entry.models]}
            | {"created": entry.known.created_at.isoformat() + "Z"}
        )
    return {"datasets": rows}


def _plan(given: dict[str, Any], base: combining.Side, other: combining.Side) -> tuple[Recipe, tuple[str, ...]]:
    wanted: list[tuple[Measure, str | None]] = [(Measure.VALUE, name) for name in given["take"]]
    wanted += [(Measure.COUNT, None)] * given["count"] + [(Measure.SINCE, None)] * given["since"]
    wanted += [(measure, name) for measure in _COLUMNS for name in given[measure.value]]
    times = {"time": given["time"], "other_time": given["other_time"]}
    return combining.plan(base, other, keys=_pairs(given["on"]), wanted=wanted, **times)


def _pairs(on: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    return tuple((a, b or a) for a, _, b in (text.partition("=") for text in on))


def _like(home: Home, reference: str) -> tuple[Combination, tuple[DataContract, DataContract | None]]:
    """Return how a dataset, or the one that a model learned from, was combined, and how its parts were understood."""
    try:
        known = data.dataset(home, reference)
    except NotFound:
        known = registry.show(home, reference).dataset
    made = known.dataset.made_of
    if made is None:
        raise UnusableOption(
            f"{known.dataset.name!r} was not combined from two tables.", fix="Name one that was; see handrail datasets."
        )
    other = None
    with suppress(NotFound):  # erased since: its columns are read as the new file has them
        other = data.dataset(home, made.other).contract
    return made, (known.contract, other)


def _as_before(contract: DataContract, before: DataContract) -> DataContract:
    """Return the contract with the types that a person may have corrected when the tables were first combined."""
    types = {c.name: c.type for c in before.columns}
    return DataContract(
        columns=tuple(c.model_copy(update={"type": types.get(c.name, c.type)}) for c in contract.columns)
    )


def _dump(noun: Noun) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(noun.model_dump_json())
    return body
