"""What the command line says to people: short lines, the number with its neighbour."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engine.domain.version import Stage
from engine.problem.words import alike, rounded

if TYPE_CHECKING:
    from app.workflow.views import JobView

_MARK = {"blocker": "STOP ", "warning": "LOOK ", "note": "NOTE "}
_last: dict[str, Any] = {"text": "", "at": 0.0}


def line(text: str) -> None:
    """Say one line on standard output."""
    click.echo(text)


def note(text: str) -> None:
    """Say one line on standard error."""
    click.echo(text, err=True)


def progress(job: "JobView") -> None:
    """Say what a job does and how far it is."""
    p = job.progress
    text = p.stage or ("Waiting for its turn" if job.ahead else "Starting")
    if p.models:
        text += f"; {p.models} model{'s' if p.models > 1 else ''} tried"
    if p.best_score is not None:
        text += f"; best so far {rounded(p.best_score)}"
    if sys.stderr.isatty() and p.seconds_left is not None:
        text += f"; about {p.seconds_left:.0f} s left"
    stage(text)


def stage(text: str) -> None:
    """Say what is being done, when that changed; on a terminal at most twice a second."""
    if text != _last["text"] and time.monotonic() - _last["at"] > (0.5 if sys.stderr.isatty() else 5.0):
        _last.update(text=text, at=time.monotonic())
        note(text)


def preview(report: dict[str, Any]) -> None:
    """Say how a file will be read."""
    line(f"{report['file']}: {report['status'].replace('_', ' ')}")
    if report["status"] == "refused":
        line(f"  {report['problem']} {report['fix']}")
        return
    reader = {key: value for key, value in report["reader"].items() if value not in (None, [])}
    line(f"  {report['rows']} rows; " + ", ".join(f"{key} {value!r}" for key, value in reader.items()))
    for column in report["columns"]:
        unit = f" in {report['units'][column['name']]}" if column["name"] in report["units"] else ""
        line(f"  {column['name']}: {column['type']}{unit}")
    for rejected in report["rejected"]:
        line(f"  line {rejected['line']} was not read: {rejected['reason']}")
    for text in report["notes"]:
        line(f"  {text}")


def check(report: dict[str, Any]) -> None:
    """Say what the guardrails found, the worst first."""
    dataset, problem = report["dataset"], report["problem"]
    line(f"{dataset['name']}: {dataset['rows']} rows, {dataset['columns']} columns")
    for reason in problem["reasons"] if problem else ():
        line(f"  {reason}")
    outcomes(report["outcomes"])


def outcomes(found: list[dict[str, Any]]) -> None:
    """Say the findings, the worst first, then how many were fine."""
    order = list(_MARK)
    flagged = [o for o in found if o["verdict"] == "flagged"]
    for outcome in sorted(flagged, key=lambda o: order.index(o["severity"])):
        line(f"{_MARK[outcome['severity']]} {outcome['code']} {outcome['problem']} {outcome['fix']}")
    for outcome in found:
        if outcome["verdict"] == "could_not_run":
            line(f"?     {outcome['code']} {outcome['title']}: could not be checked. {outcome['problem']}")
    fine = sum(o["verdict"] == "passed" for o in found)
    line(f"{len(flagged)} findings, {fine} checks passed")


def run(report: dict[str, Any]) -> None:
    """Say what a run came to."""
    outcomes(report["outcomes"])
    line("")
    line(report["headline"])
    _score(report)
    line(f"Draft {report['model']}; its card: {report['card']}")
    line(f"Next: handrail approve {report['model']} --note ..., then handrail release {report['model']}")


def _score(report: dict[str, Any]) -> None:
    score = report["score"]
    beside = [baseline["value"] for baseline in report["baselines"]]
    value, low, high, *simple = alike(score["value"], *score["interval"], beside=beside)
    line(f"{score['metric']} {value} ({low} to {high}, on {score['rows']} test rows)")
    for baseline, said in zip(report["baselines"], simple, strict=True):
        line(f"  {baseline['label'] or baseline['name']}: {said}")


def models(report: dict[str, Any]) -> None:
    """Say what the registry holds."""
    if not report["models"]:
        line("There are no models yet. `handrail run FILE --target COL` makes one.")
    for row in report["models"]:
        score = row["score"]
        known = score["value"] is not None
        value = f"{score['metric']} {rounded(score['value'])} on {score['rows']} rows" if known else ""
        line(f"{row['model']:<24} {row['stage']:<10} predicts {row['target']}; {value}")


def version(report: dict[str, Any]) -> None:
    """Say everything about one version, and the decision that led to it, where one did."""
    if decision := report.get("decision"):
        line(f"{decision['decision_id']}, {decision['at']}: {decision['prediction']}, so {decision['decision']!r} "
             f"({decision['trust']}), asked by {decision['application'] or 'whoever, without a key'}; "
             f"what then happened: {decision['outcome'] or 'nobody has said'}.")  # fmt: skip
    line(f"{report['model']}: {report['stage']}")
    for part in report["page"]:
        line(part["part"])
        for fact in part["facts"]:
            line(f"  {fact['what']}: {fact['said']}")
    if unreadable := report["lineage"]["unreadable"]:
        line(f"  {unreadable}")
    for gap in report["gaps"]:
        line(f"Gap: {gap}")
    for moment in report["life"]:
        line(f"{moment['at'][:16].replace('T', ' ')}  {moment['said']}" + (f" ({moment['by']})" * bool(moment["by"])))
    line(f"ML Test Score {report['readiness']['score']:g} of 7 (`handrail answer {report['model']}` says why)")


def ready(report: dict[str, Any]) -> None:
    """Say how ready a version is, test by test."""
    line(f"{report['model']}: ML Test Score {report['score']:g} of 7. {report['says']}")
    for section, points in report["sections"].items():
        line(f"{section}: {points:g} of 7")
        for test in (t for t in report["tests"] if t["section"] == section):
            given = f" ({test['answer']['by']}, {test['answer']['at'][:10]})" if test["answer"] else ""
            asks = " You can say." if test["asked"] and not given else ""
            line(f"  {test['test']:<17} {test['done']:<10} {test['title']}. {test['evidence']}{given}{asks}")


def release(report: dict[str, Any]) -> None:
    """Say what was released."""
    found = report["verification"]
    if report["reused"]:
        line(f"{report['model']} was released before, and its files are as they were sealed: nothing is built again.")
    line(f"{report['model']} is released: {found['rows']} rows agree in a clean process "
         f"(largest difference {found['largest_difference']:.1g}).")  # fmt: skip
    if wheel := report.get("wheel"):
        module = Path(wheel).name.partition("-")[0]
        line(f"The wheel: {wheel}")
        line(f"Next: pip install {wheel}; then, in Python: import {module}; {module}.predict([{module}.sample()])")
        return
    line(f"The Bento: {report['bento']}")
    line(f"Next: handrail {'serve' if report['stage'] == 'live' else 'promote'} {report['model']}")


def moved(report: dict[str, Any]) -> None:
    """Say which version is live now."""
    instead = f" instead of {report['before']}" if report["before"] and report["stage"] == Stage.LIVE else ""
    line(f"{report['model']} is {report['stage']}{instead}.")
    if report["stage"] == Stage.RETIRED:
        line("It refuses to answer from now on." if report["answers"] == "refuse" else "It says so with every answer.")
        line(f"{report['live']} is live." if report["live"] else "No version of this model is live now.")
        return  # what `handrail serve` runs hears of it by itself
    note("A service that runs goes on with the version it was started with: start it again.")


def keys(report: dict[str, Any]) -> None:
    """Say which applications may ask which models."""
    for one in report["keys"]:
        until = f"revoked {one['revoked'][:10]}" if one["revoked"] else "holds"
        line(f"{one['id']}  {one['model']:<24} {one['application']:<24} ...{one['last_four']}  "
             f"made {one['created'][:10]}, {until}")  # fmt: skip
    if not report["keys"]:
        line("There are no keys: whoever reaches a service may ask it.")


def key_made(report: dict[str, Any]) -> None:
    """Say a new key, which nobody can see again."""
    line(report["key"])
    note(
        f"That is the key of {report['application']} for {report['model']}. It is shown this once: "
        "only its hash is kept."
    )
    note("Calls carry it as a header: Authorization: Bearer KEY. From now on this model answers nobody without a key.")


def key_revoked(report: dict[str, Any]) -> None:
    """Say whose key ended."""
    line(f"The key of {report['application']} for {report['model']} that ends in {report['last_four']} is revoked.")


def compared(report: dict[str, Any]) -> None:
    """Say what changed between two versions."""
    line(report["said"])
    part = ""
    for change in report["changes"]:
        if change["part"] != part:
            part = change["part"]
            line(part)
        line(f"  {change['what']}: {change['model']} (in {report['against']}: {change['against']})")
    if not report["changes"]:
        line("Nothing else differs between them.")


def backed_up(report: dict[str, Any]) -> None:
    """Say what was saved, and how to keep it."""
    line(f"{report['file']}: {report['files']} files, {report['bytes'] / 1e6:.1f} MB")
    note("It holds your tables and this installation's key: keep it where only you can read it.")


def combined(report: dict[str, Any]) -> None:
    """Say what two tables became."""
    for text in report["notes"]:
        line(text)
    line(f"{report['rows']} rows, {len(report['columns'])} columns: {report['file']}")
    if report["known_after"]:
        after = " ".join(f'--known-after "{name}"' for name in report["known_after"])
        line(f"Next: handrail check {report['file']} {after}")


def datasets(report: dict[str, Any]) -> None:
    """Say which tables there are."""
    for row in report["datasets"]:
        used = ", ".join(row["projects"]) or "no project"
        line(f"{row['id']}  {row['name']}: {row['rows']} rows, {row['columns']} columns ({row['kind']}); {used}"
             + (f"; learned by {', '.join(row['models'])}" if row["models"] else ""))  # fmt: skip
    if not report["datasets"]:
        line("No table was brought yet.")


def score(report: dict[str, Any]) -> None:
    """Say what was scored."""
    line(f"{report['rows']} rows scored with {report['model']}: {report['file']}")
    if report["explained"]:
        note(f"Reasons: {report['explained']}")


def reproduced(report: dict[str, Any]) -> None:
    """Say whether fitting again gave the same answers, model by model."""
    if not report["replayed"]:
        line("This run is from before what was fitted was recorded: it was trained again by the clock.")
    if report["largest_difference"] is None:
        line(f"Training {report['model']} again gave no such model to compare.")
    else:
        word = "the same answers" if report["same"] else "other answers"
        line(f"Training {report['model']} again gave {word}: the largest difference on {report['rows']} rows is "
             f"{report['largest_difference']:.3g}.")  # fmt: skip
    for each in report["compared"]:
        line(f"  {each['model']}, {each['what']}: {each['difference']:.3g} on {each['rows']} rows")
    for text in report["differs"]:
        line(f"  {text}")
    if report["adopted"]:
        line("It came from another installation; the model that was fitted here has taken its place.")


def exported(report: dict[str, Any]) -> None:
    """Say what a project's file holds."""
    line(f"{report['project']} is in {report['file']} ({report['bytes'] / 1e6:,.1f} MB), "
         f"with {', '.join(report['models']) or 'no model'}.")  # fmt: skip
    if report["tables"]:
        note(f"The file holds the tables themselves ({', '.join(report['tables'])}): keep it as you keep those.")
    if report["decisions"]:
        left = f", {report['cases']:,} of them cases with their values" if report["cases"] else ""
        note(f"It holds {report['decisions']:,} decisions and what then happened{left}.")
    if report["without"]:
        note(f"Keys of applications stay here ({', '.join(report['without'])}): elsewhere each needs a new one.")


def imported(report: dict[str, Any]) -> None:
    """Say what came in, and what can be done with it."""
    line(f"{report['project']} is here, with {', '.join(report['models']) or 'no model'}.")
    for text in report["notes"]:
        line(f"  {text}")
    if not report["own"] and report["models"]:
        line("It was exported elsewhere: cards and records can be read, models are not opened before they are fitted "
             f"again here. Next: handrail reproduce {report['models'][-1]}")  # fmt: skip


def doctor(report: dict[str, Any]) -> None:
    """Say how this installation is."""
    for entry in report["checks"]:
        line(f"{'fine ' if entry['fine'] else 'LOOK '} {entry['what']}: {entry['found']}")
        if not entry["fine"]:
            line(f"      {entry['fix']}")
