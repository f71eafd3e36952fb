"""Every wizard step on 50,000 rows while a training runs, and the web process that shows them."""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from app import settings
from app.wizard import Step
from app.workflow import checks, data, deciding, jobs, projects, question, registry, reviewing, training
from app.workflow.home import Home, open_home
from app.workflow.views import ProblemView
from engine.data.sample import churn
from engine.domain.dataset import KnownWhen
from engine.domain.policy import UseContract
from engine.domain.run import Plan, Quality
from engine.domain.service import Verification
from engine.domain.version import Stage
from store import db, models, releases
from tests.benchmarks.app import pages
from tests.benchmarks.app.browser import HEAVY, Seen, look
from tests.benchmarks.app.machine import done, load, wait, working
from tests.benchmarks.figures import publish

ROWS = 50_000
ROUNDS = 4  # of fixing and checking again
OTHER = ("screens/home.py", "screens/models.py", "screens/reviews.py", "screens/you.py")
# What the pages must not load: seen in this process, which shows them too, and in the real one.
NEVER = (*HEAVY, "autogluon", "shap", "fairlearn", "bentoml")


def main() -> None:
    """Publish the figures."""
    with tempfile.TemporaryDirectory() as folder:
        home = open_home(settings.load(Path(folder, "home")))
        table = Path(folder, "churn.csv")
        churn(customers=26_000).head(ROWS).to_csv(table, index=False)
        with working(home):
            finished = trained(home, table)
            under_way, run_id = training_now(home, table)
            os.environ["HANDRAIL_HOME"] = str(home.path)  # where the pages look
            before = loaded()
            medians = pages.wizard(about(finished, under_way))
            behind = loaded() - before
            plain = pages.plain(table, Path(folder))
            busy = load()
            seen = look(home, addresses(finished, under_way))
            assert jobs.job(home, run_id).alive, "the training ended before everything was measured"
            jobs.cancel(home, run_id)
            wait(lambda: not jobs.job(home, run_id).alive)
    tell(medians, plain, seen, behind, busy)


def tell(medians: dict[str, float], plain: float, seen: Seen, behind: set[str], busy: str) -> None:
    """Publish what was measured."""
    slowest = max(medians, key=lambda page: medians[page])
    publish(
        "app_wizard",
        {
            **{f"{page}, milliseconds (at most 300)": 1000 * spent for page, spent in medians.items()},
            "plain page that reads the table each time, milliseconds": 1000 * plain,
            f"slowest ({slowest}) as a share of the plain page": medians[slowest] / plain,
            "median of all as a share of the plain page": statistics.median(medians.values()) / plain,
            "web process after the first page, megabytes": seen.megabytes_first,
            "web process after every page twice, megabytes (at most 500)": seen.megabytes,
            "a page in the browser, median seconds": statistics.median(seen.page_seconds),
            "heavy libraries in the web process": ", ".join(seen.heavy) or "none",
            "heavy modules that the pages imported here": ", ".join(sorted(behind)) or "none",
            "load": busy,
        },
    )


def loaded() -> set[str]:
    """The heavy packages that this process has imported so far."""
    return {name.partition(".")[0] for name in sys.modules}.intersection(NEVER)


def about(finished: str, under_way: str) -> dict[str, str]:
    """Every page with the project it is measured on; the step Train a second time, on the training under way."""
    steps = {f"steps/{step.value}.py": finished for step in Step}
    return {**dict.fromkeys(OTHER, finished), **steps, "steps/train.py": under_way}


def addresses(finished: str, under_way: str) -> list[str]:
    """The same pages as a browser names them."""
    named = [f"{step.value}?project={under_way if step is Step.TRAIN else finished}" for step in Step]
    return ["", "models", "reviews", "you", *named]


def asked(home: Home, name: str, table: Path) -> ProblemView:
    """A project with the table, the question, and checks that leave nothing open."""
    project = projects.create(home, name)
    data.bring(home, table, table.name, project_id=project.id)
    answers = question.Answers(
        target="churned",
        known={"retention_call_minutes": KnownWhen.AFTER},
        group="customer_id",
        sensitive=("gender",),
        question=question.Question(
            who="customer", moment="a year begins", action="call", cost_wrong_yes=20, cost_missed_yes=120
        ),
    )
    problem = checks.check(home, question.frame_problem(home, project.id, answers).id)
    for _ in range(ROUNDS):
        if not problem.blockers:
            break
        problem = checks.check(home, checks.fix(home, problem.id).id)
    return problem


def trained(home: Home, table: Path) -> str:
    """A project whose model is trained, decided, approved and on record as released, so that every step is full."""
    problem = asked(home, "Churn", table)
    job = done(home, training.start(home, problem.id, Plan(minutes=0.5, quality=Quality.FAST)))
    reference = str((job.result or {})["model"])
    use = UseContract(purpose="Find who leaves.", not_for="Prices.", owner="Service", abstained_to="the desk")
    deciding.set_use(home, reference, use)
    reviewing.approve(home, reference, note="Better than what we have.")
    with db.writing(home.engine) as session:
        version = models.find(session=session, reference=reference)
        proof = Verification(rows=100, largest_difference=0.0, passed=True)
        releases.add(session=session, release_id="r0", version=version, verification=proof, digest="x")
        models.stage(session=session, version=version, stage=Stage.LIVE)
    return registry.show(home, reference).problem.project_id


def training_now(home: Home, table: Path) -> tuple[str, str]:
    """A second project whose training is under way; returns its id and the run's."""
    problem = asked(home, "Churn, again", table)
    run_id = training.start(home, problem.id, Plan(minutes=20, quality=Quality.BEST))
    wait(lambda: jobs.job(home, run_id).progress.stage not in {"", "Reading the rows"})
    return problem.project_id, run_id


if __name__ == "__main__":
    main()
