"""How the command line speaks: results to standard output, everything else to standard error, never a traceback."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app import say
from engine.errors import HandrailError, no_room

if TYPE_CHECKING:
    from app.workflow.home import Home

__all__ = ["boundary", "opened", "say", "show_json", "usage"]

_log = logging.getLogger(__name__)


@contextmanager
def boundary(*, as_json: bool) -> Iterator[dict[str, Any]]:
    """Turn whatever goes wrong into two sentences and an exit status; log as the settings say.

    Yields a dict: what a command puts into it (``outcomes``) stands beside the error in JSON.
    """
    from app import logs, settings

    said: dict[str, Any] = {}
    try:
        logs.configure(settings.load(), least=logging.WARNING)
        yield said
    except HandrailError as error:
        _refuse(error.code, error.problem, error.fix, said, as_json=as_json)
        sys.exit(error.exit_status)
    except BrokenPipeError:
        # Whoever read our output has enough of it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _refuse("interrupted", "It was interrupted.", "Start it again when you like.", said, as_json=as_json)
        sys.exit(130)
    except click.ClickException:
        raise
    except Exception as error:
        if full := no_room(error):
            _refuse(full.code, full.problem, full.fix, said, as_json=as_json)
            sys.exit(full.exit_status)
        if isinstance(error, OSError):
            where = f" ({error.filename})" if error.filename else ""
            problem = f"The system says: {error.strerror or error}{where}."
            _refuse("unavailable", problem, "Look there, then try again.", said, as_json=as_json)
            sys.exit(2)
        _log.debug("our own failure", exc_info=error)
        problem = f"Something in Handrail failed: {type(error).__name__}: {error}."
        fix = "Report it with this line; HANDRAIL_LOG_LEVEL=DEBUG shows more."
        _refuse("failed", problem, fix, said, as_json=as_json)
        sys.exit(3)


def opened(path: Path | None) -> "Home":
    """Open the home that a command names, else the one of the settings."""
    from app import settings
    from app.workflow.home import open_home

    return open_home(settings.load(path.resolve() if path else None))


def usage(error: click.ClickException, *, as_json: bool) -> int:
    """Tell what is wrong with a command as it was typed; return the exit status."""
    problem = error.format_message().strip()
    problem = problem if problem.endswith((".", "?", "!")) else f"{problem}."
    context = getattr(error, "ctx", None)
    fix = f"See {context.command_path} --help." if context else "See handrail --help."
    _refuse("usage", problem, fix, {}, as_json=as_json)
    return error.exit_code


def show_json(report: Any, *, lines: bool = False) -> None:
    """Print a report as JSON: indented, or on one line."""
    click.echo(json.dumps(report, ensure_ascii=False, default=str, indent=None if lines else 1))


def _refuse(code: str, problem: str, fix: str, said: dict[str, Any], *, as_json: bool) -> None:
    click.echo(f"{problem} {fix}", err=True)
    if as_json:
        show_json({"error": {"code": code, "problem": problem, "fix": fix}, "outcomes": said.get("outcomes", [])})
