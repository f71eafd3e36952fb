"""The longer commands: what they do between their options and their report."""

import os
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

from app import follow, options, reports, say
from app.settings import Settings
from app.workflow import (
    checks,
    collecting,
    data,
    keys,
    projects,
    question,
    registry,
    releasing,
    scoring,
    training,
    wizarding,
)
from app.workflow.home import Home
from app.workflow.views import DatasetView, ProblemView, ProjectView
from engine.domain.run import Plan, Quality
from engine.domain.service import Form, Verification
from engine.errors import UnusableInput, UnusableOption


def check_file(file: Path, given: dict[str, Any], settings: Settings) -> dict[str, Any]:
    """Read a file and run every guardrail that needs no model. Keeps nothing; an override opens nothing here."""
    from engine.data.read import read_file

    accepted = options.overrides(given["accept"], given["reason"])
    use = options.use(given)
    began = time.perf_counter()
    read = read_file(file, limit_bytes=settings.max_file_mb * 1_000_000, reading=options.reading(given))
    seconds = {"read": time.perf_counter() - began}
    answers = options.answers(given, given["target"]) if given["target"] else None
    found = checks.check_table(read, given["name"] or file.name, answers, use, overrides=accepted, fix=given["fix"])
    return reports.checked(found.dataset, found.problem, found.outcomes, seconds | found.seconds)


def run_file(home: Home, file: Path, given: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Go from a file to a draft version; ``said`` receives the outcomes, for a refusal to show."""
    plan = _plan(given)
    accepted = options.overrides(given["accept"], given["reason"])
    use = options.use(given)
    if not given["target"]:
        raise UnusableInput("No column to predict was named.", fix="Name it with --target COL.")
    seconds: dict[str, float] = {}
    began = time.perf_counter()
    project, known = _brought(home, file, given)
    seconds["read"] = time.perf_counter() - began
    began = time.perf_counter()
    asked = question.frame_problem(home, project.id, options.answers(given, given["target"]), anew=True)
    for override in accepted:
        checks.override(home, asked.id, override)
    asked = _checked(home, asked, use, fix=given["fix"])
    seconds["guardrails"] = time.perf_counter() - began
    said["outcomes"] = reports.outcomes(asked.outcomes or ())
    run_id = training.start(home, asked.id, plan, use=use)
    began = time.perf_counter()
    done = follow.until_final(home, run_id, say.progress)
    seconds["train"] = time.perf_counter() - began
    follow.require_done(done)
    reference = str((done.result or {})["model"])
    path = home.path / "cards" / f"{reference.replace(':', '-')}.html"
    path.parent.mkdir(exist_ok=True)
    path.write_text(registry.render(registry.card(home, reference), "html"), encoding="utf-8")
    return reports.ran(registry.show(home, reference), known, path, seconds)


def _brought(home: Home, file: Path, given: dict[str, Any]) -> tuple[ProjectView, DatasetView]:
    """Bring a file into the project of its name; one is begun once there is a table: a refusal leaves none behind."""
    name, reading = given["name"] or file.stem, options.reading(given)
    project = projects.called(home, name)
    known = data.bring(
        home, file, given["name"] or file.name, project_id=project.id if project else None, reading=reading
    )
    if project is None:
        project = projects.create(home, name)
        wizarding.use_dataset(home, project.id, known.dataset.id)
    return project, known


def _plan(given: dict[str, Any]) -> Plan:
    minutes = given["minutes"]
    if not 0 < minutes <= 24 * 60:
        raise UnusableOption(
            f"The training budget is {minutes:g} minutes.", fix="Give --minutes above 0 and up to 1440, such as 5."
        )
    return Plan(minutes=minutes, quality=Quality(given["quality"]), seed=given["seed"])


def _checked(home: Home, asked: ProblemView, use: dict[str, str], *, fix: bool) -> ProblemView:
    say.note("Checking the data")
    asked = checks.check(home, asked.id, use)
    for _ in range(checks.ROUNDS if fix else 0):
        fixed = checks.fix(home, asked.id)
        if fixed.id == asked.id:
            break
        asked = checks.check(home, fixed.id, use)
    return asked


def release_model(home: Home, reference: str, out: Path | None, form: Form = Form.SERVICE) -> dict[str, Any]:
    """Build and verify a version's Bento or wheel, unless that was done, and copy it where the person wants it."""
    began = time.perf_counter()
    if out is not None:
        releasing.require_place(out, form)  # before half a minute of building
    proof = releasing.standing(home, reference, form)
    reused = proof is not None
    if proof is None:
        done = follow.until_final(home, releasing.start(home, reference, form), say.progress)
        follow.require_done(done)
        proof = Verification.model_validate((done.result or {})["verification"])
    place = releasing.export(home, reference, out, form) if out else releasing.released(home, reference, form)
    shown = registry.show(home, reference)
    return {
        "model": shown.reference,
        "stage": shown.stage,
        "bento" if form is Form.SERVICE else "wheel": str(place),
        "reused": reused,
        "verification": proof.model_dump(mode="json"),
        "seconds": time.perf_counter() - began,
    }


def serve_model(home: Home, reference: str, host: str, port: int) -> NoReturn:
    """Serve a released version until Ctrl-C: this process becomes the server, so that signals reach it."""
    from app.processes import ensure_free
    from engine.serving import bento

    folder, shown = releasing.released(home, reference), registry.show(home, reference)
    ensure_free(host, port)
    say.note(f"Serving {shown.reference} on http://{host}:{port} (Ctrl-C ends it)")
    command = bento.command(folder, host=host, port=port)
    environment = bento.environment(
        home.path / "bentoml",
        log=collecting.service_file(home),
        withdrawn=releasing.withdrawal(home, shown),
        keys=keys.tell(home, shown.name),
    )
    os.execve(command[0], command, environment)  # noqa: S606 - our own command, no shell


def score_file(home: Home, reference: str, file: Path, out: Path, *, explain: bool) -> dict[str, Any]:
    """Predict for every row of a file."""
    from engine.serving.sheet import checked

    checked(out)
    if out.exists() and file.exists() and out.samefile(file):
        raise UnusableOption(f"{str(out)!r} is the file that is scored.", fix="Name another file with -o.")
    with tempfile.TemporaryDirectory(dir=home.path / "work") as work:
        summary = scoring.score(
            home, reference, file, out, work=Path(work), explain=explain, on_progress=lambda p: say.stage(p.stage)
        )
    return {"file": str(out), **summary}
