"""`handrail`: one command per workflow verb, nothing more.

Only click is imported here; what a command needs is imported when it runs, so that the first word comes at once.
"""

import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any

import click

from app import cli_cases, cli_registry, cli_tables
from app.options import MODEL, home_option, json_option, problem_options, reading_options, training_options
from app.terminal import boundary, opened, say, show_json, usage

Command = Callable[..., Any]
_FILE = click.Path(path_type=Path)


def command(name: str | None = None) -> Callable[[Command], click.Command]:
    """Register a verb with ``--home``; whatever it refuses is said in two sentences."""

    def register(function: Command) -> click.Command:
        @wraps(function)
        def run(home: Path | None, **arguments: Any) -> None:
            with boundary(as_json=bool(arguments.get("as_json"))) as said:
                if "said" in function.__annotations__:
                    arguments["said"] = said
                status = function(home_path=home, **arguments)
            sys.exit(status or 0)

        return main.command(name)(home_option(run))

    return register


class _Group(click.Group):
    """Click's own usage errors are told like every other bad input, with status 2."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **named: Any) -> Any:
        given = list(sys.argv[1:] if args is None else args)
        try:
            status = super().main(given, *rest, **{**named, "standalone_mode": False})
        except click.Abort:
            sys.exit(130)
        except click.ClickException as error:
            sys.exit(usage(error, as_json="--json" in given))
        sys.exit(status if isinstance(status, int) else 0)


@click.group(cls=_Group, invoke_without_command=True)
@click.option("--home", type=_FILE, default=None, help="Folder that holds everything (HANDRAIL_HOME).")
@click.pass_context
def main(context: click.Context, home: Path | None) -> None:
    """From a table to a reviewed, explained, fair and guarded prediction service."""
    context.obj = home
    if context.invoked_subcommand is None:
        context.invoke(start, home=home, host=None, port=None)


@command()
@click.option("--host", default=None, help="Address to bind; 127.0.0.1 unless HANDRAIL_BIND says container.")
@click.option("--port", type=int, default=None, help="Port of the web app; 8501 unless HANDRAIL_PORT says otherwise.")
def start(home_path: Path | None, host: str | None, port: int | None) -> int:
    """Start the web app and one worker, until Ctrl-C."""
    from app import settings
    from app.processes import start as run
    from app.workflow.home import open_home

    chosen = settings.load(home_path)
    open_home(chosen)
    return run(chosen.home, host or chosen.host, port or chosen.port)


@command()
@click.argument("files", nargs=-1, required=True, type=_FILE)
@reading_options
@json_option
def preview(home_path: Path | None, files: tuple[Path, ...], as_json: bool, **options: Any) -> int:
    """Show how each file will be read; keeps nothing."""
    from app import settings
    from app.options import reading
    from app.reports import preview as previewed

    said = reading(options)
    limit = settings.load(home_path).max_file_mb * 1_000_000
    refused = 0
    for file in files:
        report = previewed(file, limit, said)
        refused += report["status"] == "refused"
        show_json(report, lines=True) if as_json else say.preview(report)
    return 2 if refused else 0


@command()
@click.argument("file", type=_FILE)
@reading_options
@problem_options
@json_option
def check(home_path: Path | None, file: Path, as_json: bool, **options: Any) -> int:
    """Read, profile, formulate and run every guardrail that needs no model; keeps nothing."""
    from app import settings
    from app.commands import check_file

    report = check_file(file, options, settings.load(home_path))
    show_json(report) if as_json else say.check(report)
    return 0


@command()
@click.argument("file", type=_FILE)
@reading_options
@problem_options
@training_options
@json_option
def run(home_path: Path | None, file: Path, as_json: bool, said: dict[str, Any], **options: Any) -> int:
    """Go the whole way from a file to a draft version with its card."""
    from app.commands import run_file

    report = run_file(opened(home_path), file, options, said)
    show_json(report) if as_json else say.run(report)
    return 0


@command()
@json_option
def models(home_path: Path | None, as_json: bool) -> int:
    """List the registry."""
    from app.reports import versions

    report = versions(opened(home_path))
    show_json(report) if as_json else say.models(report)
    return 0


@command()
@click.argument("model", metavar=MODEL, required=False)
@click.option("--decision", default=None, metavar="ID", help="The version that took this decision (decision_id).")
@json_option
def show(home_path: Path | None, model: str | None, decision: str | None, as_json: bool) -> int:
    """Show one version with its lineage, evidence, reviews and life."""
    from app.reports_version import decided, version

    if not model and not decision:
        raise click.MissingParameter(param_type="argument", param_hint="'MODEL'")
    home = opened(home_path)
    report = decided(home, decision, model) if decision else version(home, str(model))
    show_json(report) if as_json else say.version(report)
    return 0


@command()
@click.argument("model", metavar=MODEL)
@click.option("-o", "out", type=_FILE, default=None, help="File to write; standard output otherwise.")
@click.option("--format", "form", type=click.Choice(["html", "md", "json"]), default="html", show_default=True)
def card(home_path: Path | None, model: str, out: Path | None, form: str) -> int:
    """Write the model card; json is a CycloneDX document with a modelCard."""
    from app.workflow import registry

    home = opened(home_path)
    text = registry.render(registry.card(home, model), form)
    if out is None:
        click.echo(text)
    else:
        out.write_text(text, encoding="utf-8")
        say.line(f"Wrote {out}.")
    return 0


@command()
@click.argument("model", metavar=MODEL)
@click.option("--note", required=True, help="What the decision rests on.")
@click.option("--accept", multiple=True, metavar="CODE", help="Accept an open approval finding; needs a --reason.")
@click.option("--reason", multiple=True, help="Why; one for each --accept, in the same order.")
def approve(home_path: Path | None, model: str, note: str, accept: tuple[str, ...], reason: tuple[str, ...]) -> int:
    """Approve a version."""
    from app.options import overrides
    from app.workflow import reviewing

    shown = reviewing.approve(opened(home_path), model, note=note, accepted=overrides(accept, reason))
    by = " by its builder: nobody else has looked" if shown.reviews[-1].by_builder else ""
    say.line(f"{shown.reference} is approved{by}.")
    return 0


@command()
@click.argument("model", metavar=MODEL)
@click.option("--note", default="", help="The answer, where a reviewer returned it with a question.")
def submit(home_path: Path | None, model: str, note: str) -> int:
    """Hand a version to a reviewer, with an answer where it was returned."""
    from app.workflow import reviewing

    say.line(f"{reviewing.submit(opened(home_path), model, note=note).reference} waits for a reviewer.")
    return 0


@command("return")
@click.argument("model", metavar=MODEL)
@click.option("--note", required=True, help="What is to be done.")
def send_back(home_path: Path | None, model: str, note: str) -> int:
    """Return a version to its builder."""
    from app.workflow import reviewing

    shown = reviewing.send_back(opened(home_path), model, note=note)
    say.line(f"{shown.reference} is returned.")
    return 0


@command()
@click.argument("model", metavar=MODEL)
@click.option(
    "--as",
    "form",
    type=click.Choice(["service", "wheel"]),
    default="service",
    show_default=True,
    help="A service that answers over HTTP, or a wheel for a Python program.",
)
@click.option("-o", "out", type=_FILE, default=None, help="Folder to copy it to.")
@json_option
def release(home_path: Path | None, model: str, form: str, out: Path | None, as_json: bool) -> int:
    """Build and verify what is put to use: a service, or a wheel."""
    from app.commands import release_model
    from engine.domain.service import Form

    report = release_model(opened(home_path), model, out, Form(form))
    show_json(report) if as_json else say.release(report)
    return 0


@command()
@click.argument("model", metavar=MODEL)
@click.option("--host", default=None, help="Address to bind; 127.0.0.1 unless HANDRAIL_BIND says container.")
@click.option("--port", type=int, default=3000, show_default=True)
def serve(home_path: Path | None, model: str, host: str | None, port: int) -> None:
    """Serve a released version with BentoML, until Ctrl-C."""
    from app.commands import serve_model

    home = opened(home_path)
    serve_model(home, model, host or home.settings.host, port)


@command()
@click.argument("model", metavar=MODEL)
@click.argument("file", type=_FILE)
@click.option("-o", "out", type=_FILE, required=True, help="File to write: .csv, .tsv, .parquet or .xlsx.")
@click.option("--explain", is_flag=True, help="Add the three main reasons of each row.")
@json_option
def score(home_path: Path | None, model: str, file: Path, out: Path, explain: bool, as_json: bool) -> int:
    """Predict for every row of a file."""
    from app.commands import score_file

    report = score_file(opened(home_path), model, file, out, explain=explain)
    show_json(report) if as_json else say.score(report)
    return 0


@command()
@click.option("--until-idle", is_flag=True, help="End when there is nothing to do.")
def worker(home_path: Path | None, until_idle: bool) -> None:
    """Run one worker process."""
    import os

    from app.worker import main as work

    if home_path is not None:
        os.environ["HANDRAIL_HOME"] = str(home_path.resolve())
    work(until_idle=until_idle)


@command()
@json_option
def doctor(home_path: Path | None, as_json: bool) -> int:
    """Say what is installed, reachable and writable, how much memory and disk there is."""
    from app.doctor import examine

    report = examine(home_path)
    show_json(report) if as_json else say.doctor(report)
    return 0 if all(line["fine"] for line in report["checks"]) else 2


for _verb in (*cli_tables.VERBS, *cli_cases.VERBS, *cli_registry.VERBS):
    command(_verb.__name__.rstrip("_"))(_verb)


if __name__ == "__main__":
    main()
