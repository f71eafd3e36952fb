"""Remove: files and folders for good, and all of them: an obstacle in one place keeps nothing else."""

import logging
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from engine.errors import HandrailError, Unavailable

_log = logging.getLogger(__name__)


def remove(path: Path) -> None:
    """Erase a file, or a folder as far as that goes; it need not be there.

    Raises
    ------
    Unavailable
        If it, or something in it, cannot be erased.
    """
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)  # else it would end at the first file that stays
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)  # says why
        else:
            path.unlink(missing_ok=True)
    except FileNotFoundError:
        return
    except OSError as error:
        raise Unavailable(
            f"{path} could not be erased ({error.strerror}).", fix="Delete what is named here yourself."
        ) from error


def each(steps: Iterable[Callable[[], Any]]) -> None:
    """Take every step, also after one that fails.

    Raises
    ------
    Exception
        The first that a step raised; where several did and it is a refusal, it says how many more there are.
    """
    failed: list[Exception] = []
    for step in steps:
        try:
            step()
        except Exception as error:  # whatever it is, what comes after it is to be erased as well
            if not isinstance(error, HandrailError):  # that says itself what is wrong
                _log.exception("a step of erasing failed")
            failed.append(error)
    if not failed:
        return
    first = failed[0]
    if isinstance(first, HandrailError) and len(failed) > 1:
        rest = "; ".join(more.problem if isinstance(more, HandrailError) else str(more) for more in failed[1:])
        raise type(first)(f"{first.problem} Nor could this be done: {rest}", fix=first.fix) from first
    raise first
