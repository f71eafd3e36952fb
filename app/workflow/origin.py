"""Origin: everything that led to a version, as titled facts; most of it stands on its card in the same words."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.workflow import collecting, judging, registry, training
from app.workflow.home import Home
from app.workflow.views import RunView, VersionView
from engine.domain.card import Card
from engine.domain.outcome import Override, Verdict
from engine.domain.problem import Problem
from engine.domain.service import Form, Verification
from store import datasets, db, releases
from store import tables as rows

if TYPE_CHECKING:
    from engine.evidence.card_parts import Measured
    from engine.training.steps import Part, Steps

LONGEST = 1 << 20  # bytes of a log that are shown
Facts = list[tuple[str, str]]
NOBODY: Facts = [("Nobody", "No column was named to compare groups by.")]


def origin(home: Home, shown: VersionView) -> tuple[tuple[str, Facts], ...]:
    """Return everything that led to a version, and what it decided since, part by part."""
    from engine.evidence.card_view import view

    card = registry.card_of(shown)
    said = view(card, card.gaps)
    problem, dataset = shown.problem.problem, shown.dataset.dataset
    with db.reading(home.engine) as session:
        seal = datasets.get(session=session, dataset_id=dataset.id).digest
        built = releases.of_version(session=session, version_id=shown.id)
    columns = [(c.name, f"{c.type}; {c.allowed or 'any'}; {c.missing} missing") for c in said.columns]
    fitted = [
        (row.model, f"{row.score} on the choose rows, {row.speed} ms a row" + (", chosen" * row.chosen))
        for row in said.leaderboard
    ]
    reviews = [
        (f"{number}. {r.decision}, {r.at}", f"{r.by}: {r.note} {' '.join(r.accepted)}")
        for number, r in enumerate(said.reviews, 1)
    ]
    return (
        ("The table", [*said.facts_of_data, ("Known here as", dataset.id), ("Its seal", seal)]),
        ("What a valid row is", columns),
        ("The question", [*said.question, *_left_out(problem), ("Known here as", shown.problem.id)]),
        ("What the checks found, and why it was kept", list(_checks(card))),
        ("What was changed for it", said.changes),
        ("The training", [*said.making, ("Known here as", shown.run.id), *fitted]),
        ("How good it is", _evidence(card, said.measured)),
        ("What it leans on", _leans(said.measured)),
        (
            "How groups fare",
            [(f.column, told) for f in said.measured.fairness for told in f.sentences + f.more] or NOBODY,
        ),
        ("How it decides", said.decision),
        ("Who may use it for what", [(name, value) for name, value in said.use if value]),
        ("Who looked at it", reviews or [("Nobody", "It was not reviewed yet.")]),
        ("Releases", [_release(row) for row in built] or [("None", "It was not released yet.")]),
        ("What it decided", _decided(home, shown)),
    )


def _left_out(problem: Problem) -> Iterator[tuple[str, str]]:
    for label, columns in (
        ("Known only afterwards", [name for name, when in problem.known.items() if when == "after"]),
        ("Left out by hand", problem.ignored),
        ("Time", [problem.time or ""]),
        ("Which rows belong together", [problem.group or ""]),
    ):
        if any(columns):
            yield label, ", ".join(columns)


def findings(card: Card) -> list[tuple[str, str, str]]:
    """Return what was found, the worst first: its verdict in a word, its code and columns, and the finding itself.

    With it stands why it was kept: by its builder, or by the reviewer who accepted it.
    """
    from engine.evidence.card_view import view

    accepted = [(review.reviewer, override) for review in card.reviews for override in review.accepted]
    found = []
    for check in view(card, card.gaps).checks:
        said = check.problem
        if check.reason:
            said += f" Kept, because: {check.reason}"
        shown = (check.code, check.columns, check.problem)
        about = [o for o in card.outcomes if (o.code, ", ".join(o.columns), o.problem) == shown]
        for by, override in accepted:
            if any(override.covers(outcome) for outcome in about):
                said += f" Accepted by {by}: {override.reason}"
        found.append((check.word, f"{check.code} {check.columns}".strip(), said))
    return found


def moot(card: Card) -> Facts:
    """Return the reasons that were given to keep what is not found any more."""
    flagged = [outcome for outcome in card.outcomes if outcome.verdict is Verdict.FLAGGED]
    return [
        (_named(override), f"Nothing is found any more. It was to be kept, because: {override.reason}")
        for override in card.overrides
        if not any(override.covers(outcome) for outcome in flagged)
    ]


def _checks(card: Card) -> Iterator[tuple[str, str]]:
    yield from ((name, f"{word}: {said}") for word, name, said in findings(card))
    yield from moot(card)
    for word, verdict in (("Fine", Verdict.PASSED), ("Does not apply", Verdict.NOT_APPLICABLE)):
        codes = sorted({outcome.code for outcome in card.outcomes if outcome.verdict is verdict})
        if codes:
            yield word, ", ".join(codes)


def _named(override: Override) -> str:
    return f"{override.code} {override.column or ''}".strip()


def _evidence(card: Card, said: "Measured") -> Facts:
    from engine.problem.words import alike

    evidence, score = card.evidence, card.evidence.score
    simple = [(bar.label, f"{bar.value}; {bar.compared}" if bar.compared else bar.value) for bar in said.score.bars[1:]]
    value, low, high = alike(score.value, *score.interval)
    told = f"{value} ({low} to {high}), on {score.rows:,} test rows"
    return [
        ("In a sentence", evidence.headline),
        ("Its score", f"{said.score.metric} {told}"),
        *simple,
        *((other.label, f"{other.value} ({other.interval})") for other in said.others),
        *([("Tested at random, and honestly", evidence.honesty.sentence)] if evidence.honesty else []),
        *(("Where it is worse", part.sentence) for part in said.slices),
        ("Looks at the test rows", str(evidence.test_looks)),
    ]


def _leans(said: "Measured") -> Facts:
    if said.unexplained:
        return [("No reasons", said.unexplained)]
    return [(row.column, f"{row.share} ({row.interval})" if row.interval else row.share) for row in said.importance]


def _release(row: rows.Release) -> tuple[str, str]:
    proof = Verification.model_validate(row.verification)
    form = "a wheel for Python" if proof.form is Form.WHEEL else "a service"
    said = f"{form}, {row.created_at:%Y-%m-%d %H:%M} UTC; {proof.rows} rows answered as by the original"
    return row.id, f"{said}; its seal {row.digest}"


def _decided(home: Home, shown: VersionView) -> Facts:
    kept = collecting.counts(home, shown.id)
    if not kept["decisions"]:
        return [("Nothing", "No decision of it is kept here.")]
    days = home.settings.service_log_days
    return [
        ("Decisions that are kept", f"{kept['decisions']:,}: of the last {days} days, no value of a row among them"),
        ("From, to", f"{kept['first']:%Y-%m-%d %H:%M} to {kept['last']:%Y-%m-%d %H:%M} UTC"),
        ("By how far they can be trusted", _each(kept["trust"])),
        ("Asked by", _each({name or "whoever, without a key": n for name, n in kept["applications"].items()})),
        ("What then happened is known of", f"{kept['outcomes']:,}"),
        ("Cases left to a person", _each(kept["cases"]) or "none"),
        ("The last of them", ", ".join(kept["latest"])),
    ]


def _each(counted: dict[str, int]) -> str:
    return ", ".join(f"{name} {number:,}" for name, number in counted.items())


def making(home: Home, run: RunView) -> tuple[Facts, str | None]:
    """Return how each model of a training was fitted, in words, and its log: see ``fitted``."""
    known, log = fitted(home, run)
    return in_words(known), log


def in_words(known: Sequence["Steps"]) -> Facts:
    """Return how models were fitted, in words."""
    return [fact for steps in known for fact in _steps(steps)]


def fitted(home: Home, run: RunView) -> tuple[list["Steps"], str | None]:
    """Return how each model of a training was fitted, and its log (None: it is older than that); its seal is checked.

    Raises
    ------
    TamperedArtifact
        If the files of the run are not what was sealed.
    """
    from engine.training import steps

    if run.fitted is None:
        return [], None
    folder = judging.sealed(home, run.id, to_open=False)
    kept = [steps.read(folder / training.MODEL, row.model) for row in run.fitted.leaderboard]
    return [known for known in kept if known], _log(folder / training.LOG)


def _log(file: Path) -> str | None:
    """Return a training's log as far as it is shown: one that came in a file may hold anything, and any amount."""
    if not file.is_file():
        return None
    with file.open("rb") as log:
        said = log.read(LONGEST).decode("utf-8", errors="replace")
        return f"{said}\n(The rest is left out.)" if log.read(1) else said


def _steps(known: "Steps") -> Iterator[tuple[str, str]]:
    from engine.problem.words import percent

    parts = ", ".join(f"{part} {percent(weight)}" for part, weight in known.weights.items())
    about = f"seed {known.seed}, {known.threads} threads"
    folds = f", {known.folds} folds" if known.folds else ""
    if known.weights:
        yield known.chosen, f"A blend of {parts}; {about}{folds}"
        return
    for part in known.parts:
        yield known.chosen, f"{part.kind}: {_settings(part)}; {about}{folds}"


def _settings(part: "Part") -> str:
    """Return what a model was fitted with, defaults included, and how far it went."""

    def told(settings: dict[str, Any]) -> str:
        return ", ".join(f"{name} {value}" for name, value in sorted(settings.items()))

    far = [told(one) for one in part.trained if one]
    went = f"; went to {' and '.join(far)}" if far else ""
    went += f"; fitted to all rows, to {told(part.refitted)}" if part.refitted else ""
    return (told(part.resolved or part.settings) or "as it comes") + went
