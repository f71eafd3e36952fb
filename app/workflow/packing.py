"""The package of a version: all that whatever answers with it opens."""

from datetime import UTC, datetime
from pathlib import Path

from app.workflow import registry
from app.workflow import training as train_
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.problem import Task
from engine.domain.service import Served, Verification


def assemble(home: Home, shown: VersionView, run_folder: Path, to: Path) -> Path:
    """Write the package that a service or a batch opens: the deployment clone, what it must know, and the card."""
    from engine.policy.abstention import usual
    from engine.serving import counters, package
    from engine.training import predictor

    run = shown.run
    assert run.fitted is not None  # noqa: S101 - a version was fitted
    assert run.evidence is not None  # noqa: S101 - and judged
    assert run.contract is not None  # noqa: S101 - on a contract
    to.mkdir(parents=True)
    predictor.shrink(run_folder / train_.MODEL, run.fitted.chosen, to / package.MODEL)
    problem = shown.problem.problem
    served = Served(
        model=shown.reference,
        task=problem.task,
        target=problem.target,
        classes=problem.classes,
        positive=problem.positive,
        contract_id=run.id,
        contract=run.contract,
        policy=shown.policy,
        use=shown.use,
        approved=shown.stage.may_serve,
        retired=shown.retired_at.date() if shown.retired_at else None,
        background=run.evidence.background,
        likeness=run.evidence.likeness,
        limits=shown.policy.abstention or usual(run.evidence.limits),
        ms_per_row=next((r.ms_per_row for r in run.fitted.leaderboard if r.model == run.fitted.chosen), None),
        ranges=_ranges(shown),
        created=datetime.now(UTC).date(),
    )
    served = served.model_copy(
        update={"usual": counters.usual(served, predictor.foreseen(run_folder / train_.MODEL, run.fitted.chosen))}
    )
    package.write_served(served, to)
    write_card(home, shown, to)
    return to


def _ranges(shown: VersionView) -> tuple[float, ...]:
    """Return the edges of a number's values in the table, where a number is predicted."""
    problem, columns = shown.problem.problem, shown.dataset.profile.columns
    found = next((c.histogram for c in columns if c.name == problem.target), None)
    return found.edges[1:-1] if found is not None and problem.task is Task.REGRESSION else ()


def write_card(home: Home, shown: VersionView, to: Path, verification: Verification | None = None) -> None:
    """Write a version's card into a package, with what was just proved."""
    from engine.serving import package

    card = registry.card(home, shown.reference).model_copy(update={"verification": verification})
    package.write_card(registry.render(card, "json"), registry.render(card, "html"), to)
