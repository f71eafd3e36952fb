"""Cases: what the models leave to a person is worked off, one after the other, and each answer becomes a label."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from app.workflow.home import Home
from app.workflow.meaning import as_label
from engine.domain.dataset import DataContract
from engine.domain.left import LeftCase
from engine.domain.policy import UseContract
from engine.domain.problem import Problem, Task
from engine.domain.service import RARELY_MISSING, Reason
from engine.errors import Refused, UnusableInput
from store import cases, db, decisions, models
from store import tables as rows

LONGEST_NOTE = 2000
_TWO_WAYS = re.compile(r"[+-]?[1-9][0-9]{0,2}(,[0-9]{3})+")  # 0,125 is no number of thousands


@dataclass(frozen=True)
class Asking:
    """A version of a model that leaves cases to people: what it asks of them, and who they are."""

    model: str  # name:number
    project_id: str
    problem: Problem
    contract: DataContract  # the features
    handled_by: str


@dataclass(frozen=True)
class CaseView:
    """A case that a model left to a person; times are UTC, without zone."""

    decision_id: str
    of: Asking
    at: datetime
    leaves: datetime  # when it is deleted
    case: LeftCase
    key: str | None
    state: str
    answer: str | None
    note: str
    by: str
    answered_at: datetime | None

    @property
    def waits(self) -> bool:
        """Whether nobody has answered it yet."""
        return self.state == cases.WAITING


def why(one: CaseView) -> list[str]:
    """Say why the model did not answer: the doubt first, then what is unusual about the row."""
    doubts = [reason.message for reason in one.case.reasons if reason.code == "uncertain"]
    if one.case.prediction_set == () and one.case.probabilities:  # neither stays possible: a chance does not say why
        name, chance = max(one.case.probabilities.items(), key=lambda item: item[1])
        doubts = [f"{name!r} is likeliest ({chance:.0%}), but where it was right the model was nearly always surer."]
    return [*(doubts or ["It was not sure enough."]), *(reason.message for reason in unusual(one))]


def unusual(one: CaseView) -> tuple[Reason, ...]:
    """Return what is unusual about a case's row; a gap is not where training had many."""
    gaps = {column.name for column in one.of.contract.columns if column.missing_rate >= RARELY_MISSING}
    found = (reason for reason in one.case.reasons if reason.code not in {"uncertain", "extra_column"})
    return tuple(reason for reason in found if reason.code != "missing" or reason.column not in gaps)


def waiting_count(home: Home, reference: str | None = None) -> int:
    """Return how many cases wait for a person; see ``waiting``."""
    with db.reading(home.engine) as session:
        return cases.count(session=session, versions=_meant(session, reference))


def waiting(home: Home, reference: str | None = None, *, most: int = 500) -> list[CaseView]:
    """Return the cases that wait, the one that waits longest first.

    Parameters
    ----------
    home : Home
        Where the registry is.
    reference : str, optional
        Only those of this version, or of all versions of the model that a bare name names.
    most : int, default 500
        No more than so many.

    Raises
    ------
    NotFound
        If there is no such model.
    """
    with db.reading(home.engine) as session:
        return _views(home, session, cases.waiting(session=session, most=most, versions=_meant(session, reference)))


def _meant(session: Session, reference: str | None) -> list[str] | None:
    return None if reference is None else [v.id for v in models.meant(session=session, reference=reference)]


def worked_off(home: Home, *, most: int = 50) -> list[CaseView]:
    """Return the cases that were worked off, the latest first."""
    with db.reading(home.engine) as session:
        return _views(home, session, cases.worked_off(session=session, most=most))


def tally(home: Home) -> dict[str, dict[str, int]]:
    """Return how many cases of each model are in each state."""
    told: dict[str, dict[str, int]] = {}
    with db.reading(home.engine) as session:
        for name, state, number in cases.tally(session=session):
            told.setdefault(name, {})[state] = number
    return told


def show(home: Home, decision_id: str) -> CaseView:
    """Return one case.

    Raises
    ------
    NotFound
        If there is none, or no longer.
    """
    with db.reading(home.engine) as session:
        case = cases.get(session=session, decision_id=decision_id)
        return _views(home, session, [(case, session.get_one(rows.Version, case.version_id))])[0]


def after(home: Home, decision_id: str) -> str | None:
    """Return the decision of the next case that waits; None where no other does."""
    with db.reading(home.engine) as session:
        return cases.after(session=session, case=cases.get(session=session, decision_id=decision_id))


def keep_note(home: Home, decision_id: str, note: str) -> bool:
    """Keep a note on a case that waits, before it is answered; returns False where it no longer waits.

    Raises
    ------
    UnusableInput
        If it is too long.
    """
    _require_short(note)
    with db.writing(home.engine) as session:
        return cases.note(session=session, decision_id=decision_id, note=note)


def answer(home: Home, decision_id: str, label: str | None, note: str | None = None) -> CaseView:
    """Write down what a person says of a case: it becomes the label of the row.

    Parameters
    ----------
    home : Home
        Where the registry is.
    decision_id : str
        Which case.
    label : str or None
        One of the classes, or a number, with a point or a comma before its decimals; None where the answer cannot be
        known.
    note : str, optional
        What else is to be said; without it the note stays as it was kept.

    Raises
    ------
    NotFound
        If there is no such case, or no longer.
    UnusableInput
        If the label is none that the question allows.
    Refused
        If somebody else was quicker.
    """
    shown = show(home, decision_id)
    said = None if label is None else as_label(shown.of.problem, _typed(shown.of.problem, label))
    note = shown.note if note is None else note
    _require_short(note)
    with db.writing(home.engine) as session:
        mine = cases.answer(
            session=session, decision_id=decision_id, label=said, note=note.strip(), by=home.settings.user
        )
    if not mine:
        raise Refused(_taken(show(home, decision_id)), fix="Nothing of yours was kept; go on with the next one.")
    return show(home, decision_id)


def _require_short(note: str) -> None:
    if len(note) > LONGEST_NOTE:
        raise UnusableInput(f"The note has {len(note):,} characters.", fix=f"Cut it to {LONGEST_NOTE:,}.")


def _typed(problem: Problem, said: str) -> str:
    """Return what a person typed with a point before the decimals of a number."""
    if problem.task is not Task.REGRESSION:
        return said
    if _TWO_WAYS.fullmatch(said.strip()):
        raise UnusableInput(
            f"{said!r} can be read in two ways: its comma may stand before thousands or before decimals.",
            fix=f"Write {said.strip().replace(',', '')}, or with a point before decimals.",
        )
    return said.replace(",", ".") if said.count(",") == 1 and "." not in said else said


def _taken(shown: CaseView) -> str:
    if shown.state == cases.KNOWN:
        return "Meanwhile the application reported what happened in this case."
    said = f"answered {shown.answer!r}" if shown.answer is not None else "said that it cannot be known"
    return f"{shown.by} was quicker and {said}."


def put_back(home: Home, decision_id: str) -> None:
    """Take back what a person said of a case: it waits again.

    Raises
    ------
    NotFound
        If there is no such case, or no longer.
    Refused
        If nobody has said anything of it.
    """
    with db.writing(home.engine) as session:
        cases.get(session=session, decision_id=decision_id)
        if not cases.reopen(session=session, decision_id=decision_id):
            raise Refused("Nobody has answered this case.", fix="There is nothing to take back.")


def _views(home: Home, session: Session, found: list[tuple[rows.LeftCase, rows.Version]]) -> list[CaseView]:
    asking = {version.id: version for _, version in found}
    of = {id_: _asking(session, version) for id_, version in asking.items()}
    keys = decisions.keys(session=session, decision_ids=[case.decision_id for case, _ in found])
    kept = timedelta(days=home.settings.service_log_days)
    return [_view(case, of[version.id], keys.get(case.decision_id), kept) for case, version in found]


def _asking(session: Session, version: rows.Version) -> Asking:
    query = select(rows.Run.project_id, rows.Run.contract, rows.Problem.body)
    query = query.join(rows.Problem, col(rows.Problem.id) == rows.Run.problem_id).where(rows.Run.id == version.run_id)
    project_id, contract, problem = session.exec(query).one()
    return Asking(
        model=version.reference,
        project_id=project_id,
        problem=Problem.model_validate(problem),
        contract=DataContract.model_validate(contract),
        handled_by=UseContract.model_validate(version.use).abstained_to,
    )


def _view(case: rows.LeftCase, of: Asking, key: str | None, kept: timedelta) -> CaseView:
    return CaseView(
        decision_id=case.decision_id,
        of=of,
        at=case.at,
        leaves=(case.answered_at or case.at) + kept,
        case=LeftCase.model_validate(case.body),
        key=key,
        state=case.state,
        answer=case.answer,
        note=case.note,
        by=case.by,
        answered_at=case.answered_at,
    )
