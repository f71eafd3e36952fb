"""What a person or an application says of a case, as a label of its question."""

from collections.abc import Iterator
from contextlib import suppress

from sqlmodel import Session, col, select

from engine.domain.problem import Problem, Task
from engine.errors import UnusableInput
from store import cases
from store import tables as rows


def as_label(problem: Problem, said: str) -> str:
    """Return a label as the question has it, however it is spelt: 6.0 is 6, and 8 what a fix made of it.

    Raises
    ------
    UnusableInput
        If it is none that the question allows.
    """
    if problem.task is Task.REGRESSION:
        from engine.problem.rewriting import text_of
        from engine.serving.values import number

        try:
            return text_of(number(said))
        except ValueError as expected:
            raise UnusableInput(f"{said!r} is not {expected}.", fix="Write a number such as 12.5.") from None
    found = _class(problem, said)
    if found is None:
        listed = ", ".join(repr(name) for name in problem.classes[:20])
        raise UnusableInput(f"{said!r} is no answer to this question.", fix=f"Say one of: {listed}.")
    return found


def usable(problem: Problem, said: str) -> str | None:
    """Return what was said as a label; None where the question knows no such answer."""
    try:
        return as_label(problem, said)
    except UnusableInput:
        return None


def settle(session: Session) -> None:
    """Let cases wait no more whose outcome an application reported; what is no label of its question ends nothing."""
    problems: dict[str, Problem] = {}
    known: dict[tuple[str, str], bool] = {}
    settled = []
    for decision_id, version_id, outcome in cases.told(session=session):
        if version_id not in problems:
            problems[version_id] = _problem(session, version_id)
        if (version_id, outcome) not in known:
            known[version_id, outcome] = usable(problems[version_id], outcome) is not None
        if known[version_id, outcome]:
            settled.append(decision_id)
    cases.settle(session=session, decision_ids=settled)


def _class(problem: Problem, said: str) -> str | None:
    from engine.problem.rewriting import read_as
    from engine.serving.values import category

    becomes = read_as(problem.remedies, problem.target)
    names = frozenset((*problem.classes, *becomes))
    read = category(names)
    for value in _values(said):
        with suppress(ValueError):
            name = read(value)
            if name in names:
                label = becomes.get(str(name), str(name))
                return label if label in problem.classes else None
    return None


def _values(said: str) -> Iterator[str | float | bool]:
    """Return what a text may stand for: itself, else a number, else true or false."""
    from engine.serving.values import number

    yield said
    with suppress(ValueError):
        yield number(said)
    if (word := said.strip().lower()) in {"true", "false"}:
        yield word == "true"


def _problem(session: Session, version_id: str) -> Problem:
    query = select(rows.Problem.body).join(rows.Run, col(rows.Run.problem_id) == rows.Problem.id)
    query = query.join(rows.Version, col(rows.Version.run_id) == rows.Run.id).where(rows.Version.id == version_id)
    return Problem.model_validate(session.exec(query).one())
