"""The registry: versions with everything that led to them, and their cards."""

from datetime import UTC, datetime

from pydantic_core import to_json
from sqlmodel import Session

from app.workflow import data, question, training
from app.workflow.home import Home
from app.workflow.views import VersionRow, VersionView
from engine.domain.card import Card
from engine.domain.evidence import Baseline, best
from engine.domain.outcome import Outcome
from engine.domain.policy import Policy, UseContract
from engine.domain.service import Form
from engine.domain.version import Stage
from engine.errors import Failed, UnusableOption
from store import answers, db, models, releases, reviews, runs
from store.tables import Version

FORMATS = ("html", "md", "json")


def every(home: Home) -> list[VersionRow]:
    """Return all versions, newest first."""
    with db.reading(home.engine) as session:
        released = releases.released(session=session)
        return [_row(one, released) for one in models.listed(session=session)]


def show(home: Home, reference: str) -> VersionView:
    """Return one version with its lineage, evidence and reviews.

    Raises
    ------
    NotFound
        If there is no such model or version.
    """
    with db.reading(home.engine) as session:
        row = models.find(session=session, reference=reference)
        release = releases.newest(session=session, version_id=row.id)
        proved = release or releases.newest(session=session, version_id=row.id, form=Form.WHEEL)
        run = training.run_view(session, runs.get(session=session, run_id=row.run_id))
        decisions = reviews.of_version(session=session, version_id=row.id)
        handed_in = models.handed_in(session=session, version=row)
        retired_at = models.retired_at(session=session, version=row)
        answered = answers.of_version(session=session, version_id=row.id)
        earlier = _released_before(session, row)
    asked = question.problem_view(home, run.problem_id, until=handed_in)
    view = VersionView(
        id=row.id,
        name=row.name,
        number=row.number,
        stage=Stage(row.stage),
        policy=Policy.model_validate(row.policy),
        use=UseContract.model_validate(row.use),
        run=run,
        problem=asked,
        dataset=data.dataset(home, asked.dataset_id),
        reviews=decisions,
        release_id=release.id if release else None,
        verification=releases.of(proved) if proved else None,
        released_at=release.created_at if release else None,
        created_at=row.created_at,
        answers=answered,
        handed_in=handed_in,
        retired_at=retired_at,
        earlier=earlier,
    )
    return view


def card(home: Home, reference: str) -> Card:
    """Return the model card of a version, its gaps filled in as gaps.

    Raises
    ------
    NotFound
        If there is no such model or version.
    """
    return card_of(show(home, reference))


def card_of(shown: VersionView) -> Card:
    """Return the model card of a version that is at hand.

    Raises
    ------
    Failed
        If it has no evidence.
    """
    from engine.evidence.card import gaps

    run = shown.run
    if run.fitted is None or run.evidence is None:
        raise Failed(f"{shown.reference} has no evidence.", fix="Train again.")
    made = Card(
        model=shown.reference,
        stage=shown.stage,
        created=shown.created_at.replace(tzinfo=UTC),
        dataset=shown.dataset.dataset,
        problem=shown.problem.problem,
        contract=run.contract or shown.problem.contract,
        plan=run.plan,
        fitted=run.fitted,
        evidence=run.evidence,
        outcomes=outcomes(shown),
        overrides=shown.problem.overrides,
        policy=shown.policy,
        policy_on_test=run.tables.get("test"),
        use=shown.use,
        reviews=shown.reviews,
        answers=shown.answers,
        verification=shown.verification,
        earlier=shown.earlier,
        as_of=datetime.now(UTC).date(),
        seal=f"{run.id}-{(run.digest or '')[:12]}",
    )
    return made.model_copy(update={"gaps": gaps(made)})


def stamp(shown: VersionView) -> str:
    """Return what changes whenever the card of a version does: it is made of what is shown, and of the day."""
    return f"{hash(to_json(shown, exclude={'run': {'job'}}))} {datetime.now(UTC).date()}"


def _released_before(session: Session, row: Version) -> tuple[str, ...]:
    """Return the earlier versions of a model that were released and can be live again, oldest first."""
    named = models.meant(session=session, reference=row.name)
    older = [v for v in reversed(named) if v.number < row.number and Stage(v.stage).may_serve]
    released = releases.released(session=session) if older else set()
    return tuple(v.reference for v in older if v.id in released)


def outcomes(shown: VersionView) -> tuple[Outcome, ...]:
    """Return what the guardrails say of a version: of its table and question, of its use, and of the model itself."""
    from engine.guardrails.evaluation import judged

    said = judged(shown.run.evidence) if shown.run.evidence else ()
    return tuple(sorted((*_with_use_as_it_stands(shown), *said), key=lambda o: o.code))


def _with_use_as_it_stands(shown: VersionView) -> tuple[Outcome, ...]:
    """Return what the guardrails said, with US002 about the use contract as it is now: it is filled in later."""
    import pandas as pd

    from engine.guardrails.base import Table
    from engine.guardrails.run import run

    asked = shown.problem
    no_rows = Table(pd.DataFrame(columns=list(asked.contract.names)), asked.contract, shown.dataset.profile)
    now = run(no_rows, asked.problem, only={"US002"}, gaps=shown.use.gaps())
    # A card travels: what values the table holds, which the pictures show, stays here.
    before = (o.model_copy(update={"picture": None}) for o in asked.outcomes or () if o.code != "US002")
    return (*before, *now)


def render(made: Card, form: str) -> str:
    """Return a card as a document: ``html``, ``md`` or ``json`` (CycloneDX).

    Raises
    ------
    UnusableOption
        If there is no such form.
    """
    import json

    from engine.evidence import card as documents

    if form == "html":
        return documents.to_html(made)
    if form == "md":
        return documents.to_markdown(made)
    if form == "json":
        return json.dumps(documents.to_cyclonedx(made), indent=2, ensure_ascii=False)
    raise UnusableOption(f"There is no card as {form!r}.", fix=f"Choose one of: {', '.join(FORMATS)}.")


def _row(one: models.Listed, released: set[str]) -> VersionRow:
    row, score = one.version, one.evidence.get("score") or {}
    interval, name = score.get("interval"), score.get("metric", "")
    baselines = [Baseline.model_validate(each) for each in one.evidence.get("baselines", ())]
    return VersionRow(
        reference=row.reference,
        name=row.name,
        number=row.number,
        stage=Stage(row.stage),
        project_id=one.project_id,
        target=one.target,
        metric=name,
        score=score.get("value"),
        interval=(interval[0], interval[1]) if interval else None,
        rival=best(baselines, name),
        rows=score.get("rows", 0),
        released=row.id in released,
        created_at=row.created_at,
        builder=one.builder,
    )
