"""Planted leaks: how many are found, under their own code and with their columns; what is flagged without reason."""

import argparse
import sys
import time
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.domain.outcome import Gate, Outcome, Severity, Verdict
from engine.guardrails.run import run
from engine.problem.formulate import formulate
from tests.benchmarks.figures import publish
from tests.benchmarks.guardrails.planted import KINDS, Kind, Leak
from tests.benchmarks.guardrails.tables import Known, everything, table
from tests.benchmarks.guardrails.unforeseen import UNFORESEEN

COLUMNS = frozenset({"LK001", "LK002", "LK003", "LK004", "LK007"})
# What is truly wrong with the tables as they are: known after the call, the number of the row, a family's ticket, time.
TRUE = {("bank", "duration"), ("bike", "instant"), ("bike", "dteday"), ("titanic", "Ticket")}


@dataclass(frozen=True)
class Found:
    """What came of one planted leak."""

    kind: str
    table: str
    renamed: bool
    right: bool  # the right code with the right columns
    anything: bool  # the columns were flagged under some code
    said: str


def judge(kind: Kind, known: Known, *, renamed: bool, seed: int) -> Found | None:
    """Plant one leak and see what is said of it; None where it cannot be planted."""
    leak = kind.plant(known, np.random.default_rng(seed))
    if leak is None or (renamed and kind.by_name):
        return None
    target = known.target
    if renamed:
        leak, target = _renamed(leak, target)
    understood = table(leak.frame)
    problem = formulate(understood.contract, understood.profile, target=target, known=leak.known)
    outcomes = [o for o in run(understood, problem, only=COLUMNS | kind.codes) if _counts(o)]
    wanted = set(leak.columns)
    told = [set(o.columns) for o in outcomes if o.code in kind.codes and set(o.columns) <= wanted]
    # Of three columns of which any two tell the answer, one finding may name two and another the third.
    right = bool(told) and set().union(*told) == wanted
    anything = any(wanted & set(o.columns) if wanted else o.code in kind.codes for o in outcomes)
    said = "; ".join(f"{o.code} {','.join(o.columns)}" for o in outcomes if not wanted or wanted & set(o.columns))
    return Found(kind.name, known.name, renamed, right, anything, said)


def _counts(outcome: Outcome) -> bool:
    return outcome.verdict is Verdict.FLAGGED and outcome.severity is not Severity.NOTE


def _renamed(leak: Leak, target: str) -> tuple[Leak, str]:
    names = {name: f"c{i}" for i, name in enumerate(leak.frame, start=1)}
    columns = tuple(names[name] for name in leak.columns)
    return Leak(leak.frame.rename(columns=names), columns, {names[n]: w for n, w in leak.known.items()}), names[target]


def planted(tables: Iterable[Known], kinds: Iterable[Kind], options: argparse.Namespace) -> Iterator[Found]:
    """Plant kinds in every table, with the columns' names and with c1 to cn."""
    for known in tables:
        part = known.part(options.rows, options.seed)
        for kind in kinds:
            seed = zlib.crc32(f"{options.seed} {kind.name} {known.name}".encode())
            if np.random.default_rng(seed).random() >= options.share:
                continue
            for renamed in (False, True):
                one = judge(kind, part, renamed=renamed, seed=seed + renamed)
                if one and not one.right:
                    names = "c1..cn" if renamed else "names"
                    _say(f"missed: {kind.name} in {known.name} ({names}): {one.said or 'nothing'}")
                yield from [one] if one else []


def as_they_are(tables: Iterable[Known]) -> tuple[int, set[tuple[str, str]], set[tuple[str, str]]]:
    """Count columns, and those that are blocked or warned about without reason."""
    columns = 0
    wrong: dict[Severity, set[tuple[str, str]]] = defaultdict(set)
    for known in tables:
        columns += known.frame.shape[1] - 1
        for outcome in run(table(known.frame), known.problem):
            if outcome.gate is Gate.TRAINING and outcome.severity:
                told = {(known.name, name) for name in outcome.columns if name != known.target}
                wrong[outcome.severity] |= told - TRUE
    return columns, wrong[Severity.BLOCKER], wrong[Severity.WARNING]


def options() -> argparse.Namespace:
    """Return what is asked for: all of it takes hours, a part of it minutes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kinds", nargs="*", help="words of the kinds to plant; all where none is given")
    parser.add_argument("--tables", default="", help="words of the tables, with commas between")
    parser.add_argument("--rows", type=int, default=3_000, help="most rows of a table in which a leak is planted")
    parser.add_argument("--share", type=float, default=1.0, help="part of the kinds to plant in each table, drawn")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=["planted", "as-they-are"], help="do one half")
    return parser.parse_args()


def main() -> None:
    began, asked = time.perf_counter(), options()
    tables = [t for t in everything() if any(word in t.name for word in asked.tables.split(","))]
    wanted = [k for k in (*KINDS, *UNFORESEEN) if not asked.kinds or any(word in k.name for word in asked.kinds)]
    found = [] if asked.only == "as-they-are" else list(planted(tables, wanted, asked))
    columns, blocked, warned = (0, set(), set()) if asked.only == "planted" else as_they_are(tables)
    for what in sorted(blocked | warned):
        _say(f"flagged as it is: {what}")
    publish(
        "leaks",
        {
            **{
                f"recall, {k.name} ({'/'.join(sorted(k.codes))})": _share([f.right for f in found if f.kind == k.name])
                for k in wanted
            },
            **{f"recall in {t.name}": _share([f.right for f in found if f.table == t.name]) for t in tables},
            "found of those not thought of before": _share(
                [f.right for f in found if any(f.kind == k.name for k in UNFORESEEN)]
            ),
            "leaks planted": len(found),
            "kinds": len(wanted),
            "tables": len(tables),
            "found under the right code with the right columns (at least 0.95)": _share([f.right for f in found]),
            "found with the columns renamed": _share([f.right for f in found if f.renamed]),
            "flagged under any code": _share([f.anything for f in found]),
            "columns of the tables as they are": columns,
            "of these wrongly blocked, share (at most 0.02)": len(blocked) / max(1, columns),
            "of these wrongly warned about, share (at most 0.05)": len(warned) / max(1, columns),
            "seconds": time.perf_counter() - began,
        },
    )


def _share(hits: list[bool]) -> float:
    return float(np.mean(hits)) if hits else float("nan")


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    main()
