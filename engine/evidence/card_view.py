"""What the card's templates show: plain texts and bar lengths, the same for HTML and Markdown."""

from engine.domain.card import Card, Done, Tested
from engine.domain.dataset import ColumnContract
from engine.domain.outcome import Outcome, Severity, Verdict
from engine.domain.policy import PolicyKind, WhenOver
from engine.domain.problem import Task
from engine.evidence import abstaining, value
from engine.evidence.card_measured import measured
from engine.evidence.card_parts import CardView, Check, Facts, Ready, Reviewed, Section, Test, Tried, Valid
from engine.evidence.lineage import combined_from
from engine.evidence.readiness import SOURCE, readiness
from engine.evidence.retrained import called
from engine.policy import allowed
from engine.policy.abstention import usual
from engine.policy.decision import outcome_at
from engine.policy.fair import for_card
from engine.problem.changes import changed, kept_apart
from engine.problem.metric import metric_for
from engine.problem.words import percent, quoted, rounded

_TASKS = {
    Task.BINARY: "a yes/no question",
    Task.MULTICLASS: "one of several classes",
    Task.REGRESSION: "a number",
}
_DONE = {
    Done.AUTOMATED: "automated",
    Done.BY_HAND: "by hand",
    Done.NOT_DONE: "not done",
    Done.NOT_YET: "not yet",
}
_RANK = {Severity.BLOCKER: 0, Severity.WARNING: 1, Severity.NOTE: 2, None: 3}


def view(card: Card, gaps: tuple[str, ...]) -> CardView:
    """Return everything the templates name."""
    return CardView(
        card=card,
        gaps=gaps,
        identity=_identity(card),
        facts_of_data=_facts(card),
        changes=changed(card.problem.remedies),
        use=_use(card),
        question=_question(card),
        columns=[_column(c) for c in card.contract.columns],
        checks=_checks(card),
        passed=sum(o.verdict is Verdict.PASSED for o in card.outcomes),
        measured=measured(card),
        decision=_decision(card),
        abstaining=abstaining.table(card),
        readiness=_readiness(card),
        reviews=_reviews(card),
        making=_making(card),
        leaderboard=_leaderboard(card),
    )


def _identity(card: Card) -> Facts:
    return [("Stage", card.stage), ("Made", f"{card.created:%Y-%m-%d %H:%M %Z}".strip())]


def _facts(card: Card) -> Facts:
    rows = card.problem.split.rows
    learned = rows.learn + rows.choose
    return [
        ("Data", f"{card.dataset.name}, {card.dataset.rows:,} rows, {card.dataset.columns} columns"),
        *combined_from(card.dataset),
        ("Content" if card.dataset.made_of else "File", f"sha256 {card.dataset.sha256}"),
        ("Rejected lines", f"{card.dataset.reader.rejected_rows:,}"),
        ("Rows", f"{rows.learn:,} to learn, {rows.choose:,} to choose, {rows.test:,} to test"),
        ("Learned from", f"{learned:,} rows: those to choose by too, after the model had answered them"),
        ("Kept apart", kept_apart(card.problem)),
    ]


def _about(columns: tuple[str, ...]) -> str:
    return f" ({', '.join(columns)})" if columns else ""


def _use(card: Card) -> Facts:
    use = card.use
    return [
        ("For", use.purpose),
        ("Not for", use.not_for),
        ("Owner", use.owner),
        ("May act on its answers", use.may_act),
        ("May be used until", use.valid_until.isoformat() if use.valid_until else ""),
        ("Looked at again on", use.review_on.isoformat() if use.review_on else ""),
        ("Only for cases with", _limits(card) or "any values like those it has learned from"),
        ("Cases it does not answer go to", use.abstained_to),
        *([("What is kept of them", _KEPT)] if card.policy.abstention else []),
        ("When its time is over", "it refuses" if use.when_over is WhenOver.REFUSE else "every answer says so"),
    ]


_KEPT = (
    "their values, for the person who answers them: as long as the service keeps its decisions (90 days, unless "
    "that is set otherwise), and as long again after the answer; of all other rows no value is kept"
)


def _limits(card: Card) -> str:
    """Say by which columns, and which of their values, a person limits the use."""
    limited = allowed.restricted(card.contract, card.use.allowed).columns
    return "; ".join(f"{quoted(column.name)} {allowed.said(column)}" for column in limited)


def _question(card: Card) -> Facts:
    problem, asked = card.problem, card.problem.question
    said = [
        ("In words", asked.text),
        ("For each", asked.who),
        ("When", asked.moment),
        ("Predicted", f"{problem.target}, {_TASKS[problem.task]}"),
        ("Yes means", problem.positive or ""),
        ("Done with it", asked.action),
        ("A wrong yes costs", _number(asked.cost_wrong_yes)),
        ("A missed yes costs", _number(asked.cost_missed_yes)),
        ("Capacity", "" if asked.capacity is None else f"{asked.capacity:,}"),
        ("Today's rule", asked.rule or ""),
        ("Judged by", metric_for(problem.metric, problem.task).label),
        ("Sensitive", ", ".join(problem.sensitive)),
        ("Sensitive and used by the model", ", ".join(problem.use_sensitive)),
    ]
    return [(label, value) for label, value in said if value]


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def _column(column: ColumnContract) -> Valid:
    if column.levels is not None:
        values = ", ".join(column.levels[:8]) + (", …" if len(column.levels) > 8 else "")
    elif column.minimum is not None and column.maximum is not None:
        values = f"{_number(column.minimum)} to {_number(column.maximum)}"
    else:
        values = f"{column.first} to {column.last}" if column.first and column.last else ""
    values = " ".join(part for part in (values, column.unit) if part)
    return Valid(
        name=column.name,
        type=column.type,
        missing=percent(column.missing_rate),
        allowed=values,
    )


def _checks(card: Card) -> list[Check]:
    shown = [o for o in card.outcomes if o.verdict in {Verdict.FLAGGED, Verdict.COULD_NOT_RUN}]
    return [_check(o, card) for o in sorted(shown, key=lambda o: (_RANK[o.severity], o.code))]


def _check(outcome: Outcome, card: Card) -> Check:
    reasons = [override.reason for override in card.overrides if override.covers(outcome)]
    words = {Severity.BLOCKER: "Stop", Severity.WARNING: "Worth a look", Severity.NOTE: "Note"}
    return Check(
        code=outcome.code,
        title=outcome.title,
        word=words[outcome.severity] if outcome.severity else "Could not check",
        columns=", ".join(outcome.columns),
        problem=outcome.problem,
        reason=" ".join(reasons),
    )


def _decision(card: Card) -> Facts:
    policy, table = card.policy, card.policy_on_test
    words = {
        PolicyKind.COSTS: "by what mistakes cost",
        PolicyKind.CAPACITY: "by how many can be acted on",
        PolicyKind.MANUAL: "by a threshold",
        PolicyKind.PROPOSED: "by a threshold that picks as many as there are real cases",
        PolicyKind.MOST_LIKELY: "the most likely class",
        PolicyKind.VALUE: "the number itself",
    }
    said = [("Decided", words[policy.kind]), ("Expected", policy.sentence)]
    if policy.threshold is not None:
        said.append(("Threshold", rounded(policy.threshold)))
        said.append(("Decisions", f"{policy.yes} from the threshold up, else {policy.no}"))
    if policy.costs is not None and card.evidence.expected_cost is not None:
        said.append(("On the test rows", card.evidence.expected_cost.sentence))
    said += for_card(policy, card.evidence.treated)
    if policy.abstention is not None:
        said.append(("Left to a person", abstaining.in_words(policy.abstention, card.problem)))
    else:
        said.append(("Left to a person", "nothing: every case is answered"))
    if range_ := abstaining.range_in_words(policy.abstention or usual(card.evidence.limits), card.problem):
        said.append(("The range beside a number", range_))
    if table is not None and policy.threshold is not None and policy.group_thresholds is None:
        on_test = outcome_at(table, policy.threshold, policy)
        about = "" if policy.threshold in table.thresholds else "about "
        said.append(
            (
                "On the test rows",
                f"{about}{on_test.flagged:,.0f} of {table.rows:,} picked, {on_test.hits:,.0f} rightly "
                f"({percent(on_test.precision)}); {percent(on_test.recall)} of all real cases found",
            )
        )
    return [*said, *value.for_card(card.evidence, card.problem, policy, table)]


def _readiness(card: Card) -> Ready:
    ready = readiness(card)
    return Ready(
        score=f"{ready.score:g}",
        says=ready.says,
        weakest=ready.weakest,
        source=SOURCE,
        sections=[
            Section(
                name=name.capitalize(),
                points=f"{points:g}",
                tests=[_test(test) for test in ready.tests if test.section == name],
            )
            for name, points in ready.sections.items()
        ],
    )


def _test(test: Tested) -> Test:
    said = test.evidence
    if test.answer is not None:
        said = f"Said by {test.answer.by} on {test.answer.at:%Y-%m-%d}."
    elif test.asked:
        said = "Nobody has said."
    return Test(title=test.title, done=_DONE[test.done], said=said)


def _reviews(card: Card) -> list[Reviewed]:
    return [
        Reviewed(
            decision=r.decision,
            by=f"{r.reviewer}, its builder" if r.by_builder else r.reviewer,
            note=r.note,
            at=f"{r.at:%Y-%m-%d}",
            accepted=[f"{a.code}{_about(a.about(card.outcomes))}: {a.reason}" for a in r.accepted],
            by_builder=r.by_builder,
        )
        for r in card.reviews
    ]


def _making(card: Card) -> Facts:
    fitted = card.fitted
    said = [
        ("Asked for", f"{_number(card.plan.minutes)} minutes, {card.plan.quality}, seed {card.plan.seed}"),
        ("To treat groups alike", called(card.plan) if card.plan.treats_alike else ""),
        ("Took", f"{fitted.seconds:,.0f} seconds" + (", stopped early" if fitted.stopped else "")),
        ("Chosen", f"{fitted.chosen}: {fitted.reason}"),
        ("Notes", " ".join(fitted.notes)),
        ("Made with", ", ".join(f"{name} {version}" for name, version in sorted(fitted.versions.items()))),
        ("Seal", card.seal),
    ]
    return [(label, value) for label, value in said if value]


def _leaderboard(card: Card) -> list[Tried]:
    return [
        Tried(
            model=row.model,
            score=rounded(row.score),
            speed=rounded(row.ms_per_row),
            size=rounded(row.megabytes),
            chosen=row.chosen,
        )
        for row in card.fitted.leaderboard[:10]
    ]
