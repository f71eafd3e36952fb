"""The five shared tables as a training gets them: read, asked, cut."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from engine.data.contract import canonical, propose
from engine.data.profile import describe
from engine.data.read import read_file
from engine.domain.problem import Problem
from engine.problem.formulate import formulate
from engine.problem.rows import usable
from engine.problem.split import cut

SHARED = Path(__file__).parents[3].parent / "shared" / "data"
# Target, and what a check takes out before training (known only later, or a row number).
TABLES = {
    "bank": ("deposit", ("duration",)),
    "income": ("income >50K", ()),
    "credit": ("default", ()),
    "bike": ("cnt", ("instant",)),
    "wine": ("quality", ()),
}


@dataclass(frozen=True)
class Bench:
    """One table, ready to train on."""

    name: str
    problem: Problem
    features: tuple[str, ...]
    learn: pd.DataFrame
    choose: pd.DataFrame
    test: pd.DataFrame


def load(name: str) -> Bench:
    """Read one of the shared tables and cut it."""
    target, ignored = TABLES[name]
    read = read_file(SHARED / f"{name}.csv")
    profile = describe(read.frame, read.types)
    contract = propose(read.frame, profile)
    problem = formulate(contract, profile, target=target, ignored=ignored)
    # No column is withheld for another reason than those above: the comparison is about the fit.
    taken = {target, *ignored, *problem.split.columns}
    features = tuple(c for c in contract.names if c not in taken)
    table = usable(canonical(read.frame, contract), problem)
    parts = cut(table, problem)
    learn, choose, test = (table.iloc[rows] for rows in (parts.learn, parts.choose, parts.test))
    return Bench(name, problem, features, learn, choose, test)
