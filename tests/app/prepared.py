"""A home with one project at any stage of the wizard, made of nouns: nothing is read, trained or built."""

import shutil
from datetime import date
from pathlib import Path

from app import settings
from app.workflow.home import Home, open_home
from engine.domain.dataset import (
    Column,
    ColumnContract,
    ColumnType,
    DataContract,
    Dataset,
    Histogram,
    KnownWhen,
    Level,
    Profile,
    Reader,
    Rejection,
    Role,
)
from engine.domain.evidence import (
    Background,
    Baseline,
    Confusion,
    Curve,
    Estimate,
    Evidence,
    ExplainedRow,
    Explanation,
    Importance,
)
from engine.domain.fair import Fairness, GroupRate, Mitigation, Mitigations
from engine.domain.outcome import Action, Gate, Outcome, Remedy, Severity, Verdict
from engine.domain.policy import DecisionTable, Policy, PolicyKind, UseContract
from engine.domain.problem import Problem, Question, Split, SplitRows, Task
from engine.domain.run import Fitted, JobState, LeaderboardRow, Plan
from engine.domain.service import Verification
from engine.domain.version import Stage
from store import datasets, db, jobs, models, problems, projects, releases, runs

# A column's name that is Markdown, HTML, a formula, an icon and an emoji at once.
NASTY = "**bold** <b>x</b> $x$ :red[z] :material/home: :tada: http://a.example"
STAGES = ("empty", "data", "question", "checked", "trained", "decided", "approved", "released")


def _column(name: str, kind: ColumnType, **known: object) -> Column:
    return Column(name=name, type=kind, rows=200, missing=4, distinct=3, **known)


COLUMNS = (
    _column("id", ColumnType.INTEGER, examples=("1", "2"), minimum=1, maximum=200),
    _column(
        "calls",
        ColumnType.NUMBER,
        examples=("0.5", "3"),
        minimum=0,
        maximum=9,
        histogram=Histogram(edges=(0, 3, 6, 9), counts=(120, 50, 30)),
    ),
    _column("sex", ColumnType.CATEGORY, levels=(Level(value="f", rows=100), Level(value="m", rows=96))),
    _column(NASTY, ColumnType.CATEGORY, levels=(Level(value="<i>a</i>", rows=150), Level(value="b", rows=46))),
    _column("since", ColumnType.DATETIME, first="2024-01-01", last="2026-01-01", examples=("2024-01-01",)),
    Column(
        name="left",
        type=ColumnType.CATEGORY,
        rows=200,
        missing=0,
        distinct=2,
        examples=("yes", "no"),
        levels=(Level(value="no", rows=150), Level(value="yes", rows=50)),
    ),
)
PROFILE = Profile(rows=200, columns=COLUMNS)
CONTRACT = DataContract(
    columns=tuple(
        ColumnContract(
            name=c.name,
            type=c.type,
            role=Role.IDENTIFIER if c.name == "id" else Role.FEATURE,
            role_reason="It counts the rows." if c.name == "id" else "",
            minimum=c.minimum,
            maximum=c.maximum,
            levels=tuple(level.value for level in c.levels) or None,
            first=c.first,
            last=c.last,
        )
        for c in COLUMNS
    )
)
DATASET = Dataset(
    id="d0",
    name="customers",
    rows=200,
    columns=6,
    sha256="0" * 64,
    reader=Reader(kind="csv", encoding="utf-8", delimiter=";", rejected_rows=1),
    rejected=(Rejection(line=17, reason="7 values where there are 6 columns"),),
)
PROBLEM = Problem(
    task=Task.BINARY,
    target="left",
    classes=("no", "yes"),
    positive="yes",
    metric="roc_auc",
    split=Split(rows=SplitRows(learn=130, choose=30, test=40)),
    question=Question(who="customer", moment="the year ends", action="call", cost_wrong_yes=5, cost_missed_yes=60),
    sensitive=("sex",),
    known={"calls": KnownWhen.AFTER},
    reasons=("A yes/no question, because ‘left’ has two values.",),
)
LATE = Outcome(
    code="LK007",
    title="Known only after the decision",
    verdict=Verdict.FLAGGED,
    severity=Severity.BLOCKER,
    gate=Gate.TRAINING,
    columns=("calls",),
    rows_examined=200,
    evidence={"gini": 0.91},
    problem="‘calls’ comes later.",
    fix="Leave the column out.",
    remedy=Remedy(action=Action.DROP_COLUMNS, columns=("calls",)),
)
OUTCOMES = (
    Outcome(code="DA001", title="Enough rows", verdict=Verdict.PASSED, rows_examined=200),
    Outcome(code="DA003", title="Constant columns", verdict=Verdict.COULD_NOT_RUN, problem="Nobody has looked."),
    Outcome(
        code="FA001",
        title="Sensitive attributes",
        verdict=Verdict.FLAGGED,
        severity=Severity.NOTE,
        columns=("sex",),
        problem="‘sex’ looks sensitive.",
        fix="Nothing.",
        evidence={"groups": 2.0},
    ),
    Outcome(
        code="US003",
        title="Personal data",
        verdict=Verdict.FLAGGED,
        severity=Severity.WARNING,
        columns=(NASTY,),
        problem=f"{NASTY} holds names.",
        fix="Withhold it.",
        remedy=Remedy(action=Action.WITHHOLD, columns=(NASTY,)),
    ),
)
EVIDENCE = Evidence(
    score=Estimate(metric="roc_auc", value=0.81, interval=(0.76, 0.86), rows=400),
    learn_score=0.86,
    others=(Estimate(metric="ece", value=0.02, interval=(0.01, 0.05), rows=400),),
    baselines=(
        Baseline(name="majority", label="always the most common answer", value=0.5, difference=(0.26, 0.36)),
        Baseline(name="today", label="today's rule", value=0.6, difference=(0.1, 0.3), rule="calls > 3"),
    ),
    curves=(
        Curve(name="roc", x=(0, 0.2, 1), y=(0, 0.7, 1)),
        Curve(name="gains", x=(0, 0.25, 1), y=(0, 0.6, 1)),
        Curve(name="precision_recall", x=(0.1, 0.5, 1), y=(0.9, 0.6, 0.25)),
        Curve(name="calibration", x=(0.1, 0.6), y=(0.12, 0.5), weight=(300, 100)),
    ),
    confusion=Confusion(classes=("no", "yes"), counts=((250, 50), (30, 70))),
    importance=(Importance(column=NASTY, value=0.1, share=0.7), Importance(column="since", value=0.04, share=0.3)),
    explained=tuple(
        ExplainedRow(
            row={NASTY: "b", "since": "2025-01-01"},
            actual="yes",
            explanation=Explanation(of="yes", base=0.25, value=v, contributions={NASTY: v - 0.3, "since": 0.05}),
        )
        for v in (0.1, 0.4, 0.9)
    ),
    background=Background(rows=({NASTY: "b", "since": "2025-01-01"},), weights=(1.0,), described="made up"),
    explanation_method="SHAP values",
    fairness=(
        Fairness(
            column="sex",
            measure="demographic_parity_difference",
            value=0.1,
            interval=(0.02, 0.2),
            groups=(
                GroupRate(group="f", rows=190, selection_rate=0.4, error_rate=0.2, interval=(0.3, 0.5)),
                GroupRate(group="m", rows=12, selection_rate=0.3, error_rate=0.2, interval=None, too_few=True),
            ),
            sentence="Picked: 40 % where ‘sex’ is ‘f’, 30 % where it is ‘m’.",
        ),
    ),
    mitigations=(
        Mitigations(
            column="sex",
            money=True,
            candidates=(
                Mitigation(thresholds={"f": 0.5, "m": 0.5}, gap=0.1, cost=700),
                Mitigation(thresholds={"f": 0.6, "m": 0.4}, gap=0.02, cost=720),
            ),
            sentence="By ‘sex’: a threshold for each group would bring the difference from 10 to 2 points.",
        ),
    ),
    headline="Of 100 customers it would pick, 54 have ‘left’ = ‘yes’; picking at random finds 25.",
)
TABLE = DecisionTable(
    thresholds=(0.1, 0.5, 0.9, 1.1), flagged=(80, 40, 10, 0), hits=(24, 18, 6, 0), rows=100, positives=25
)
FITTED = Fitted(
    leaderboard=(
        LeaderboardRow(model="LightGBMXT_FULL", score=0.82, ms_per_row=0.1, megabytes=0.3, chosen=True),
        LeaderboardRow(model="CatBoost_FULL", score=0.81, ms_per_row=0.2, megabytes=0.1),
    ),
    chosen="LightGBMXT_FULL",
    reason="The best on the rows to choose by.",
    seconds=19,
    versions={"python": "3.11"},
)
USE = UseContract(
    purpose="Find who leaves.",
    not_for="Prices.",
    owner="Service",
    may_act="the service desk",
    valid_until=date(2027, 1, 1),
    review_on=date(2026, 12, 24),
    abstained_to="the desk",
)


def prepare(
    folder: Path,
    upto: str,
    *,
    problem: Problem = PROBLEM,
    evidence: Evidence = EVIDENCE,
    outcomes: tuple[Outcome, ...] = OUTCOMES,
    dataset: Dataset = DATASET,
) -> tuple[Home, str]:
    """Make a home whose project has reached a stage; returns it and the project's id."""
    home = open_home(settings.load(folder))
    stage = STAGES.index(upto)
    with db.writing(home.engine) as session:
        project = projects.create(session=session, name=f"Leaving {NASTY}"[:120])
        if stage >= STAGES.index("data"):
            preview = [{c.name: (c.examples or ("a",))[0] for c in COLUMNS}]
            datasets.add(
                session=session,
                dataset=dataset,
                profile=PROFILE,
                contract=CONTRACT,
                preview=preview,
                notes=("A name stood twice.",),
                digest="x",
            )
            projects.point(session=session, project=project, dataset_id=DATASET.id)
        if stage >= STAGES.index("question"):
            row = problems.add(
                session=session, project_id=project.id, dataset_id=DATASET.id, problem=problem, contract=CONTRACT
            )
            projects.point(session=session, project=project, problem_id=row.id)
            if stage >= STAGES.index("checked"):
                problems.report(session=session, problem_id=row.id, outcomes=outcomes, seconds={})
        if stage >= STAGES.index("trained"):
            _train(session, project, row.id, evidence, upto)
        return home, project.id


def copied(home: Home, to: Path) -> Home:
    """Copy a prepared home: quicker than preparing another one."""
    home.engine.dispose()
    shutil.copytree(home.path, to, dirs_exist_ok=True)
    return open_home(settings.load(to))


def again(home: Home, project_id: str, upto: str, *, evidence: Evidence = EVIDENCE) -> str:
    """Train a prepared project's question once more, up to a stage; returns ``name:number`` of the version."""
    with db.writing(home.engine) as session:
        project = projects.get(session=session, project_id=project_id)
        number = _train(session, project, str(project.problem_id), evidence, upto)
    return f"leaving:{number}"


def _train(session, project, problem_id: str, evidence: Evidence, upto: str) -> int:
    stage = STAGES.index(upto)
    job = jobs.add(session=session, kind="train", arguments={}, project_id=project.id)
    jobs.finish(session=session, job_id=job.id, state=JobState.DONE, result={})
    runs.add(
        session=session, run_id=job.id, project_id=project.id, problem_id=problem_id, plan=Plan(), builder="builder"
    )
    binary = evidence.confusion is not None
    runs.conclude(
        session=session,
        run_id=job.id,
        fitted=FITTED,
        evidence=evidence,
        tables={"choose": TABLE, "test": TABLE} if binary else {},
        contract=CONTRACT,
        digest="x",
    )
    projects.point(session=session, project=project, run_id=job.id)
    policy = (
        Policy(kind=PolicyKind.COSTS, threshold=0.5, cost_wrong_yes=5, cost_missed_yes=60)
        if binary
        else Policy(kind=PolicyKind.VALUE)
    )
    use = USE if stage >= STAGES.index("decided") else UseContract()
    version = models.add(session=session, name="leaving", run_id=job.id, policy=policy, use=use)
    if stage >= STAGES.index("approved"):
        models.stage(session=session, version=version, stage=Stage.APPROVED)
    if stage >= STAGES.index("released"):
        proof = Verification(rows=100, largest_difference=0.0, passed=True)
        release_id = f"r{version.number - 1}"
        releases.add(session=session, release_id=release_id, version=version, verification=proof, digest="x")
        models.stage(session=session, version=version, stage=Stage.LIVE)
    return version.number
