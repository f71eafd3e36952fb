"""The verbs about what services decided and left to people; as in ``app.cli``, which registers them."""

from pathlib import Path
from typing import Any

import click

from app.options import MODEL, json_option
from app.terminal import opened, say, show_json

_FILE = click.Path(path_type=Path)


@click.argument("model", metavar=MODEL)
@click.argument("file", type=_FILE, required=False)
@json_option
def collect(home_path: Path | None, model: str, file: Path | None, as_json: bool) -> int:
    """Bring into the registry what services decided: those of this home, or one elsewhere by its FILE."""
    from app.reports_cases import collected

    report = collected(opened(home_path), model, file)
    show_json(report) if as_json else _say_collected(report)
    return 0


@click.argument("model", metavar=MODEL, required=False)
@click.option("-o", "out", type=_FILE, default=None, help="File to write: .csv or .parquet, the answered cases.")
@click.option("--decision", default=None, metavar="ID", help="The case of this decision.")
@click.option("--label", default=None, help="Answer it so.")
@click.option("--unknowable", is_flag=True, help="Say that its answer cannot be known.")
@click.option("--note", default=None, help="What else is to be said; without an answer it is kept until there is one.")
@json_option
def cases(
    home_path: Path | None,
    model: str | None,
    out: Path | None,
    decision: str | None,
    label: str | None,
    unknowable: bool,
    note: str | None,
    as_json: bool,
) -> int:
    """List the cases that wait for a person, answer one, or write those of MODEL that were answered."""
    from app import reports_cases as reports
    from app.workflow import cases as workflow
    from engine.errors import Refused, UnusableOption

    home = opened(home_path)
    if (label is not None or unknowable) and not decision:
        raise UnusableOption("Nothing says which case is answered.", fix="Name it with --decision ID.")
    if note is not None and not decision:
        raise UnusableOption("Nothing says which case the note is about.", fix="Name it with --decision ID.")
    if label is not None and unknowable:
        raise UnusableOption("--label and --unknowable say different things.", fix="Give one of them.")
    if decision and (label is not None or unknowable):
        workflow.answer(home, decision, label, note)
    elif decision and note is not None and not workflow.keep_note(home, decision, note):
        workflow.show(home, decision)  # which says so where there is no such case
        raise Refused("The case waits no more, so the note was not kept.", fix="`handrail cases` lists those that do.")
    if out is not None and not model:
        raise click.MissingParameter(param_type="argument", param_hint="'MODEL'")
    if decision:
        one = reports.case(workflow.show(home, decision))
        show_json({"case": one}) if as_json else _say([one])
    elif out is not None:
        report = reports.labels(home, str(model), out)
        show_json(report) if as_json else _say_labels(report)
    else:
        report = reports.cases(home, model)
        if as_json:
            show_json(report)
        else:
            _say(report["cases"], report["waiting"], f" of {model}" if model else "")
            _warn(report["leaving"])
    return 0


def _say_collected(report: dict[str, Any]) -> None:
    say.line(
        f"{report['decisions']} new decisions, {report['outcomes']} outcomes, {report['cases']} cases for a person; "
        f"{report['waiting']} cases wait."
    )
    if report["left_alone"]:
        say.note(f"Not of a model that is meant here, so left alone: {', '.join(report['left_alone'][:10])}.")
    if report["unmatched"]:
        say.note(
            f"Outcomes of no decision that is here, so left out: {report['unmatched']}."
            " If another copy of the service decided, collect its file, then this one again."
        )


def _say_labels(report: dict[str, Any]) -> None:
    say.line(f"{report['rows']} answered cases of {report['model']}: {report['file']}")
    if report["unusable"]:
        say.note(
            f"Left out, because what an application reported is no answer to the question: {report['unusable']}."
            " Let it report again, or answer those that still wait."
        )


def _warn(leaving: dict[str, Any]) -> None:
    if leaving["count"]:
        are = "1 of them is" if leaving["count"] == 1 else f"{leaving['count']} of them are"
        say.note(
            f"{are} deleted within {leaving['days']} day{'s' * (leaving['days'] != 1)} unless somebody answers; "
            f"the first on {leaving['first'][:10]}."
        )


def _say(told: list[dict[str, Any]], waiting: int | None = None, of: str = "") -> None:
    for case in told:
        answered = (
            "" if case["state"] == "waiting" else f"; {case['state']}: {case['answer'] or '-'} ({case['by'] or '-'})"
        )
        until = f" (kept until {case['kept_until'][:10]})" if case["state"] == "waiting" else ""
        say.line(f"{case['decision_id']}  {case['at'][:16].replace('T', ' ')}  {case['model']} on {case['target']}: "
                 f"{' '.join(case['why'])}{answered}{until}")  # fmt: skip
    if waiting is not None:
        say.line(f"{waiting} cases{of} wait for a person." if waiting else f"No case{of} waits for a person.")


VERBS = (collect, cases)
