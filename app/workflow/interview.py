"""The interview: which columns "known when?" is asked about first, and what is answered already."""

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.workflow import data, question
from app.workflow.home import Home
from app.workflow.views import DatasetView
from engine.domain.dataset import KnownWhen
from engine.domain.outcome import Picture
from engine.domain.problem import Problem
from engine.errors import HandrailError
from store import artifacts, datasets, db

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 20_000


@dataclass(frozen=True)
class Suspect:
    """A column that may be known too late: the answer that is proposed, and why it is asked."""

    column: str
    known: KnownWhen
    reason: str


def suspects(home: Home, known: DatasetView, target: str) -> tuple[Suspect, ...]:
    """Return the columns that may be known too late, the likeliest first; a part of a long table is looked at."""
    from engine.data.contract import canonical
    from engine.guardrails.base import Table
    from engine.guardrails.suspects import by_name
    from engine.guardrails.suspects import suspects as by_value

    said = {
        c.name: Suspect(c.name, c.known, c.role_reason or "Said when the table was understood.")
        for c in known.contract.columns
        if c.known is not None and c.name != target
    }
    found = by_name(known.contract, target)
    with suppress(HandrailError):  # a question that cannot be asked is refused where it is asked, not here
        problem = question.formulate(known, question.Answers(target=target))
        rows = canonical(_sample(home, known.dataset.id), known.contract)
        found = by_value(Table(rows, known.contract, known.profile), problem)
    seen = {name: Suspect(name, suspicion.known, suspicion.reason) for name, suspicion in found.items()}
    return tuple((said | {name: suspect for name, suspect in seen.items() if name not in said}).values())


def pictured(home: Home, known: DatasetView, problem: Problem, column: str) -> tuple[Picture, ...]:
    """Return what a column looks like, all rows counted: its values, what is missing, and how the answer goes with it.

    Raises
    ------
    TamperedArtifact
        If the snapshot is not what was kept.
    """
    from engine.data.contract import canonical
    from engine.guardrails.base import Table
    from engine.guardrails.pictures import of_column

    names = tuple(dict.fromkeys((column, problem.target)))
    contract = known.contract.only(names)
    rows = canonical(data.load(home, known.dataset.id, columns=names), contract)
    return of_column(Table(rows, contract, known.profile), problem, column)


def _sample(home: Home, dataset_id: str) -> "pd.DataFrame":
    from engine.data import snapshot

    with db.reading(home.engine) as session:
        digest = datasets.get(session=session, dataset_id=dataset_id).digest
    folder = artifacts.verify(home.dataset(dataset_id), expected=digest, key=home.key)
    return snapshot.sample(folder / data.TABLE, MOST_ROWS)
