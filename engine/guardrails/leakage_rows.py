"""LK005, LK008: rows that belong together and would stand on both sides of the test."""

from collections.abc import Iterator

import numpy as np

from engine.domain.outcome import NEARLY, Action, Gate, Remedy, Severity
from engine.domain.problem import SplitKind, Task
from engine.guardrails.base import Case, Finding, NotApplicable
from engine.guardrails.chance import repeated_by_chance
from engine.guardrails.entities import Entity, entities, shared
from engine.guardrails.mates import mates, within
from engine.problem.alike import alike
from engine.problem.split import connected, together
from engine.problem.words import counted, listed, percent, quoted

_SHARED, _MANY_SHARED = 0.01, 0.30
# Joined groups larger than this leave nothing to divide.
_LARGEST_JOINED = 0.2


class RepeatedEntities:
    """LK005: the same entity stands in many rows, so rows must be split by entity."""

    code, title, gate, needs_target = "LK005", "The same entity in many rows", Gate.TRAINING, False

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag entity columns that repeat while the split may put their rows on both sides."""
        split = case.asked.split if case.asked else None
        grouped = split is not None and split.kind in {SplitKind.GROUP, SplitKind.GROUP_TIME}
        by = split.columns if split is not None and grouped else ()
        found = entities(case)
        joined = [e.codes for e in found if e.name in by]
        for entity in found:
            if entity.name in by or _is_inside(entity, joined):
                continue
            possible = _possible([*joined, entity.codes])
            if possible:
                joined.append(entity.codes)
            yield self._finding(case, entity, possible=possible, certain=entity.named and not grouped)
        yield from self._without_a_key(case)

    def _without_a_key(self, case: Case) -> Iterator[Finding]:
        """Flag rows that have near twins, unless a key that is found says the same."""
        if case.asked and any(NEARLY in r.values for r in case.asked.remedies if r.action is Action.KEEP_TOGETHER):
            return
        found = mates(case)
        if found is None or any(within(found, entity.codes) for entity in entities(case)):
            return
        if case.asked and (groups := together(case.frame, case.asked)) is not None and within(found, groups):
            return
        if key := shared(case, found.pairs, found.each):
            yield self._finding(case, key, possible=_possible([key.codes]), certain=False)
            return
        groups = alike(case.frame.iloc[found.part], found.columns)
        sizes = np.bincount(groups)
        if len(sizes) == len(groups):
            return
        yield Finding(
            severity=Severity.WARNING,
            problem=f"{percent(found.share)} of the rows have a near twin: another row that is the same in nearly all"
            f" of {len(found.columns)} columns, as if somebody or something came back under no name."
            " A model could recognise it again in the test instead of learning what leads to the answer.",
            fix="Keep near twins together on one side: in training or in the test. If a column says who they are,"
            " name that one instead.",
            evidence={
                "share_of_rows": found.share,
                "rows_per_entity": found.each + 1,
                "entities": len(sizes),
                "largest": int(sizes.max()),
            },
            remedy=Remedy(action=Action.KEEP_TOGETHER, columns=found.columns, values=(NEARLY,)),
            examples=tuple(self._twins(case, *pair) for pair in zip(found.pairs, found.differ, strict=False)),
            rows=len(found.part),
        )

    def _twins(self, case: Case, pair: tuple[int, int], differ: tuple[str, ...]) -> str:
        one, other = (f"row {int(case.frame.index[at]) + 1:,}" for at in sorted(pair))
        return f"{one} is nearly {other}" + (f"; they differ in {listed(differ, most=3)}" if differ else "")

    def _finding(self, case: Case, entity: Entity, *, possible: bool, certain: bool) -> Finding:
        name, rows = quoted(entity.name), len(case.frame)
        agree = _agreement(case, entity)
        if possible:
            fix = f"Keep all rows of the same {name} on one side: in training or in the test."
        else:
            fix = "Rows are divided by another column already, or too many hang together: say why this does no harm."
        return Finding(
            severity=Severity.BLOCKER if certain and possible else Severity.WARNING,
            columns=(entity.name,),
            problem=f"The same {name} stands in many rows: {percent(entity.repeated)} of the rows share theirs with"
            f" another ({entity.entities:,} different in {counted(rows, 'row')}). A model could recognise it again in"
            " the test instead of learning what leads to the answer.",
            fix=fix,
            evidence={
                "share_of_rows": entity.repeated,
                "entities": entity.entities,
                "rows_per_entity": rows / entity.entities,
                "largest": entity.largest,
                **agree,
            },
            remedy=Remedy(action=Action.GROUP_SPLIT, columns=(entity.name,)) if possible else None,
        )


class SharedRows:
    """LK008: the same row would stand in training and test."""

    code, title, gate, needs_target = "LK008", "The same row in training and test", Gate.TRAINING, True

    def check(self, case: Case) -> Iterator[Finding]:
        """Flag test rows that agree with a learn or choose row in every describing column and the answer."""
        compared = case.describing
        cut, twins = case.cut, case.twins
        if not len(cut.test):
            raise NotApplicable("There are too few rows to set a test aside.")
        seen = np.zeros(int(twins.max()) + 1, dtype=bool)
        seen[twins[np.concatenate([cut.learn, cut.choose])]] = True
        shared = int(seen[twins[cut.test]].sum())
        share = shared / len(cut.test)
        if share < _SHARED or repeated_by_chance(case.frame[[*compared, case.problem.target]], twins):
            return
        # Rows of the same content can be different people, and a few of them move a score little: worth a look. From
        # three in ten on the test asks mostly what was taught, and no score can be believed.
        yield Finding(
            severity=Severity.BLOCKER if share >= _MANY_SHARED else Severity.WARNING,
            problem=f"{counted(shared, 'row')} of the test ({percent(share)}) would stand in the training too,"
            " word for word: the test would ask what was taught.",
            fix="Keep identical rows together on one side.",
            evidence={"rows": shared, "share": share, "test_rows": len(cut.test)},
            remedy=Remedy(action=Action.KEEP_TOGETHER, columns=compared),
        )


def _possible(codes: list[np.ndarray]) -> bool:
    """Whether rows can still be divided when all these groupings are respected."""
    return int(np.bincount(connected(codes)).max()) <= _LARGEST_JOINED * len(codes[0])


def _is_inside(entity: Entity, joined: list[np.ndarray]) -> bool:
    """Whether the entity never lies on both sides of groups that are kept together anyway."""
    if not joined:
        return False
    groups = connected(joined)
    pairs = len(np.unique(entity.codes.astype(np.int64) * (int(groups.max()) + 1) + groups))
    return pairs == entity.entities


def _agreement(case: Case, entity: Entity) -> dict[str, float]:
    """Return how often two rows of one entity have the same answer, beside two rows at random."""
    if not case.asked or case.problem.task is Task.REGRESSION:
        return {}
    order = np.argsort(entity.codes, kind="stable")
    codes, answers = entity.codes[order], case.answers.values[order]
    same = codes[1:] == codes[:-1]
    if not same.any():
        return {}
    shares = np.bincount(answers.astype(int)) / len(answers)
    return {
        "same_answer": float((answers[1:] == answers[:-1])[same].mean()),
        "same_answer_by_chance": float((shares**2).sum()),
    }
