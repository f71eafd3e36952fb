"""What-if questions: the app asks the warm scorer, a process of the worker's that holds one opened model.

Two small files in the home's folder ``warm`` tell each side of the other: ``wanted.json`` names the version that a
person wants to ask; ``at.json`` says where it is answered, with a token that only the owner of the home can read.
"""

import json
import os
import time
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from app.workflow.home import Home
from app.workflow.views import VersionView
from engine.domain.base import Noun
from engine.domain.failure import Failure
from engine.domain.policy import Policy, UseContract
from engine.domain.service import Prediction
from engine.errors import Failed, Unavailable, UnusableInput
from engine.files import write_whole
from store import db
from store import jobs as store_jobs

TOKEN = "X-Handrail-Token"  # noqa: S105 - the name of a header
LONGEST = 1_000_000  # bytes of a question
_WAITS = 60.0  # seconds that a wish is kept for a worker that is not there yet
_ANSWERS = 30.0  # seconds

Said = TypeVar("Said", bound=Noun)


class Standing(StrEnum):
    """Whether a version can be asked now."""

    READY = "ready"
    LOADING = "loading"
    CLOSED = "closed"  # nobody wanted it yet, or not lately
    NO_WORKER = "no worker"


class Wanted(Noun):
    """The version that somebody wants to ask; ``stamp`` changes with the model behind it."""

    reference: str
    stamp: str


class At(Noun):
    """Where the warm scorer listens on loopback; port 0 while it loads, or where it failed."""

    stamp: str
    pid: int
    port: int = 0
    token: str = ""
    failure: Failure | None = None


class Question(Noun):
    """Rows, and how their answers become decisions: the person may be about to change that."""

    rows: tuple[dict[str, str | float | int | None], ...]
    policy: Policy
    use: UseContract


class Answer(Noun):
    """One prediction a row, each with its explanation; ``estimated`` where that is not as close as can be."""

    predictions: tuple[Prediction, ...]
    estimated: bool = False


class NotWarm(Unavailable):
    """The model is not, or no longer, held ready."""

    code = "not_warm"


def stamp(shown: VersionView) -> str:
    """Return what tells one model from another: the version, and which model of its run was chosen."""
    return f"{shown.reference} {shown.run.id} {shown.run.fitted.chosen if shown.run.fitted else ''}"


def standing(home: Home, shown: VersionView) -> Standing:
    """Say whether a version can be asked now.

    Raises
    ------
    Failed
        If it was tried and could not be opened; the reason is given once.
    """
    wanted, at, mine = _read(_wanted(home), Wanted), _read(place(home), At), stamp(shown)
    if at is not None and at.stamp == mine:
        if at.failure is not None:
            place(home).unlink(missing_ok=True)
            raise Failed(at.failure.problem, fix=at.failure.fix)
        if at.port:
            return Standing.READY
    with db.reading(home.engine) as session:
        if not store_jobs.workers(session=session):
            return Standing.NO_WORKER
    loading = any(said is not None and said.stamp == mine for said in (at, wanted))
    return Standing.LOADING if loading else Standing.CLOSED


def want(home: Home, shown: VersionView) -> None:
    """Ask the worker to hold a version ready instead of any other."""
    write(_wanted(home), Wanted(reference=shown.reference, stamp=stamp(shown)))


def ask(home: Home, shown: VersionView, row: dict[str, Any], policy: Policy) -> tuple[Prediction, bool]:
    """Return a version's answer for one row, with its explanation, and whether that is estimated.

    Raises
    ------
    NotWarm
        If the model is not held ready; ``want`` it.
    UnusableInput
        If a value cannot be read, or is too large.
    """
    at = _read(place(home), At)
    if at is None or at.stamp != stamp(shown) or not at.port:
        raise NotWarm("The model is not loaded.", fix="Load it and ask again.")
    question = Question(rows=(row,), policy=policy, use=shown.use)
    body = question.model_dump_json().encode()
    if len(body) > LONGEST:
        raise UnusableInput("The values of this row are too large.", fix="Shorten them.")
    status, told = _call(home, at, body)
    if status == 200:
        answer = Answer.model_validate_json(told)
        return answer.predictions[0], answer.estimated
    error = json.loads(told)["error"]
    kind = UnusableInput if 400 <= status < 500 else Failed
    raise kind(error["problem"], fix=error["fix"])


def _call(home: Home, at: At, body: bytes) -> tuple[int, bytes]:
    connection = HTTPConnection("127.0.0.1", at.port, timeout=_ANSWERS)
    try:
        connection.request("POST", "/", body, {"Content-Type": "application/json", TOKEN: at.token})
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException) as error:
        forget(home, at)
        raise NotWarm("The model is no longer loaded.", fix="Load it and ask again.") from error
    finally:
        connection.close()


def take(home: Home) -> Wanted | None:
    """Return what somebody wants to ask, once; for the worker. A wish that waited too long is no longer one."""
    path = _wanted(home)
    try:
        age = time.time() - path.stat().st_mtime
        mine = path.rename(path.with_suffix(f".{os.getpid()}"))  # of several workers one succeeds
    except FileNotFoundError:
        return None
    wanted = _read(mine, Wanted)
    mine.unlink()
    return wanted if age < _WAITS else None


def place(home: Home) -> Path:
    """Return the file that says where the warm scorer listens."""
    return home.path / "warm" / "at.json"


def forget(home: Home, at: At) -> None:
    """Take back what a process said of itself, unless another one has spoken since."""
    now = _read(place(home), At)
    if now is not None and now.pid == at.pid:
        place(home).unlink(missing_ok=True)


def write(path: Path, said: Noun) -> None:
    """Write a file that is whole whenever it is there, for the owner of the home only."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    write_whole(path, said.model_dump_json())


def _wanted(home: Home) -> Path:
    return home.path / "warm" / "wanted.json"


def _read(path: Path, kind: type[Said]) -> Said | None:
    try:
        return kind.model_validate_json(path.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
