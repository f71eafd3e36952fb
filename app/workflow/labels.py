"""Labels: the cases whose answer is known, as a table like the one that the model learned from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.workflow import registry
from app.workflow.home import Home
from app.workflow.meaning import usable
from engine.domain.dataset import ColumnContract, ColumnType, DataContract
from engine.domain.left import LeftCase
from engine.domain.problem import Problem
from engine.errors import EmptyTable, UnusableOption
from store import cases, db, models

if TYPE_CHECKING:
    import pandas as pd

Sent = Mapping[str, bool | int | float | str | None]


@dataclass(frozen=True)
class Labels:
    """Rows that people (or an application) answered, as a table like the one the model learned from."""

    frame: "pd.DataFrame"
    contract: DataContract
    unusable: int  # left out: what is told of them is no answer to the question


def labels(home: Home, reference: str) -> Labels:
    """Return the cases of a model whose answer is known, in the columns of the table it learned from.

    A bare name stands for all its versions. A column that nobody sent to the service is empty.

    Raises
    ------
    EmptyTable
        If no case of it has an answer.
    """
    shown = registry.show(home, reference)
    with db.reading(home.engine) as session:
        meant = [version.id for version in models.meant(session=session, reference=reference)]
        found = [
            (LeftCase.model_validate(c.body).row, told) for c, told in cases.labelled(session=session, versions=meant)
        ]
    problem = shown.problem.problem
    kept = [(row, label) for row, told in found if (label := _label(problem, told)) is not None]
    if not kept:
        told = f": what is told of {len(found)} is none to its question" if found else ""
        raise EmptyTable(
            f"No case of {reference} has an answer yet{told}.", fix="Work some off first, under Cases in the app."
        )
    sent = [{**row, problem.target: label} for row, label in kept]
    contract = _contract(shown.dataset.contract, problem, sent)
    return Labels(_table(sent, contract), contract, len(found) - len(kept))


def _label(problem: Problem, told: Sequence[str]) -> str | None:
    """Return the first of what is told of a case that is a label; None where nothing is."""
    return next((label for said in told if (label := usable(problem, said)) is not None), None)


def _contract(contract: DataContract, problem: Problem, sent: Sequence[Sent]) -> DataContract:
    """Return the contract of rows as they were sent: what a fix reads as another value stays as it stands.

    Numbers that a fix united are called by what is no number. A column that holds such a name holds words, and so does
    the target wherever the question has one.
    """
    columns = []
    for column in contract.columns:
        plain = column.model_copy(update={"required": False, "read_as": {}})
        held = problem.classes if column.name == problem.target else [row.get(column.name) for row in sent]
        columns.append(plain if _readable(plain, held) else plain.model_copy(update={"type": ColumnType.CATEGORY}))
    return DataContract(columns=tuple(columns))


def _readable(column: ColumnContract, held: Sequence[object]) -> bool:
    from engine.serving.values import reader, together

    try:
        together(reader(column), held)
    except ValueError:
        return False
    return True


def _table(sent: Sequence[Sent], contract: DataContract) -> "pd.DataFrame":
    from engine.serving.requests import RowReader

    return RowReader(contract).read(sent).frame


def write(home: Home, reference: str, out: Path) -> Labels:
    """Write the labels of a model as CSV or Parquet, for a training on newer rows.

    Raises
    ------
    EmptyTable
        If no case of it has an answer.
    UnusableOption
        If ``out`` names no kind of file that can be written.
    """
    from engine.data import written

    if out.exists():
        raise UnusableOption(f"{out} exists already.", fix="Name a new file with -o.")
    written.checked(out)
    found = labels(home, reference)
    written.write(found.frame, {c.name: c.type for c in found.contract.columns}, out)
    return found
