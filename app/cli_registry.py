"""The verbs about the registry: what is sealed, which version is live; as in ``app.cli``, which registers them."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.options import MODEL, json_option
from app.terminal import opened, say, show_json

if TYPE_CHECKING:
    from app.workflow.stages import Moved

_FILE = click.Path(path_type=Path)
_why = click.option("--note", "why", default="", help="Why; it stands in the record.")


@click.argument("model", metavar=MODEL, required=False)
def verify(home_path: Path | None, model: str | None) -> int:
    """Check the record of what was done, and the seals of a version or of everything."""
    from app.workflow import verifying

    for line in verifying.verify(opened(home_path), model):
        say.line(line)
    return 0


@click.argument("model", metavar=MODEL)
@json_option
def reproduce(home_path: Path | None, model: str, as_json: bool) -> int:
    """Fit a model again exactly as recorded, and compare the answers."""
    from app.workflow import reproducing

    report = reproducing.reproduce(opened(home_path), model)
    show_json(report) if as_json else say.reproduced(report)
    return 0 if report["same"] and not report["differs"] else 1


@click.argument("model", metavar=MODEL)
@_why
@json_option
def promote(home_path: Path | None, model: str, why: str, as_json: bool) -> int:
    """Make an approved and released version the live one."""
    from app.workflow import stages

    return _tell(stages.promote, opened(home_path), model, why, as_json=as_json)


@click.argument("name", metavar="NAME")
@_why
@json_option
def rollback(home_path: Path | None, name: str, why: str, as_json: bool) -> int:
    """Go back to the version that was live before."""
    from app.workflow import stages

    return _tell(stages.rollback, opened(home_path), name, why, as_json=as_json)


@click.argument("model", metavar=MODEL)
@_why
@json_option
def retire(home_path: Path | None, model: str, why: str, as_json: bool) -> int:
    """End the use of a version: it answers as its use contract says, with a flag or not at all."""
    from app.workflow import stages

    return _tell(stages.retire, opened(home_path), model, why, as_json=as_json)


@click.argument("model", metavar=MODEL)
@click.argument("test", required=False)
@click.argument("done", type=click.Choice(["not_done", "by_hand", "automated"]), required=False)
@json_option
def answer(home_path: Path | None, model: str, test: str | None, done: str | None, as_json: bool) -> int:
    """Say how far a TEST of the ML Test Score is DONE that only a person knows; without one, show all 28."""
    from app.reports import ready
    from app.workflow import registry, reviewing
    from engine.domain.card import Done
    from engine.errors import UnusableOption

    home = opened(home_path)
    if test and not done:
        raise UnusableOption(f"Nothing is said of {test!r}.", fix="Add not_done, by_hand or automated.")
    if test and done:
        reviewing.answer(home, model, test, Done(done))
    report = {"model": registry.show(home, model).reference, **ready(registry.card(home, model))}
    show_json(report) if as_json else say.ready(report)
    return 0


@click.argument("model", metavar=MODEL)
@click.argument("against", metavar="[OTHER]", required=False)
@json_option
def compare(home_path: Path | None, model: str, against: str | None, as_json: bool) -> int:
    """Say what changed between two versions; OTHER is the live one, else the one before, unless named."""
    from app.reports import compared

    report = compared(opened(home_path), model, against)
    show_json(report) if as_json else say.compared(report)
    return 0


@click.argument("deed", metavar="add|list|revoke", type=click.Choice(["add", "list", "revoke"]))
@click.argument("named", metavar="[MODEL|KEY]", required=False)
@click.option("--application", default=None, metavar="NAME", help="Which application a new key is for.")
@json_option
def key(home_path: Path | None, deed: str, named: str | None, application: str | None, as_json: bool) -> int:
    """Say which applications may ask a MODEL: add a key, list them, or revoke the one whose id is KEY."""
    from app.reports import key as told
    from app.workflow import keys

    home = opened(home_path)
    if deed == "list":
        report: dict[str, Any] = {"keys": [told(one) for one in keys.every(home, named)]}
        show_json(report) if as_json else say.keys(report)
    elif deed == "add":
        made = keys.add(home, _given(named, "'MODEL'"), _given(application, "'--application'"))
        report = {**told(made.shown), "key": made.key}
        show_json(report) if as_json else say.key_made(report)
    else:
        report = told(keys.revoke(home, _given(named, "'KEY'")))
        show_json(report) if as_json else say.key_revoked(report)
    return 0


def _given(value: str | None, hint: str) -> str:
    if not value:
        raise click.MissingParameter(param_type="argument", param_hint=hint)
    return value


@click.argument("project")
@click.option("--back", is_flag=True, help="Take it out again.")
def archive(home_path: Path | None, project: str, back: bool) -> int:
    """Put a project away; nothing of it is lost."""
    from app.workflow import erasing, projects

    home = opened(home_path)
    erasing.archive(home, projects.named(home, project).id, archived=not back)
    say.line(f"{project} is {'back' if back else 'put away'}.")
    return 0


@click.argument("project")
@click.option("--yes", is_flag=True, help="Without it nothing is erased.")
@json_option
def delete(home_path: Path | None, project: str, yes: bool, as_json: bool) -> int:
    """Erase a project for good, with its models and the tables that no other project uses."""
    from app.workflow import erasing, projects
    from engine.errors import UnusableOption

    home = opened(home_path)
    known = projects.named(home, project)
    if not yes:
        raise UnusableOption(
            f"Erasing {known.name!r} with its models, releases and tables cannot be undone.", fix="Say so with --yes."
        )
    tables = erasing.erase(home, known.id)
    report = {"project": known.name, "tables": list(tables)}
    gone = f", with {', '.join(tables)}" if tables else ""
    show_json(report) if as_json else say.line(f"{known.name} is erased{gone}. Copies that you made elsewhere stay.")
    return 0


@click.argument("project")
@click.argument("file", type=_FILE)
@json_option
def export(home_path: Path | None, project: str, file: Path, as_json: bool) -> int:
    """Write a project with all that led to its models into one new FILE; it holds the project's tables."""
    from app.workflow import exporting, projects

    home = opened(home_path)
    kept = exporting.export(home, projects.named(home, project).id, file)
    report = {**asdict(kept), "file": str(kept.file), "project": project}
    show_json(report) if as_json else say.exported(report)
    return 0


@click.argument("file", type=_FILE)
@json_option
def import_(home_path: Path | None, file: Path, as_json: bool) -> int:
    """Take in a project that `handrail export` wrote, here or elsewhere."""
    from app.workflow import importing

    report = asdict(importing.bring(opened(home_path), file))
    show_json(report) if as_json else say.imported(report)
    return 0


@click.argument("file", type=_FILE)
@json_option
def backup(home_path: Path | None, file: Path, as_json: bool) -> int:
    """Write the whole home into one new file."""
    from app.workflow.backup import backup as back_up

    kept = back_up(opened(home_path), file)
    report = {"file": str(kept.file), "files": kept.files, "bytes": kept.bytes}
    show_json(report) if as_json else say.backed_up(report)
    return 0


@click.argument("file", type=_FILE)
@json_option
def restore(home_path: Path | None, file: Path, as_json: bool) -> int:
    """Lay a backup out as a home that is empty or absent."""
    from app import settings
    from app.workflow.restoring import restore as lay_out

    chosen = settings.load(home_path.resolve() if home_path else None)
    verified = []
    for line in lay_out(chosen, file):
        verified.append(line)
        say.note(line)
    report = {"home": str(chosen.home), "verified": verified}
    show_json(report) if as_json else say.line(f"{file} is restored in {chosen.home}.")
    return 0


def _tell(verb: "Callable[..., Moved]", home: Any, named: str, why: str, *, as_json: bool) -> int:
    from app.reports import moved

    report = moved(verb(home, named, why=why))
    show_json(report) if as_json else say.moved(report)
    return 0


VERBS = (
    *(verify, reproduce, promote, rollback, retire, key, answer, compare),
    *(archive, delete, export, import_, backup, restore),
)
