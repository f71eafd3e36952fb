"""What the fixes of a problem changed, in words: what was left out or rewritten, and which rows stand together."""

from collections.abc import Iterable, Sequence

from engine.domain.outcome import NEARLY, Action, Remedy
from engine.domain.problem import Problem, SplitKind
from engine.problem.words import listed

REMEDIES = {
    Action.DROP_COLUMNS: "Leave out {columns}",
    Action.DROP_ROWS: "Leave out those rows",
    Action.DEDUPLICATE: "Keep each row once",
    Action.KEEP_TOGETHER: "Keep identical rows on one side",
    Action.GROUP_SPLIT: "Split by {columns}",
    Action.TIME_SPLIT: "Split by time ({columns})",
    Action.SET_MISSING: "Treat those values of {columns} as missing",
    Action.MERGE_LEVELS: "Treat those values of {columns} as one",
    Action.WITHHOLD: "Withhold {columns} from the model",
}
TWINS = "Keep near twins on one side"
_SPLITS = {
    SplitKind.RANDOM: "at random",
    SplitKind.GROUP: "by entity",
    SplitKind.TIME: "forward in time",
    SplitKind.GROUP_TIME: "by entity, forward in time",
}


def changed(remedies: Sequence[Remedy]) -> list[tuple[str, str]]:
    """Return what was changed for a problem, one numbered fact a fix."""
    return [(f"{number}.", in_words(one)) for number, one in enumerate(remedies, 1)] or [("Nothing", "as it came")]


def in_words(applied: Remedy) -> str:
    """Return what a fix did, with all its columns and values."""
    if _twins(applied):
        return TWINS
    values = f" ({', '.join(repr(value) for value in applied.values)})" if applied.values else ""
    return REMEDIES[applied.action].format(columns=", ".join(applied.columns) or "the columns") + values


def kept_apart(problem: Problem) -> str:
    """Say how learn, choose and test rows were told apart, and which rows were kept on one side."""
    split = problem.split
    by = f" ({', '.join(split.columns)})" if split.columns else ""
    same = same_side(problem.remedies) if split.keep_together else ""
    return _SPLITS[split.kind] + by + (f", {same} on one side" if same else "")


def same_side(remedies: Iterable[Remedy]) -> str:
    """Name the rows that fixes keep on one side; nothing where there are none."""
    return " and ".join(dict.fromkeys(_rows(one) for one in remedies if one.action is Action.KEEP_TOGETHER))


def _rows(remedy: Remedy) -> str:
    if _twins(remedy):
        return "near twins"
    return f"rows equal in {listed(remedy.columns)}" if remedy.columns else "identical rows"


def _twins(remedy: Remedy) -> bool:
    return remedy.action is Action.KEEP_TOGETHER and NEARLY in remedy.values
