"""Examples for whoever is going to call a version: values that nobody has brought."""

from app.workflow import registry
from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.dataset import DataContract
from engine.domain.service import asked


def row(home: Home, reference: str) -> dict[str, object]:
    """Return a made-up row that the service accepts, for the snippets on the page."""
    from engine.serving.sample import sample_row

    shown = registry.show(home, reference)
    assert shown.run.contract is not None  # noqa: S101 - a version has one
    typical = shown.run.evidence.background if shown.run.evidence else None
    return dict(sample_row(asked(shown.run.contract, shown.policy), typical))


def outcome(shown: VersionView) -> str | float:
    """Return something that may really happen, for the snippets on the page: a class, or a number of the usual size."""
    from engine.serving.sample import sample_row

    problem = shown.problem.problem
    if problem.classes:
        return problem.positive or problem.classes[0]
    known = tuple(column for column in shown.dataset.contract.columns if column.name == problem.target)
    return float(sample_row(DataContract(columns=known)).get(problem.target) or 0.0)
